package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

const (
	noSuchBucket = "fixtures can't be shared: no rule covers it, or it does not exist. Check the name, or ask the " +
		"operators of s3share to add a rule."
	aclsOn = "fixtures can't be shared for writing: its Object Ownership is not BucketOwnerEnforced, so the " +
		"writer would own the new objects even after the access has ended. Request read access, or ask the " +
		"bucket's owner to turn ACLs off."
	tenGroups = "ann is in 10 groups, which is AWS's limit. Remove the user from one first."
	full      = "The policy of fixtures is full: this access would exceed AWS's limit of 20480 bytes. Wait until " +
		"other access to it ends, or ask the bucket's owner to shorten the policy."
)

func delegation(body string) string {
	return `{` + body + `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"s3:Get*","Resource":"arn:aws:s3:::fixtures/*"}`
}

// An asked is a state of the simulated AWS, and the refusal or the warning in the record. Package
// preflight tests the other findings.
type asked struct {
	name             string
	level, principal string
	fact             func(b *bench)
	refusal          string
	warning          string
}

var facts = []asked{
	{"all is well", "read", "build/ann", func(*bench) {}, "", ""},
	{"there is no bucket", "read", "build/ann", func(b *bench) { b.aws.buckets[fixtures] = false }, noSuchBucket, ""},
	{"the bucket is of another company", "read", "build/ann", func(b *bench) {
		b.aws.errs["GetBucketPolicy"] = awsErr(awsaccess.Denied, "GetBucketPolicy", "AccessDenied", "Access Denied")
	}, noSuchBucket, ""},
	{"there is no user", "read", "build/nobody", func(*bench) {}, "AWS has no user called nobody in the " +
		"account build. Check the name.", ""},
	{"there is no role", "read", "build/role/nobody", func(*bench) {}, "AWS has no role called nobody in the " +
		"account build. Check the name.", ""},
	{"the bot's own role", "read", "build/role/runner", func(b *bench) { b.aws.build.Role("runner", trustRoot) },
		"runner is s3share's own role, and can't be given access.", ""},
	{"the bot's own role, with its path", "read", "build/role/runner", func(b *bench) {
		b.aws.build.Role("runner", trustRoot)
		b.aws.renamed["runner"] = "arn:aws:iam::111111111111:role/ops/runner"
	}, "runner is s3share's own role, and can't be given access.", ""},
	{"ACLs are on, to write", "write", "build/ann", func(b *bench) { b.aws.facts.Enforced = false }, aclsOn, ""},
	{"delegated to the account", "read", "build/ann", func(b *bench) { b.setPolicy(fixtures, delegation(`"Sid":"Build",`)) },
		`fixtures already delegates access to the whole account build in statement 1 of its policy ("Build"), so s3share could not end access to it. Ask the bucket's owner to name users or roles in that statement.`, ""},
	{"ten groups", "read", "build/ann", func(b *bench) { b.aws.others = 10 }, tenGroups, ""},
	{"ten groups, ours among them", "read", "build/ann", func(b *bench) { b.aws.others = 9; b.aws.build.Join("ann", groupOf) }, "", ""},
	{"ten policies", "read", "build/role/deployer", func(b *bench) { b.aws.others = 10 }, "deployer has 10 " +
		"policies attached, which is AWS's limit. Detach one from the role first.", ""},
	{"a permission set with the policy", "read", "build/role/" + devRole, func(b *bench) { b.permissionSet(true); b.aws.others = 10 }, "", ""},
	{"a permission set without the policy", "read", "build/role/" + devRole, func(b *bench) { b.permissionSet(false) }, notInSet, ""},
	{"the role of a service", "read", "build/role/" + devRole, func(b *bench) {
		b.aws.renamed[devRole] = b.aws.build.Role("aws-service-role/sso.amazonaws.com/"+devRole, trustRoot)
	}, "AWS manages the role " + devRole + ", so it can't be given access. Name a role of your own.", ""},
	{"a full policy", "read", "build/ann", func(b *bench) { b.fill(20000) }, full, ""},
	{"a policy with room", "read", "build/ann", func(b *bench) { b.fill(18000) }, "", ""},
	{"a deleted principal", "read", "build/ann", func(b *bench) {
		b.setPolicy(fixtures, `{"Sid":"Old","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/cas"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		b.aws.build.DeleteUser("cas")
	}, "", `Statement "Old" names AIDA`},
	{"a deny by network", "read", "build/ann", func(b *bench) {
		b.setPolicy(fixtures, `{"Sid":"Office","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`)
	}, "", `A Deny statement (Sid "Office") may block this access: it denies s3:GetObject to everybody, depending on aws:SourceIp.`},
	{"the key of AWS", "read", "build/ann", func(b *bench) { b.aws.facts.KMSKey = awsaccess.ManagedKey },
		"fixtures encrypts with the AWS-managed key aws/s3, which no other account can use. Ask the bucket's " +
			"owner to encrypt it with a customer managed key, and to copy the objects onto themselves so that they " +
			"use it.", ""},
}

const trustRoot = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`

// fill makes another writer's policy of about this size.
func (b *bench) fill(size int) {
	b.Helper()
	var theirs []string
	for n := range size / 1000 {
		theirs = append(theirs, fmt.Sprintf(`{"Sid":"n%02d","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:user/cas"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::fixtures/%s"}`, n, strings.Repeat("x", 848)))
	}
	b.setPolicy(fixtures, theirs...)
}

func TestCheck(t *testing.T) {
	for _, c := range facts {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			c.fact(b)
			id := askAs(b, c)
			b.rec.check(ctx, id) //nolint:errcheck // there is none
			g := b.get(id)
			if g.Why != c.refusal || (g.State == grant.Refused) != (c.refusal != "") {
				t.Errorf("it is %s because of\n%q, want\n%q", g.State, g.Why, c.refusal)
			}
			if g.State == grant.Refused {
				if g.Findings.Change != "" {
					t.Error("a refused request has findings")
				}
				if n := b.aws.writes(); n != 0 {
					t.Errorf("%d writes", n)
				}
				return
			}
			if g.State != grant.Pending || g.Principal.UniqueID == "" || !strings.Contains(g.Findings.Diff, "S3Share"+string(id)) || g.Findings.Change == "" {
				t.Errorf("it is %s with %+v and %+v", g.State, g.Principal, g.Findings)
			}
			switch {
			case c.warning == "" && len(g.Findings.Warnings) != 0:
				t.Errorf("warned of %q", g.Findings.Warnings)
			case c.warning != "" && !slices.ContainsFunc(g.Findings.Warnings, func(w string) bool { return strings.HasPrefix(w, c.warning) }):
				t.Errorf("warned of %q, want %q", g.Findings.Warnings, c.warning)
			}
		})
	}
}

