package grant

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// ask drafts a request and returns the grant, or the refusal's text.
func ask(r Rules, edit func(*Draft), open int) (Grant, string) {
	d := theDraft()
	if edit != nil {
		edit(&d)
	}
	g, err := r.Draft("7K2M9QXA", d, open, noon)
	return g, said(err)
}

func TestDraft(t *testing.T) {
	target := func(s string) func(*Draft) { return func(d *Draft) { d.Target = s } }
	level := func(s string) func(*Draft) { return func(d *Draft) { d.Level = s } }
	principal := func(s string) func(*Draft) { return func(d *Draft) { d.Principal = s } }
	term := func(s string) func(*Draft) { return func(d *Draft) { d.Term = s } }
	reason := func(s string) func(*Draft) { return func(d *Draft) { d.Reason = s } }
	const (
		missing = "A reason is missing. Say what the access is for, after the duration."
		long    = "The reason has 2001 characters, and the limit is 2000. Shorten it, or link to the rest."
		unseen  = "The reason has an invisible character: "
		again   = " Type it again without it."
	)
	noSuch := func(bucket string) string {
		return bucket + " can't be shared: no rule covers it, or it does not exist. Check the " +
			"name, or ask the operators of s3share to add a rule."
	}
	for _, c := range []struct {
		name string
		edit func(*Draft)
		open int
		want string
	}{
		{"as it should be", nil, 0, ""},
		{"the whole bucket", target("my-shared-bucket-20932"), 0, ""},
		{"a level in capitals", level("READ"), 0, ""},
		{"the longest term", term("72h"), 0, ""},
		{"another account's role", principal("partner/role/deployer"), 0, ""},

		{"no rule", target("payroll"), 0, noSuch("payroll")},
		{"no rule, and all else is wrong", func(d *Draft) { *d = Draft{Target: "payroll", Requester: rita} }, 99, noSuch("payroll")},
		{"no bucket's name", target("My Bucket"), 0, `"My Bucket" is not a bucket name. Bucket names have 3 to 63 lower-case letters, digits, dots and hyphens.`},
		{"no such level", level("admin"), 0, `There is no access level "admin". Choose read or write.`},
		{"a level that the rule does not name", level("full"), 0, "my-shared-bucket-20932 can't be shared at the " +
			"level full. Choose read or write."},
		{"beyond the longest term", term("72h1m"), 0, "3d1m is longer than the limit of 3d for " +
			"my-shared-bucket-20932. Request 3d or less."},
		{"no term", term("0h"), 0, "A duration of 0h is not possible: it has to be longer than zero. Try 45m, 8h " +
			"or 3d."},
		{"a negative term", term("-8h"), 0, "A duration of -8h is not possible: it has to be longer than zero. " +
			"Try 45m, 8h or 3d."},
		{"the principal *", principal("*"), 0, "Access can't be shared with everybody. Name an IAM user or role, " +
			"like `build/test.user`, `build/role/deployer` or its ARN."},
		{"the bucket's own account", principal("nonprod/test.user"), 0, "test.user is in the account that owns " +
			"my-shared-bucket-20932, and s3share shares only across accounts. Give it access with IAM in that " +
			"account instead."},
		{"another partition", principal("china/pat"), 0, "pat is in the AWS partition aws-cn, and " +
			"my-shared-bucket-20932 is in aws: access can't cross partitions. Name a principal of an account in " +
			"aws."},
		{"another partition, by its ARN", principal("arn:aws-cn:iam::444444444444:role/deployer"), 0, "deployer " +
			"is in the AWS partition aws-cn, and my-shared-bucket-20932 is in aws: access can't cross partitions. " +
			"Name a principal of an account in aws."},
		{"the bot's own role", principal("build/role/s3share"), 0, "s3share is s3share's own role, and can't be " +
			"given access."},
		{"the bot's own role, under another path", principal("build/role/ops/s3share"), 0, "s3share is s3share's " +
			"own role, and can't be given access."},
		{"the bot's own role, in capitals", principal("build/role/S3SHARE"), 0, "S3SHARE is s3share's own role, " +
			"and can't be given access."},
		{"a role of that name elsewhere", principal("partner/role/s3share"), 0, ""},
		{"a user of that name", principal("build/s3share"), 0, ""},

		{"no reason", reason(""), 0, missing},
		{"a blank reason", reason(" \n\t "), 0, missing},
		{"a reason of 2,000 characters", reason(strings.Repeat("ü", 2000)), 0, ""},
		{"a reason of 2,001 characters", reason(strings.Repeat("ü", 2001)), 0, long},
		{"a reason of 3,000 that would be cut elsewhere", reason(strings.Repeat("&<>: ", 600)), 0, "The reason " +
			"has 2999 characters, and the limit is 2000. Shorten it, or link to the rest."},
		{"a reason of two lines", reason("nightly build\n\tneeds it"), 0, ""},
		{"a reason with an emoji", reason("build 👩‍💻"), 0, ""},
		{"a reason that reads backwards", reason("for \u202eecivres"), 0, unseen + "U+202E." + again},
		{"a reason with an isolate", reason("for \u2066x\u2069"), 0, unseen + "U+2066." + again},
		{"a reason with a control character", reason("a\x1b[2Jb"), 0, unseen + "U+001B." + again},
		{"a reason that is no UTF-8", reason("a\xffb"), 0, unseen + "U+FFFD." + again},

		{"the tenth open request", nil, 9, ""},
		{"one open request too many", nil, 10, "You have 10 open requests, which is the limit. Cancel one, or " +
			"wait for a decision."},
		{"somebody of another team", func(d *Draft) { d.Requester.Team = "T0OTHER" }, 0, "Only members of this " +
			"workspace can request or approve access."},
		{"of another team, about nothing", func(d *Draft) { d.Requester.Team, d.Target = "T0OTHER", "payroll" }, 0, "Only " +
			"members of this workspace can request or approve access."},
	} {
		if g, got := ask(theRules(), c.edit, c.open); got != c.want || c.want != "" && g.ID != "" {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
	one := theRules(func(r *Rules) { r.MaxPending = 1 })
	if _, got := ask(one, nil, 1); got != "You have 1 open request, which is the limit. Cancel one, or wait for "+
		"a decision." {
		t.Errorf("the second of one: %q", got)
	}
	free := theRules(func(r *Rules) { r.MaxPending, r.Teams = 0, nil })
	if _, got := ask(free, func(d *Draft) { d.Requester.Team = "T0ANY" }, 1000); got != "" {
		t.Errorf("without a cap or teams: %q", got)
	}
}

func TestDraftIsComplete(t *testing.T) {
	g, _ := ask(theRules(), nil, 0)
	switch {
	case g.State != Checking || g.Version != 0 || g.ID != "7K2M9QXA":
		t.Errorf("%s %s version %d", g.ID, g.State, g.Version)
	case g.Requester != rita || g.Beneficiary != bea || len(g.PrincipalOwners) != 1 || g.PrincipalOwners[0] != paul.User:
		t.Errorf("asked by %v for %v, behind it %v", g.Requester, g.Beneficiary, g.PrincipalOwners)
	case g.Principal.ARN != testUser || g.Principal.Account != "build":
		t.Errorf("for %+v", g.Principal)
	case g.Bucket != (Bucket{"my-shared-bucket-20932", "222222222222", "nonprod", "us-east-1"}) || g.Prefix != "builds":
		t.Errorf("of %+v %s", g.Bucket, g.Prefix)
	case g.Level.Name != "read" || len(g.Level.Object) == 0 || g.Term != 480 || g.Rule.Name != "rules[0]":
		t.Errorf("%+v for %s under %s", g.Level, g.Term, g.Rule.Name)
	case g.Typed != (Typed{"my-shared-bucket-20932/builds", "read", "build/test.user", "8h"}) || g.Reason != "nightly build":
		t.Errorf("typed %+v because %s", g.Typed, g.Reason)
	case !g.AskedAt.Equal(noon) || !g.LapsesAt.Equal(noon.Add(24*time.Hour)) || !g.ExpiresAt.IsZero():
		t.Errorf("asked %s, lapses %s, expires %s", g.AskedAt, g.LapsesAt, g.ExpiresAt)
	case len(g.History) != 1 || g.History[0].Kind != EventRequest || g.History[0].By != rita || g.History[0].To != Checking:
		t.Errorf("history %+v", g.History)
	}
	if g, _ = ask(theRules(), func(d *Draft) { d.Beneficiary = Person{} }, 0); g.Beneficiary != rita {
		t.Errorf("for nobody else, and so for %v", g.Beneficiary)
	}
}

func TestFirstRuleDecides(t *testing.T) {
	first, second := theRule(), theRule()
	first.Bucket, first.Name, first.Levels = "my-shared-bucket-2*", "first", []string{"read"}
	second.Name, second.Levels, second.MaxTerm = "second", []string{"read", "write", "full"}, 1000*60
	orphan := theRule()
	orphan.Bucket, orphan.Account = "logs-*", "nowhere"
	rules := theRules(func(r *Rules) { r.Rules = []Rule{first, second, orphan} })
	for bucket, want := range map[string]string{
		"my-shared-bucket-20932": "first", "my-shared-bucket-30932": "second", "my-shared-bucket-": "second",
		"my-shared-bucket": "", "xmy-shared-bucket-2": "", "logs-1": "", "": "",
	} {
		if rule, _, ok := rules.Match(bucket); ok != (want != "") || ok && rule.Name != want {
			t.Errorf("%s: %s decides, %v; want %s", bucket, rule.Name, ok, want)
		}
	}
	// The first matching rule decides, even if the second would allow it.
	if _, got := ask(rules, func(d *Draft) { d.Level = "write" }, 0); !strings.HasPrefix(got, "my-shared-bucket-20932 "+
		"can't be shared at the level write. Choose read.") {
		t.Error(got)
	}
	// A bucket without a rule, one in an unconfigured account, and one that AWS
	// does not have get the same answer.
	for _, bucket := range []string{"payroll", "logs-1"} {
		if _, got := ask(rules, func(d *Draft) { d.Target = bucket }, 0); got != NoSuchBucket(bucket).Error() {
			t.Errorf("%s: %q", bucket, got)
		}
		if _, err := rules.Evaluate(Grant{Bucket: Bucket{Name: bucket}}); said(err) != NoSuchBucket(bucket).Error() {
			t.Errorf("%s, judged: %v", bucket, err)
		}
	}
	g := in(Active)
	if rule, ok := rules.RuleFor(g); !ok || rule.Name != "first" {
		t.Errorf("today %s decides about it, %v", rule.Name, ok)
	}
	g.Bucket.AccountID = "999999999999"
	if _, ok := rules.RuleFor(g); ok {
		t.Error("a rule about another account's bucket decides about it")
	}
}

func TestPrefixes(t *testing.T) {
	for _, c := range []struct {
		prefixes string
		prefix   string
		want     string
	}{
		{"", "", ""},
		{"", "anything", ""},
		{"*", "", ""},
		{"*", "anything/at/all", ""},
		{"builds/*", "builds", ""},
		{"builds/*", "builds/x", ""},
		{"builds/*", "builds/x/y", ""},
		{"builds/*", "builds2", "my-shared-bucket-20932/builds2 can't be shared. Name a folder that matches " +
			"builds/*."},
		{"builds/*", "build", "my-shared-bucket-20932/build can't be shared. Name a folder that matches builds/*."},
		{"builds/*", "Builds", "my-shared-bucket-20932/Builds can't be shared. Name a folder that matches " +
			"builds/*."},
		{"builds/*", "x/builds", "my-shared-bucket-20932/x/builds can't be shared. Name a folder that matches " +
			"builds/*."},
		{"builds/*", "", "my-shared-bucket-20932 can't be shared as a whole. Name a folder that matches builds/*."},
		{"builds/* logs", "logs", ""},
		{"builds/* logs", "logs/x", "my-shared-bucket-20932/logs/x can't be shared. Name a folder that matches " +
			"builds/* or logs."},
		{"a b c", "", "my-shared-bucket-20932 can't be shared as a whole. Name a folder that matches a, b or c."},
		{"team-*/out/*", "team-a/out", ""},
		{"team-*/out/*", "team-a/out/x", ""},
		{"team-*/out/*", "team-a/in", "my-shared-bucket-20932/team-a/in can't be shared. Name a folder that " +
			"matches team-*/out/*."},
		{"/*", "", "my-shared-bucket-20932 can't be shared as a whole. Name a folder that matches /*."},
		{"a?c", "abc", "my-shared-bucket-20932/abc can't be shared. Name a folder that matches a?c."},
	} {
		rules := theRules(func(r *Rules) { r.Rules[0].Prefixes = strings.Fields(c.prefixes) })
		if _, got := ask(rules, func(d *Draft) { d.Target = "my-shared-bucket-20932/" + c.prefix }, 0); got != c.want {
			t.Errorf("%q under %q: %q; want %q", c.prefix, c.prefixes, got, c.want)
		}
	}
}

func TestPrincipalGlobs(t *testing.T) {
	const users = "arn:aws:iam::111111111111:user/*"
	for _, c := range []struct {
		globs, principal string
		want             string
	}{
		{"", "build/test.user", ""},
		{users, "build/test.user", ""},
		{users, "build/team/test.user", ""},
		{users, "build/role/deployer", "my-shared-bucket-20932 can't be shared with " +
			"arn:aws:iam::111111111111:role/deployer. Its rule allows only " + users + "."},
		{users, "partner/pat", "my-shared-bucket-20932 can't be shared with " +
			"arn:aws:iam::333333333333:user/pat. Its rule allows only " + users + "."},
		{"arn:aws:iam::*:role/ci-*", "partner/role/ci-1", ""},
		{"arn:aws:iam::*:role/ci-*", "partner/role/cd-1", "my-shared-bucket-20932 can't be shared with " +
			"arn:aws:iam::333333333333:role/cd-1. Its rule allows only arn:aws:iam::*:role/ci-*."},
	} {
		rules := theRules(func(r *Rules) { r.Rules[0].Principals = strings.Fields(c.globs) })
		if _, got := ask(rules, func(d *Draft) { d.Principal = c.principal }, 0); got != c.want {
			t.Errorf("%s under %q: %q; want %q", c.principal, c.globs, got, c.want)
		}
	}
}

// AWS may return another path for a principal than the typed one, so the rules
// are checked again with it.
func TestJudgeAgainAfterCheckWithAWS(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::111111111111:role/ops/Deployer": "deployer " +
			"is s3share's own role, and can't be given access.",
		"arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/deployer": "AWS " +
			"manages the role deployer, so it can't be given access. Name a role of your own.",
		"arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/deployer": "AWS " +
			"manages the role deployer, so it can't be given access. Name a role of your own.",
		"arn:aws:iam::111111111111:role/team-aws-reserved/deployer":                                         "",
		"arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef": "",
		"arn:aws:iam::111111111111:role/deployer":                                                           "",
	} {
		d := theDraft()
		d.Principal = "build/role/deployer"
		g := must(theRules().Draft("7K2M9QXA", d, 0, noon))
		g.Principal.ARN = arn
		rules := theRules(func(r *Rules) {
			if strings.Contains(arn, "ops") {
				r.BotARNs = []string{"arn:aws:iam::111111111111:role/deployer"}
			}
		})
		if _, err := rules.Evaluate(g); said(err) != want {
			t.Errorf("%s: %q; want %q", arn, said(err), want)
		}
	}
}

func TestJudgePerson(t *testing.T) {
	only := func(r *Rule) { r.Requesters = People{Users: []string{rita.User}, Groups: []string{"S0BUILD"}} }
	own := func(r *Rule) { r.OwnPrincipals = true }
	both := func(r *Rule) { only(r); own(r) }
	const (
		notListed = "You may not request access to my-shared-bucket-20932."
		notOwn    = "Only the people listed for test.user may request access for it. Ask one of them, or ask the " +
			"operators of s3share to list you."
	)
	for _, c := range []struct {
		name string
		rule func(*Rule)
		by   Actor
		want string
	}{
		{"everyone", func(*Rule) {}, member(otto), ""},
		{"listed", only, member(rita), ""},
		{"listed by group", only, member(otto, "S0BUILD"), ""},
		{"in another group", only, member(otto, "S0PLATFORM"), notListed},
		{"not listed", only, member(otto), notListed},
		{"not listed, but behind the principal", only, member(paul), ""},
		{"own principals, behind it", own, member(paul), ""},
		{"own principals, not behind it", own, member(rita), notOwn},
		{"both, behind it", both, member(paul), ""},
		{"both, listed", both, member(rita), notOwn},
		{"behind the principal, and a guest", own, Actor{Person: paul, Standing: Guest}, "Guests can't request " +
			"or approve access. Ask a full member of this workspace."},
		{"nobody", func(*Rule) {}, Actor{}, unknown},
	} {
		rule := theRule()
		c.rule(&rule)
		if err := theRules().EvaluateRequester(rule, in(Checking), c.by); said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
}

// A request that can never reach its quorum is refused at once.
func TestUnreachableQuorumIsRefused(t *testing.T) {
	refusal := func(need, able string) string {
		return "Too few people could approve this: it needs " + need + " of the approvers of " +
			"my-shared-bucket-20932, and there " + able + ", not counting the people it concerns. " +
			"Ask the operators of s3share to name more approvers."
	}
	for _, c := range []struct {
		name      string
		approvers People
		approvals int
		want      string
	}{
		{"one of one", People{Users: []string{ada.User}}, 1, ""},
		{"two of one", People{Users: []string{ada.User}}, 2, refusal("2", "is 1")},
		{"two of one who is listed twice", People{Users: []string{ada.User, ada.User}}, 2, refusal("2", "is 1")},
		{"the requester alone", People{Users: []string{rita.User}}, 1, refusal("1", "are 0")},
		{"the beneficiary alone", People{Users: []string{bea.User}}, 1, refusal("1", "are 0")},
		{"who stands behind the principal alone", People{Users: []string{paul.User}}, 1, refusal("1", "are 0")},
		{"one besides them", People{Users: []string{rita.User, bea.User, paul.User, ada.User}}, 1, ""},
		{"a group may have others", People{Users: []string{rita.User}, Groups: []string{"S0PLATFORM"}}, 3, ""},
		{"nobody at all", People{}, 1, refusal("1", "are 0")},
	} {
		rules := theRules(func(r *Rules) { r.Rules[0].Approvers, r.Rules[0].Approvals = c.approvers, c.approvals })
		if _, got := ask(rules, nil, 0); got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	rule := theRule()
	rule.Requesters.Groups = []string{"S0BUILD"}
	if got := strings.Join(rule.Groups(), " "); got != "S0PLATFORM S0BUILD" {
		t.Errorf("Slack is asked about %s", got)
	}
}

func TestReasonPattern(t *testing.T) {
	const want = "The reason has to match OPS-[0-9]+. Name the ticket, or ask the operators of s3share what a " +
		"reason needs."
	for reason, want := range map[string]string{"OPS-12: nightly build": "", "for OPS-7": "", "nightly build": want, "": "A " +
		"reason is missing. Say what the access is for, after the duration."} {
		d := theDraft()
		d.Reason = reason
		_, err := theRules(func(r *Rules) { r.Rules[0].ReasonPattern = "OPS-[0-9]+" }).Draft("7K2M9QXA", d, 0, noon)
		if said(err) != want {
			t.Errorf("%q: %q; want %q", reason, said(err), want)
		}
		var no *Refusal
		if errors.As(err, &no) && no.Field != FieldReason {
			t.Errorf("%q is said beside %q", reason, no.Field)
		}
	}
}

// Each refusal of a request names its form field.
func TestFieldsOfRefusals(t *testing.T) {
	for _, c := range []struct {
		field Field
		edit  func(*Draft)
	}{
		{FieldBucket, func(d *Draft) { d.Target = "no" }},
		{FieldBucket, func(d *Draft) { d.Target = "other-bucket" }},
		{FieldLevel, func(d *Draft) { d.Level = "rad" }},
		{FieldLevel, func(d *Draft) { d.Level = "full" }},
		{FieldPrincipal, func(d *Draft) { d.Principal = "*" }},
		{FieldPrincipal, func(d *Draft) { d.Principal = "nonprod/rita" }},
		{FieldPrincipal, func(d *Draft) { d.Principal = "build/role/s3share" }},
		{FieldTerm, func(d *Draft) { d.Term = "soon" }},
		{FieldTerm, func(d *Draft) { d.Term = "73h" }},
		{FieldStart, func(d *Draft) { d.Start = noon.Add(-time.Second) }},
		{FieldStart, func(d *Draft) { d.Start = noon.Add(furthest + time.Second) }},
		{FieldReason, func(d *Draft) { d.Reason = " " }},
		{FieldReason, func(d *Draft) { d.Reason = strings.Repeat("x", 2001) }},
	} {
		d := theDraft()
		c.edit(&d)
		_, err := theRules().Draft("7K2M9QXA", d, 0, noon)
		var no *Refusal
		if !errors.As(err, &no) || no.Field != c.field {
			t.Errorf("%v is said beside %q; want %q", err, no.Field, c.field)
		}
	}
}
