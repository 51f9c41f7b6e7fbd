package blocks

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/store"
)

var update = flag.Bool("update", false, "write what the messages look like now into testdata")

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func person(id string) grant.Person { return grant.Person{Team: "T0TEAM", User: id} }

func member(id string) grant.Actor { return grant.Actor{Person: person(id), Standing: grant.Member} }

// rules are those of the company in the tests.
func rules() grant.Rules {
	return grant.Rules{
		Rules: []grant.Rule{
			{Bucket: "two-*", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 480, Approvals: 2, Channel: "C0ADMIN", Approvers: grant.People{Users: []string{"U0ADA", "U0BOB"}}},
			{Bucket: "my*", Account: "nonprod", Levels: []string{"read", "write", "full"}, MaxTerm: 4320, Channel: "C0ADMIN",
				Approvers: grant.People{Users: []string{"U0ADA", "U0BOB"}, Groups: []string{"S0OPS"}}},
		},
		Accounts: []grant.Account{{Name: "nonprod", ID: "222222222222", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"}},
		Levels:   grant.BuiltinLevels(), RequestTTL: 1440, WarnBefore: []grant.Term{15}, MaxPending: 1000,
	}
}

// asked is a request of Rita's.
func asked(t testing.TB, d grant.Draft) grant.Grant {
	t.Helper()
	d.Requester = person("U0RITA")
	g, err := rules().Draft("7K2M9QXA", d, 0, noon)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var usual = grant.Draft{Target: "s3://my-bucket/builds", Level: "read", Principal: "build/test.user", Term: "8h", Reason: "nightly build needs the fixtures"}

// after applies acts to a grant, a minute apart.
func after(t testing.TB, g grant.Grant, acts ...grant.Action) grant.Grant {
	t.Helper()
	for _, a := range acts {
		next, err := g.Apply(a, g.History[len(g.History)-1].At.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		g = next
	}
	return g
}

// atOnce applies acts to a grant at the same moment.
func atOnce(t testing.TB, g grant.Grant, acts ...grant.Action) grant.Grant {
	t.Helper()
	at := g.History[len(g.History)-1].At.Add(time.Minute)
	for _, a := range acts {
		next, err := g.Apply(a, at)
		if err != nil {
			t.Fatal(err)
		}
		g = next
	}
	return g
}

// opened is a grant with both halves confirmed by AWS.
func opened(t testing.TB, g grant.Grant) grant.Grant {
	t.Helper()
	for half, part := range map[grant.Half]grant.PartKind{grant.OwnerHalf: grant.Statement, grant.GranteeHalf: grant.Membership} {
		g = g.Half(half).WithWriteIntent(part, []string{string(part)}, noon)
	}
	return after(t, g, grant.HalfApplied{Half: grant.OwnerHalf}, grant.HalfApplied{Half: grant.GranteeHalf}, grant.Applied{})
}

func gone(t testing.TB, g grant.Grant) grant.Grant {
	t.Helper()
	return after(t, g, grant.HalfRemoved{Half: grant.OwnerHalf}, grant.HalfRemoved{Half: grant.GranteeHalf}, grant.Removed{})
}

// lives are grants in all visible states.
func lives(t testing.TB) map[string]grant.Grant {
	rule := rules().Rules[1]
	found := grant.Findings{Change: "adds two statements to the policy of my-bucket", Diff: "+ S3Share7K2M9QXA: s3:GetObject on builds/*\n+ S3Share7K2M9QXAList: s3:ListBucket for builds/"}
	check := grant.Check{Findings: found}
	yes := grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rule}}
	pending := after(t, asked(t, usual), check)
	approved := after(t, pending, yes)
	active := opened(t, approved)
	ends := func(user, why string) grant.Grant {
		return after(t, active, grant.End{By: member(user), Today: grant.Today{Rule: &rule}, Why: why})
	}
	drifted := after(t, active, grant.Drift{Half: grant.OwnerHalf, Why: "Statement `S3Share7K2M9QXA` is missing from the policy of s3://my-bucket/ in nonprod (changed outside s3share)."})
	drifted = drifted.Half(grant.OwnerHalf).RecordDropped()
	putBack := after(t, drifted, grant.Restore{By: member("U0ADA"), Today: grant.Today{Rule: &rule}})
	all := map[string]grant.Grant{
		"checking": asked(t, usual),
		"refused": after(t, asked(t, usual), grant.Reject{Why: "AWS has no user called test.user in the " +
			"account build. Check the name."}),
		"pending":      pending,
		"denied":       after(t, pending, grant.Deny{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Why: "there is a copy in your own account"}),
		"cancelled":    after(t, pending, grant.Cancel{By: member("U0RITA")}),
		"lapsed":       after(t, pending, grant.Lapse{}),
		"approved":     approved,
		"active":       active,
		"warned":       after(t, active, grant.Warn{Left: 15 * time.Minute}),
		"drifted":      drifted,
		"put back":     putBack,
		"ending":       ends("U0RITA", ""),
		"relinquished": gone(t, ends("U0RITA", "")),
		"revoked":      gone(t, ends("U0BOB", "the build is off")),
		"failing":      after(t, active, grant.Fail{Why: "AWS has no user called test.user any more."}),
		"failed":       gone(t, after(t, active, grant.Fail{Why: "AWS has no user called test.user any more."})),
	}
	expired := active
	expired.ExpiresAt = noon
	all["expired"] = gone(t, after(t, expired, grant.Expire{}))
	late := approved
	late.ExpiresAt = noon
	all["never open"] = gone(t, after(t, late, grant.Expire{}))
	all["ending and stuck"] = after(t, ends("U0ADA", ""), grant.Stalled{Half: grant.OwnerHalf, Why: "PutBucketPolicy: AccessDenied."})
	all["expired and stuck"] = after(t, after(t, expired, grant.Expire{}), grant.Stalled{Half: grant.OwnerHalf, Why: "PutBucketPolicy: AccessDenied."})
	left := after(t, ends("U0ADA", ""), grant.HalfRemoved{Half: grant.OwnerHalf})
	left, err := left.RecordRetained(noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	all["left to another"] = left
	stuck := after(t, approved, grant.Stalled{Half: grant.GranteeHalf, Why: "AddUserToGroup: AccessDenied: not authorized."})
	stuck.Grantee.Attempts, stuck.Grantee.LastError, stuck.Grantee.NextAttemptAt = 9, "AddUserToGroup: AccessDenied: not authorized.", noon.Add(time.Hour)
	all["stuck"] = stuck
	all["stuck and resolved"] = after(t, stuck, grant.HalfApplied{Half: grant.GranteeHalf})
	all["stuck and ended"] = after(t, stuck, grant.End{By: member("U0ADA"), Today: grant.Today{Rule: &rule}})
	all["restored"] = after(t, putBack, grant.HalfApplied{Half: grant.OwnerHalf}, grant.HalfApplied{Half: grant.GranteeHalf}, grant.Resumed{})
	all["drifted and ended"] = after(t, drifted, grant.End{By: member("U0ADA"), Today: grant.Today{Rule: &rule}})
	two := after(t, asked(t, grant.Draft{Target: "two-keys", Level: "read", Principal: "arn:aws:iam::111111111111:role/ci/deployer", Term: "90m", Reason: "two people"}), check)
	all["quorum"] = after(t, two, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rules().Rules[0]}})
	broad := after(t, asked(t, grant.Draft{Target: "my-bucket", Level: "full", Principal: "build/test.user", Term: "3d", Reason: "moving <everything> & *more*: `a`\nsecond line"}),
		grant.Check{Findings: grant.Findings{Change: found.Change, KMSKey: "arn:aws:kms:us-east-1:222222222222:key/1234", Warnings: []string{"A statement denies s3:GetObject without TLS."}}})
	all["broad"] = broad
	all["broad active"] = opened(t, after(t, broad, yes))
	forBob := usual
	forBob.Beneficiary = person("U0BOB")
	all["consent"] = asked(t, forBob).WithConsentAllowed()
	bob := person("U0BOB")
	all["on behalf"] = after(t, all["consent"], grant.Consent{By: grant.Actor{Person: bob, Standing: grant.Member}}, check)
	all["declined"] = after(t, all["consent"], grant.Cancel{By: member("U0BOB")})
	later := usual
	later.Start = noon.Add(21 * time.Hour)
	all["scheduled"] = opened(t, after(t, asked(t, later), check, yes))
	read := grant.BuiltinLevels()["read"]
	narrower := grant.Narrow{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, To: grant.Narrowing{Prefix: "builds/nightly", Level: read, Term: 120}, Findings: found}
	all["changed"] = after(t, pending, narrower)
	all["changed and approved"] = atOnce(t, pending, narrower, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Revision: 1})
	patient := rule
	patient.Notify, patient.EscalateAfter, patient.Escalate = grant.People{Groups: []string{"S0ONCALL"}}, 120, grant.People{Users: []string{"U0LEAD"}}
	all["reminded"] = after(t, asked(t, usual), grant.Check{Rule: &patient, Findings: found}, grant.Remind{}, grant.Escalate{})
	more := after(t, active, grant.RequestExtension{By: member("U0RITA"), Today: grant.Today{Rule: &rule}, Term: 120, Why: "still building"})
	all["extension asked"] = more
	all["extension approved"] = after(t, more, grant.Extend{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Revision: 1})
	all["extended"] = after(t, all["extension approved"], grant.HalfApplied{Half: grant.OwnerHalf}, grant.HalfApplied{Half: grant.GranteeHalf}, grant.Extended{})
	all["extension denied"] = after(t, more, grant.DenyExtension{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Revision: 1, Why: "it has to end today"})
	all["extension taken back"] = after(t, more, grant.CancelExtension{By: member("U0RITA")})
	all["broad extension asked"] = after(t, all["broad active"], grant.RequestExtension{By: member("U0RITA"), Today: grant.Today{Rule: &rule}, Term: 120, Why: "still moving"})
	long, lasting := pending, rule
	lasting.MaxTerm = 90 * 24 * 60
	long.Term = 30 * 24 * 60
	long = after(t, opened(t, after(t, long, yes)), grant.Warn{Left: 14 * 24 * time.Hour})
	all["reconfirm"] = long
	again := after(t, long, grant.Warn{Left: 3 * 24 * time.Hour}, grant.RequestExtension{By: member("U0ADA"), Today: grant.Today{Rule: &lasting}, Term: 24 * 60})
	all["reconfirmed"] = after(t, again, grant.Extend{By: member("U0ADA"), Today: grant.Today{Rule: &lasting}, Revision: 1})
	loose := rule
	loose.Auto = []grant.AutoRule{{Levels: []string{"read"}}}
	all["auto-approved"] = opened(t, after(t, pending, grant.AutoApprove{Rule: &loose, Why: "The rule for my* " +
		"approves read for 8h automatically."}))
	urgent := asked(t, usual)
	urgent.BreakGlass = true
	glass := rule
	glass.BreakGlass = &grant.BreakGlass{MaxTerm: 480, PerDay: 1}
	breaking := after(t, urgent, check, grant.OpenBreakGlass{Rule: &glass})
	all["break-glass being applied"] = breaking
	broke := opened(t, breaking)
	all["break-glass"] = broke
	stopped := gone(t, after(t, broke, grant.End{By: member("U0ADA"), Today: grant.Today{Rule: &rule}}))
	all["break-glass unreviewed"] = after(t, stopped, grant.RemindReview{})
	all["break-glass reviewed"] = after(t, stopped, grant.Review{By: member("U0BOB"), Today: grant.Today{Rule: &rule}, Why: "looked at the trail: as said"})
	external := approved
	external.Principal = grant.Principal{ARN: "arn:aws:iam::333333333333:user/pat", AccountID: "333333333333", Account: "partner", Kind: grant.KindUser, Name: "pat", External: true}
	external = after(t, external.Half(grant.OwnerHalf).WithWriteIntent(grant.Statement, []string{"statement"}, noon), grant.HalfApplied{Half: grant.OwnerHalf})
	all["external"] = handOver(t, external)
	all["external warned"] = after(t, all["external"], grant.Warn{Left: 15 * time.Minute})
	longer := after(t, all["external"], grant.RequestExtension{By: member("U0RITA"), Today: grant.Today{Rule: &rule}, Term: 120, Why: "still building"}, grant.Extend{By: member("U0ADA"), Today: grant.Today{Rule: &rule}, Revision: 1})
	all["external extended"] = handOver(t, after(t, longer, grant.HalfApplied{Half: grant.OwnerHalf}))
	over := after(t, all["external"], grant.End{By: member("U0ADA"), Today: grant.Today{Rule: &rule}}, grant.HalfRemoved{Half: grant.GranteeHalf, Why: "Left to the admin of partner, who manages it."})
	all["external ending and stuck"] = after(t, over, grant.Stalled{Half: grant.OwnerHalf, Why: "PutBucketPolicy: AccessDenied."})
	all["external revoked"] = gone(t, after(t, all["external"], grant.End{By: member("U0ADA"), Today: grant.Today{Rule: &rule}}))
	set := asked(t, usual)
	set.Principal = grant.Principal{ARN: "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef", AccountID: "111111111111", Account: "build", Kind: grant.KindRole, Name: "AWSReservedSSO_Dev_0123456789abcdef"}
	all["permission set"] = after(t, set, check)
	theirs := approved
	theirs.Principal = set.Principal
	theirs.Principal.Account, theirs.Principal.External = "partner", true
	theirs = after(t, theirs.Half(grant.OwnerHalf).WithWriteIntent(grant.Statement, []string{"statement"}, noon), grant.HalfApplied{Half: grant.OwnerHalf})
	all["permission set of an external account"] = handOver(t, theirs)
	return all
}