func askAs(b *bench, c asked) grant.ID {
	b.Helper()
	b.rules.BotARNs = nil // otherwise the draft is refused before it is stored
	return b.request("fixtures", c.level, c.principal, "1h")
}

// The owners of the principal's ARN in AWS count as concerned too, although the requester typed
// another ARN.
func TestCheckFindsTheOwners(t *testing.T) {
	b := newBench(t)
	b.aws.renamed["ann"] = "arn:aws:iam::111111111111:user/dev/ann"
	b.rec.rules.PrincipalOwners = map[string][]string{b.aws.renamed["ann"]: {"U0PAUL"}}
	id := b.request("fixtures", "read", "build/ann", "1h")
	b.turn()
	b.expectState(id, "pending")
	if g := b.get(id); !slices.Equal(g.PrincipalOwners, []string{"U0PAUL"}) || g.Principal.ARN != b.aws.renamed["ann"] {
		t.Errorf("behind %s stand %q", g.Principal.ARN, g.PrincipalOwners)
	}
}

// An operator may list a principal without its path in AWS. Its owners then request for their own
// principal and cannot decide.
func TestListedWithoutThePath(t *testing.T) {
	const real, listed = "arn:aws:iam::111111111111:user/dev/ann", "arn:aws:iam::111111111111:user/Ann"
	for _, typed := range []string{"build/ann", real} {
		b := newBench(t)
		b.aws.renamed["ann"] = real
		b.rules.PrincipalOwners = map[string][]string{listed: {"U0RITA", ada.User}}
		b.rules.Rules[1].OwnPrincipals = true
		b.rules.Rules[1].Approvers.Users = []string{ada.User, "U0BOB"}
		b.restart()
		id := b.request("fixtures", "read", typed, "1h")
		b.turn()
		b.expectState(id, "pending")
		g, rule := b.get(id), b.rules.Rules[1]
		if !slices.Equal(g.PrincipalOwners, []string{"U0RITA", ada.User}) {
			t.Errorf("%s: behind %s stand %q", typed, g.Principal.ARN, g.PrincipalOwners)
		}
		g.PrincipalOwners = nil // the record and today's config may differ
		act := grant.Approve{By: ada, Today: grant.Today{Rule: &rule, PrincipalOwners: b.rules.OwnersOf(g.Principal.ARN)}}
		if _, err := g.Apply(act, b.clock.now()); err == nil || !strings.Contains(err.Error(), "is yours") {
			t.Errorf("%s: Ada, who stands behind it, approves: %v", typed, err)
		}
	}
}

