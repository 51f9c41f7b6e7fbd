package commands

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// requestText is a request of Rita's.
const requestText = "request my-bucket/builds read build/test.user 8h nightly"

// An office is the service of a company. Rita requests; Ada, Bob and Gina's group approve; Test owns
// the principal test.user; Audit sees every grant, and Eve none. AWS is not asked.
type office struct {
	*Service
	t      testing.TB
	config Config
}

// newOffice opens an office whose rule needs some approvals. It is noon there.
func newOffice(t testing.TB, approvals int) *office {
	t.Helper()
	memory := storetest.NewMemory()
	t.Cleanup(func() { memory.Close() })
	member := grant.Actor{Standing: grant.Member}
	o := &office{t: t}
	o.configure(func(c *Config) {
		c.Store, c.Now = memory, func() time.Time { return noon }
		c.People = people{"URITA": member, "UADA": member, "UBOB": member, "UEVE": member, "UAUDIT": member, "UTEST": member,
			"UGINA": {Standing: grant.Member, Groups: []string{"SOPS"}}, "UGUEST": {Standing: grant.Guest}}
		c.Rules = grant.Rules{
			Rules: []grant.Rule{{Bucket: "my*", Account: "nonprod", Levels: []string{"read", "write"}, Prefixes: []string{"builds/*", ""},
				MaxTerm: 480, Approvals: approvals,
				Approvers: grant.People{Users: []string{"UADA", "UBOB", "URITA", "UTEST", "UGUEST"}, Groups: []string{"SOPS"}}}},
			Accounts: []grant.Account{{Name: "nonprod", ID: "222222222222", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"}},
			Levels:   grant.BuiltinLevels(), PrincipalOwners: map[string][]string{"arn:aws:iam::111111111111:user/test.user": {"UTEST"}},
			BotARNs: []string{"arn:aws:iam::111111111111:role/s3share"}, Auditors: grant.People{Users: []string{"UAUDIT"}},
			RequestTTL: 1440,
		}
	})
	return o
}

// configure changes the config, and restarts the service on it.
func (o *office) configure(change func(*Config)) {
	change(&o.config)
	o.Service = New(o.config)
}

// people holds the users that Slack knows. The nil map is an outage of Slack.
type people map[string]grant.Actor

func (p people) Actor(_ context.Context, by grant.Person, _ []string, _ time.Time) (grant.Actor, error) {
	if p == nil {
		return grant.Actor{}, errors.New("slack is down")
	}
	a, ok := p[by.User]
	if !ok {
		a.Standing = grant.Stranger
	}
	a.Person = by
	return a, nil
}

// makeResponder makes a person the only responder.
func (o *office) makeResponder(user string) {
	o.configure(func(c *Config) { c.Rules.Responders = grant.People{Users: []string{user}} })
}

// becomes changes a person's standing in Slack.
func (o *office) becomes(user string, standing grant.Standing) {
	o.config.People.(people)[user] = grant.Actor{Standing: standing}
}

// checks is a preflight that returns a fixed refusal or fixed findings.
type checks struct {
	no    error
	found *grant.Findings
}

func (c checks) CheckApproval(context.Context, grant.Grant) (*grant.Findings, error) {
	return c.found, c.no
}
func (c checks) CheckExtension(context.Context, grant.Grant) (*grant.Findings, error) {
	return c.found, c.no
}
func (c checks) CheckRestore(context.Context, grant.Grant) (*grant.Findings, error) {
	return c.found, c.no
}

func (c checks) CheckNarrowing(_ context.Context, g grant.Grant, _ bool) (grant.Findings, error) {
	return grant.Findings{Change: "asks for " + g.Prefix}, c.no
}

// by is an act of a person, with its idempotency keys.
func by(user string, keys ...string) Invocation {
	return Invocation{By: grant.Person{Team: "T", User: user}, IdempotencyKeys: keys}
}

// received is an act that opens access, received some time after noon.
func received(user string, after time.Duration) Invocation {
	c := by(user)
	c.Received, c.Opens = noon.Add(after), true
	return c
}

// slash runs a command and returns the text of the answer.
func (o *office) slash(c Invocation, text string) string {
	a, err := o.Command(context.Background(), c, text)
	switch {
	case err != nil:
		return err.Error()
	case a.Grant != nil:
		return "shown " + string(a.Grant.ID)
	}
	for _, g := range a.Grants {
		a.Text += " " + string(g.ID)
	}
	for _, r := range a.Rules {
		a.Text += " [" + r.Bucket + " needs " + Approvals(r) + "]"
	}
	return a.Text
}

// answers runs a command and expects words in the answer.
func (o *office) answers(c Invocation, text, want string) {
	o.t.Helper()
	if got := o.slash(c, text); !strings.Contains(got, want) {
		o.t.Errorf("%s: %s\ngot  %s\nwant %s", c.By.User, text, got, want)
	}
}

// answer runs a command that has to succeed.
func (o *office) answer(who, text string) Answer {
	o.t.Helper()
	a, err := o.Command(context.Background(), by(who), text)
	if err != nil {
		o.t.Fatalf("%s: %v", text, err)
	}
	return a
}

// reply returns the text of an answer.
func reply(a Answer, err error) string {
	if err != nil {
		return err.Error()
	}
	for _, not := range a.Failures {
		a.Text += "\n" + string(not.ID) + " — " + not.Why.Error()
	}
	return a.Text
}

// narrow narrows a request, and returns the answer.
func (o *office) narrow(who, id string, revision int, to Smaller) string {
	return reply(o.Decisions.Narrow(context.Background(), by(who), grant.ID(id), revision, to))
}

// putBack restores a drifted grant, and returns the answer.
func (o *office) putBack(who, id string) string {
	return reply(o.Decisions.PutBack(context.Background(), by(who), grant.ID(id), time.Time{}))
}

// all returns the stored grants, newest request first.
func (o *office) all() []grant.Grant {
	o.t.Helper()
	gs, err := o.config.Store.List(context.Background(), store.Query{})
	if err != nil {
		o.t.Fatal(err)
	}
	return gs
}

func (o *office) get(id string) grant.Grant {
	o.t.Helper()
	g, err := o.config.Store.Get(context.Background(), grant.ID(id))
	if err != nil {
		o.t.Fatal(err)
	}
	return g
}

// keep applies step to a grant, and stores the result.
func (o *office) keep(id string, step func(grant.Grant) grant.Grant) {
	o.t.Helper()
	old := o.get(id)
	change := store.Tx{At: noon}
	change.Put(old, step(old))
	if err := o.config.Store.Commit(context.Background(), change); err != nil {
		o.t.Fatal(err)
	}
}

// edit changes fields of a stored grant.
func (o *office) edit(id string, edit func(*grant.Grant)) {
	o.t.Helper()
	o.keep(id, func(g grant.Grant) grant.Grant { edit(&g); return g })
}

// apply applies actions to a stored grant at noon.
func (o *office) apply(id string, actions ...grant.Action) {
	o.t.Helper()
	o.keep(id, func(g grant.Grant) grant.Grant {
		for _, a := range actions {
			next, err := g.Apply(a, noon)
			if err != nil {
				o.t.Fatal(err)
			}
			g = next
		}
		return g
	})
}

// check records that AWS has checked the requests.
func (o *office) check(all ...grant.Grant) {
	o.t.Helper()
	for _, g := range all {
		o.apply(string(g.ID), grant.Check{})
	}
}

// pending stores one request of Rita's that AWS has checked.
func (o *office) pending() string {
	o.t.Helper()
	o.slash(by("URITA"), requestText)
	gs := o.all()
	g := gs[slices.IndexFunc(gs, func(g grant.Grant) bool { return g.State == grant.Checking })]
	o.check(g)
	return string(g.ID)
}

// pendingFor stores a checked request of Rita's for another person, who has confirmed it.
func (o *office) pendingFor(user string) string {
	o.t.Helper()
	o.slash(by("URITA"), "request my-bucket/builds read build/test.user 8h for <@"+user+"> nightly")
	g := o.all()[0]
	if _, err := o.Decisions.Consent(context.Background(), by(user), g.ID); err != nil {
		o.t.Fatal(err)
	}
	o.check(g)
	return string(g.ID)
}

// pendingBatch stores a request of Rita's for several targets that AWS has checked.
func (o *office) pendingBatch(targets string) []grant.Grant {
	o.t.Helper()
	o.slash(by("URITA"), "request "+targets+" read build/test.user 8h nightly")
	o.check(o.all()...)
	return o.all()
}

// active stores a grant of Rita's that AWS has confirmed, until 20:00.
func (o *office) active() string {
	o.t.Helper()
	id := o.pending()
	o.answers(by("UADA"), "approve "+id, "will be notified when access is active")
	o.confirm(id)
	return id
}

// confirm records that AWS has confirmed both halves of a grant.
func (o *office) confirm(id string) {
	o.t.Helper()
	o.keep(id, func(g grant.Grant) grant.Grant {
		for half, kind := range map[grant.Half]grant.PartKind{grant.OwnerHalf: grant.Statement, grant.GranteeHalf: grant.Membership} {
			found, err := g.Half(half).WithWriteIntent(kind, []string{"a part"}, noon).Half(half).RecordPresent(noon)
			if err != nil {
				o.t.Fatal(err)
			}
			g = found
		}
		return g
	})
}

// extending stores a grant with a pending extension by an hour.
func (o *office) extending() string {
	o.t.Helper()
	id := o.active()
	o.answers(by("URITA"), "extend "+id+" 1h", "requested; access stays active until")
	return id
}

// drifted stores a grant that was changed outside s3share.
func (o *office) drifted() string {
	o.t.Helper()
	id := o.active()
	o.apply(id, grant.Drift{Half: grant.OwnerHalf, Why: "removed"})
	return id
}

// approvedBreakGlass stores a break-glass of Test, the owner of the principal.
func (o *office) approvedBreakGlass() string {
	o.t.Helper()
	rule := o.config.Rules.Rules[0]
	rule.BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"UTEST"}}, MaxTerm: 60, PerDay: 1}
	id := o.pending()
	o.edit(id, func(g *grant.Grant) {
		g.BreakGlass, g.Requester.User, g.Beneficiary.User, g.Rule = true, "UTEST", "UTEST", rule
	})
	o.apply(id, grant.OpenBreakGlass{Rule: &rule})
	return id
}

func contains(t testing.TB, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