func handOver(t testing.TB, g grant.Grant) grant.Grant {
	t.Helper()
	next, err := g.RecordDelegated(`{"Version":"2012-10-17","Statement":[{"Sid":"S3Share7K2M9QXA","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-bucket/builds/*"}]}`, g.History[len(g.History)-1].At.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// A look is a message as it is sent.
type look struct {
	Name   string
	To     string `json:",omitempty"`
	Text   string
	Blocks []slack.Block `json:",omitempty"`
}

// looksOf returns the messages about a grant: its card, its last notices, and the answer to show.
func looksOf(name string, g grant.Grant) (all []look) {
	for _, d := range Drawings(g) {
		all = append(all, look{name + ": " + d.Kind, "channel", d.Text, d.Blocks})
		if name == "pending" || name == "extension asked" && d.Kind == PostExtension {
			f := WhileFrozen(d.Message, grant.Freeze{By: person("U0EVE"), At: noon, Why: "keys <leaked>"})
			all = append(all, look{name + ": " + d.Kind + " while s3share is frozen", "channel", f.Text, f.Blocks})
		}
	}
	to := map[Where]string{ToRequester: "requester", ToChannel: "channel", ToAdmins: "admins", ToBeneficiary: "beneficiary", ToRequesterAlone: "requester alone", ToThread: "thread", ToAlertThread: "alert's thread"}
	for i := range g.History {
		for _, n := range Notices(g, i) {
			all = append(all, look{fmt.Sprintf("%s: told of %s", name, g.History[i].Kind), to[n.To], n.Text, n.Blocks})
		}
	}
	posts := []store.Post{{Kind: PostReceived, Recipient: g.Requester.User}}
	if !g.Beneficiary.Same(g.Requester) {
		posts = append(posts, store.Post{Kind: PostConsent, Recipient: g.Beneficiary.User})
	}
	kinds := map[grant.EventKind]string{grant.EventApplied: PostGranted, grant.EventExtended: PostGranted, grant.EventWarn: PostWarning, grant.EventDrift: PostDrift}
	for i, ev := range g.History {
		if ev.Kind == grant.EventStalled {
			posts = append(posts, store.Post{Kind: PostAlert, Event: i, Recipient: store.ToAdmins})
		}
		if kind := kinds[ev.Kind]; kind != "" {
			posts = append(posts, store.Post{Kind: kind, Event: i, Recipient: g.Requester.User})
		}
	}
	for i, post := range posts {
		newer := slices.ContainsFunc(posts[i+1:], func(o store.Post) bool { return o.Event > post.Event })
		if m, ok := Current(g, post, Standing{CardPosted: true, HasNewer: newer}); ok {
			all = append(all, look{fmt.Sprintf("%s: %s of %s, edited", name, post.Kind, g.History[post.Event].Kind), "as told", m.Text, m.Blocks})
		}
	}
	m := AnswerMessage(commands.Answer{Grant: &g})
	return append(all, look{name + ": show", "person", m.Text, m.Blocks})
}

// The texts that people see are in testdata, so that a change is noticed: go test
// ./internal/slackbot/blocks -run Golden -update
func TestGolden(t *testing.T) {
	every := lives(t)
	var names []string
	for name := range every {
		names = append(names, name)
	}
	slices.Sort(names)
	var said []look
	for _, name := range names {
		looks := looksOf(name, every[name])
		golden(t, name, looks)
		said = append(said, looks...)
	}
	list := AnswerMessage(commands.Answer{Text: "Your requests and access:", Grants: []grant.Grant{every["pending"], every["active"], every["failed"], every["break-glass"], every["reconfirm"], every["extension asked"]}})
	var events []commands.Happening
	for _, ev := range every["relinquished"].History {
		events = append(events, commands.Happening{Grant: every["relinquished"], Event: ev})
	}
	history := AnswerMessage(commands.Answer{Text: "History, newest first:", Events: events, Page: commands.Page{First: 21, Last: 40, Total: 47, Next: "history page 3", Previous: "history page 1"}})
	open := rules().Rules
	open[1].Prefixes, open[1].LevelApproval = []string{"builds/*", ""}, map[string]int{"full": 2}
	buckets := AnswerMessage(commands.Answer{Text: "Buckets that you can request:", Rules: open})
	several := AnswerMessage(commands.Answer{Text: "Approved 1 of 2: `7K2M9QXA`.", Failures: []commands.Failure{{ID: "7K2M9QXB", Why: &grant.Refusal{Sentence: "This " +
		"request was already denied.", By: person("U0BOB"), At: noon}}}})
	other := []look{
		{"history", "person", history.Text, history.Blocks},
		{"buckets", "person", buckets.Text, buckets.Blocks},
		{"several", "person", several.Text, several.Blocks},
		{"list", "person", list.Text, list.Blocks},
		{"second copy", "channel", SecondCopy("7K2M9QXA").Text, SecondCopy("7K2M9QXA").Blocks},
		{"refusal", "person", RefusalText(&grant.Refusal{Sentence: "This request was " +
			"already approved.", Hint: "`/s3share end 7K2M9QXA` ends it.", By: person("U0ADA"), At: noon}), nil},
		{"fault", "person", FaultText("ABCDEFGH"), nil},
	}
	golden(t, "answers", other)
	accepted(t, append(said, other...))
}

func golden(t *testing.T, name string, looks any) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(looks); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", strings.NewReplacer(" ", "_", ",", "", ":", "").Replace(name)+".json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("%s looks otherwise than %s; -update writes it, if it is meant:\n%s", name, file, got.String())
	}
}