// Failed calls to AWS or Slack are retried, and people are told if that lasts.
func TestCheckIsRetried(t *testing.T) {
	for _, op := range []string{"GetBucketPolicy", "Facts", "Principal", "Joined"} {
		b := newBench(t)
		b.aws.errs[op] = awsErr(awsaccess.Retry, op, "SlowDown", "Please reduce your request rate.")
		id := b.request("fixtures", "write", "build/ann", "1h")
		b.run(10 * time.Minute)
		b.expectState(id, "checking")
		want := fmt.Sprintf("Can't check the request `%s`, so the approvers have no card yet: `%s in nonprod: SlowDown: Please reduce your request rate`. Retrying; next try 12:0", id, op)
		if len(b.alerts) != 1 || !strings.HasPrefix(b.alerts[0], want) {
			t.Errorf("alerts %q, want %q…", b.alerts, want)
		}
		delete(b.aws.errs, op)
		b.run(5 * time.Minute)
		b.expectState(id, "pending")
		if end := fmt.Sprintf("Resolved: the request `%s` is checked", id); len(b.alerts) != 2 || b.alerts[1] != end {
			t.Errorf("alerts %q, want %q at the end", b.alerts, end)
		}
	}
	b := newBench(t)
	b.aws.errs["Facts"] = awsErr(awsaccess.Denied, "GetBucketOwnershipControls", "AccessDenied", "Access Denied")
	id := b.request("fixtures", "write", "build/ann", "1h")
	b.run(25 * time.Hour)
	b.sweep()
	if end := fmt.Sprintf("Resolved: the request `%s` needs no check any more", id); len(b.alerts) != 2 || b.alerts[1] != end {
		t.Errorf("alerts %q, want %q at the end", b.alerts, end)
	}
	b.expectState(id, "refused", "AWS or Slack did not answer the checks in time. Request it again later.")
}

// A role that cannot be assumed says nothing about the bucket.
func TestCheckWithAnUnusableRole(t *testing.T) {
	b := newBench(t)
	b.aws.errs["GetBucketPolicy"] = awsErr(awsaccess.Denied, "AssumeRole", "AccessDenied", "not authorized")
	id := b.request("fixtures", "read", "build/ann", "1h")
	b.run(time.Minute)
	b.expectState(id, "checking")
}

type strangers struct{ err error }

func (s strangers) Actor(_ context.Context, p grant.Person, _ []string, _ time.Time) (grant.Actor, error) {
	return grant.Actor{Person: p, Standing: grant.Guest}, s.err
}

func (s strangers) Recent(ctx context.Context, p grant.Person, groups []string) (grant.Actor, error) {
	return s.Actor(ctx, p, groups, time.Time{})
}

func (s strangers) Present(context.Context, grant.People, func(string) bool, int) (int, error) {
	return 0, s.err
}

// unasked is a Slack that answers about people, but not about groups.
type unasked struct{ people }

func (unasked) Present(context.Context, grant.People, func(string) bool, int) (int, error) {
	return 0, errors.New("usergroups.users.list: internal_error")
}

// A request that no present approver could approve is refused at once.
func TestCheckOfApprovers(t *testing.T) {
	none := "Too few people could approve this: it needs 1 of the approvers of fixtures, and there are 0, not counting the people it " +
		"concerns, guests and deactivated accounts. Ask the operators of s3share to name more " +
		"approvers."
	for _, c := range []struct {
		name   string
		change func(*bench)
		want   []string
	}{
		{"an approver is there", func(*bench) {}, []string{"pending"}},
		{"the only one has left", func(b *bench) { b.people["U0ADA"] = grant.Deactivated }, []string{"refused", none}},
		{"the only one is a guest by now", func(b *bench) { b.people["U0ADA"] = grant.Guest }, []string{"refused", none}},
		{"one of two has left", func(b *bench) {
			b.people["U0ADA"] = grant.Deactivated
			b.rules.Rules[1].Approvers.Users = []string{"U0ADA", "U0BOB"}
		}, []string{"pending"}},
		{"the group is empty", func(b *bench) { b.rules.Rules[1].Approvers = grant.People{Groups: []string{"S0OPS"}} }, []string{"refused", none}},
		{"a rule may let it through", func(b *bench) {
			b.people["U0ADA"] = grant.Deactivated
			b.rules.Rules[1].Auto = []grant.AutoRule{{Levels: []string{"read"}, MaxTerm: 1, People: grant.People{Users: []string{rita.User}}, PerDay: 1}}
		}, []string{"pending"}},
	} {
		b := newBench(t)
		b.people = people{}
		c.change(b)
		b.restart()
		id := b.request("fixtures", "read", "build/ann", "1h")
		b.turn()
		t.Log(c.name)
		b.expectState(id, c.want...)
	}
	b := newBench(t)
	b.rec.people = unasked{people{}}
	id := b.request("fixtures", "read", "build/ann", "1h")
	b.turn()
	b.expectState(id, "pending") // the approver is looked up at the click
}

func TestCheckOfPeople(t *testing.T) {
	b := newBench(t)
	b.rec.people = strangers{}
	id := b.request("fixtures", "read", "build/ann", "1h")
	b.turn()
	b.expectState(id, "refused", "Guests can't request or approve access. Ask a full member of this workspace.")
	if len(b.aws.calls) != 0 {
		t.Error("AWS was asked for somebody who may not ask")
	}
	for _, p := range []People{strangers{errors.New("Slack is down")}, nil} {
		b := newBench(t)
		b.rec.people = p
		id := b.request("fixtures", "read", "build/ann", "1h")
		b.run(time.Minute)
		b.expectState(id, "checking")
	}
}

// The checks are repeated at the approval.
func TestApproval(t *testing.T) {
	for _, c := range []struct {
		name    string
		level   string
		fact    func(b *bench)
		refusal string
	}{
		{"all is well", "write", func(*bench) {}, ""},
		{"the user is gone", "read", func(b *bench) { b.aws.build.DeleteUser("ann") },
			"arn:aws:iam::111111111111:user/ann was deleted after the request. Deny it, so that the requester " +
				"can submit a new request."},
		{"another of the name", "read", func(b *bench) { b.aws.build.DeleteUser("ann"); b.aws.build.User("ann") },
			"arn:aws:iam::111111111111:user/ann was deleted after the request. Deny it, so that the requester " +
				"can submit a new request."},
		{"delegated by now, and the settings do not show", "read", func(b *bench) {
			b.setPolicy(fixtures, delegation(""))
			b.aws.errs["Facts"] = awsErr(awsaccess.Retry, "GetBucketEncryption", "NoAnswer", "timed out")
		}, `fixtures already delegates access to the whole account build in statement 1 of its policy, so s3share could not end access to it. Ask the bucket's owner to name users or roles in that statement.`},
		{"full with those that are on their way", "read", func(b *bench) {
			b.fill(18000)
			for n := range 3 {
				b.approved(fmt.Sprintf("fixtures/%d", n), "read", "build/ben", "1h")
			}
		}, full},
		{"AWS is away", "read", func(b *bench) {
			b.aws.errs["GetBucketPolicy"] = awsErr(awsaccess.Retry, "GetBucketPolicy", "NoAnswer", "timed out")
		}, ""},
		{"IAM is away", "read", func(b *bench) { b.aws.errs["Principal"] = awsErr(awsaccess.Denied, "AssumeRole", "AccessDenied", "") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			id := b.request("fixtures", c.level, "build/ann", "1h")
			b.turn()
			b.expectState(id, "pending")
			c.fact(b)
			got := ""
			if err := refusalOf(b.rec.Preflight().CheckApproval(ctx, b.get(id))); err != nil {
				got = err.Error()
			}
			if got != c.refusal {
				t.Errorf("it says\n%q, want\n%q", got, c.refusal)
			}
		})
	}
}

// A request that was checked before the bot's identity was known is compared with it at the
// approval and the extension.
func TestApprovalRefusesTheBotItself(t *testing.T) {
	b := newBench(t)
	b.aws.build.Role("runner", trustRoot)
	id := b.request("fixtures", "read", "build/role/runner", "8h")
	old := b.get(id)
	p := old.Principal
	p.UniqueID = b.aws.build.UniqueID(p.ARN)
	b.put(old, must(old.Apply(grant.Check{Principal: &p, Rule: &old.Rule}, b.clock.now())))
	for _, err := range []error{refusalOf(b.rec.Preflight().CheckApproval(ctx, b.get(id))), refusalOf(b.rec.Preflight().CheckExtension(ctx, b.get(id)))} {
		if err == nil || err.Error() != "runner is s3share's own role, and can't be given access." {
			t.Errorf("%v", err)
		}
	}
}

// A bucket policy cannot name a principal of another partition, also not of an external account.
// The draft is refused: see TestDraft in grant. An older request is refused by the check.
func TestAnotherPartition(t *testing.T) {
	b := newBench(t)
	id := b.request("fixtures/a", "read", "partner/pat", "1h")
	b.rules.Accounts[0].Partition = "aws-us-gov"
	b.restart()
	b.run(2 * time.Minute)
	b.expectState(id, "refused")
	if n := b.aws.writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// An invalid policy is an answer; it is not retried.
func TestUnreadablePolicy(t *testing.T) {
	b := newBench(t)
	if err := b.aws.nonprod.SetPolicy(fixtures, `{"Version":"2012-10-17","Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::fixtures"}]}`); err != nil {
		t.Fatal(err)
	}
	id := b.request("fixtures/a", "read", "build/ann", "1h")
	b.run(2 * time.Minute)
	b.expectState(id, "refused")
}