// A direct client calls a handler without a network.
type direct struct{ http.Handler }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

// workspace returns a Slack that enforces its limits, and a client of it.
func workspace(t testing.TB) (*slacksim.Workspace, *slack.Client) {
	w := slacksim.New(slacksim.Config{})
	t.Cleanup(w.Close)
	w.AddUser(slacksim.User{ID: "U0ADA"})
	w.AddChannel("C0ADMIN", "s3-admins")
	return w, slack.New("xoxb-bot", slack.OptionHTTPClient(direct{w}), slack.OptionAPIURL("http://slack.test/api/"))
}

// accepted posts messages, and updates one into another, in a Slack that enforces its limits.
func accepted(t testing.TB, looks []look) {
	t.Helper()
	w, api := workspace(t)
	ctx := context.Background()
	_, ts, err := api.PostMessageContext(ctx, "C0ADMIN", Message{Text: "first"}.Options()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range looks {
		m := Message{Text: l.Text, Blocks: l.Blocks}
		if _, _, err := api.PostMessageContext(ctx, "C0ADMIN", m.Options()...); err != nil {
			t.Errorf("%s: posting: %v", l.Name, err)
		}
		if _, _, _, err := api.UpdateMessageContext(ctx, "C0ADMIN", ts, m.Options()...); err != nil {
			t.Errorf("%s: changing another message into it: %v", l.Name, err)
		}
		if n := len([]rune(l.Text)); n > TextLimit || n == 0 {
			t.Errorf("%s: its text has %d characters", l.Name, n)
		}
	}
	for _, r := range w.Rejected() {
		t.Errorf("%s: %s %q", r.Method, r.Error, r.Messages)
	}
}
