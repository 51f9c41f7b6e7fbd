package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

const (
	owner   = "222222222222"
	grantee = "111111111111"
	annARN  = "arn:aws:iam::111111111111:user/ann"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// A world answers as AWS, Slack and the records. Every grant passes until a test changes it.
type world struct {
	text     string // the bucket's policy
	facts    awsaccess.Facts
	arn, id  string // of the principal
	boundary string
	half     awsaccess.Membership
	most     int
	self     string
	ahead    time.Duration
	errs     map[string]error // by operation
	calls    []string

	grant    grant.Grant
	with     []grant.Grant
	stored   []grant.Grant
	rules    grant.Rules
	standing grant.Standing // of the requester
	present  int            // approvers
	held     error
}

func newWorld() *world {
	rule := grant.Rule{Name: "rules[0]", Bucket: "*", Account: "nonprod", Levels: []string{"read", "write"}, MaxTerm: 72 * 60,
		Approvers: grant.People{Groups: []string{"S0OPS"}}}
	return &world{
		facts: awsaccess.Facts{Region: "eu-west-1", Enforced: true}, arn: annARN, id: "AIDAANN", most: 10, errs: map[string]error{},
		self: "arn:aws:iam::222222222222:role/s3share", standing: grant.Member, present: 1,
		rules: grant.Rules{Rules: []grant.Rule{rule}, Levels: grant.BuiltinLevels(), Accounts: []grant.Account{
			{Name: "nonprod", ID: owner, Partition: "aws"}, {Name: "build", ID: grantee, Partition: "aws"}}},
		grant: grant.Grant{
			ID: "0123ABCD", State: grant.Pending, Requester: grant.Person{Team: "T", User: "URITA"}, Beneficiary: grant.Person{Team: "T", User: "URITA"},
			Bucket:    grant.Bucket{Name: "fixtures", Account: "nonprod", AccountID: owner},
			Principal: grant.Principal{ARN: annARN, UniqueID: "AIDAANN", Account: "build", AccountID: grantee, Kind: grant.KindUser, Name: "ann"},
			Level:     grant.BuiltinLevels()["read"], Term: 60, ExpiresAt: noon.Add(time.Hour),
		},
	}
}

func (w *world) call(op string) error { w.calls = append(w.calls, op); return w.errs[op] }

func (w *world) BucketPolicy(context.Context, grant.Bucket) (string, error) {
	return w.text, w.call("GetBucketPolicy")
}

func (w *world) Facts(context.Context, grant.Bucket, bool) (awsaccess.Facts, error) {
	return w.facts, w.call("Facts")
}

func (w *world) Principal(context.Context, grant.Principal) (arn, id string, err error) {
	return w.arn, w.id, w.call("Principal")
}

func (w *world) Boundary(context.Context, grant.Principal) (string, error) {
	return w.boundary, w.call("Boundary")
}

func (w *world) Joined(context.Context, grant.Principal) (awsaccess.Membership, error) {
	return w.half, w.call("Joined")
}

func (w *world) MembershipLimit(context.Context, grant.Principal) (int, error) {
	return w.most, w.call("Most")
}

func (w *world) Self(context.Context, string) (string, error) { return w.self, w.call("Self") }

func (w *world) ClockSkew() time.Duration { return w.ahead }

func (w *world) Get(context.Context, grant.ID) (grant.Grant, error) { return w.grant, w.call("Get") }

func (w *world) List(context.Context, store.Query) ([]grant.Grant, error) {
	return slices.Clone(w.stored), w.call("List")
}

func (w *world) Recent(_ context.Context, p grant.Person, _ []string) (grant.Actor, error) {
	return grant.Actor{Person: p, Standing: w.standing}, w.call("Recent")
}

func (w *world) Present(context.Context, grant.People, func(string) bool, int) (int, error) {
	return w.present, w.call("Present")
}

func (w *world) preflight() *preflight.Preflight {
	return preflight.New(preflight.Config{AWS: w, Records: w, People: w, Rules: w.rules, Now: func() time.Time { return noon },
		Log: slog.New(slog.DiscardHandler), Held: func(context.Context, grant.ID) error { return w.held }})
}

func (w *world) check(m moment) preflight.Report {
	return w.preflight().Check(context.Background(), preflight.Options{Moment: m.Moment, Opens: m.opens, Grant: w.grant, With: w.with})
}

type moment struct {
	name string
	preflight.Moment
	opens bool
}

// moments are the columns of the tables below.
var moments = []moment{
	{"consent", preflight.Consent, false},
	{"request", preflight.Request, false},
	{"approval", preflight.Approval, false},
	{"narrowing", preflight.Narrowing, false},
	{"narrowing and approval", preflight.Narrowing, true},
	{"extension", preflight.Extension, false},
	{"restore", preflight.Restore, false},
}

func statement(body string) string { return `{"Version":"2012-10-17","Statement":[` + body + `]}` }

// theirs is a Deny that every bucket has, and that no grant meets.
const theirs = `{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::fixtures","arn:aws:s3:::fixtures/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`

func awsErr(c awsaccess.Class, op, code string) error {
	return &awsaccess.Error{Class: c, Op: op, Account: "nonprod", Code: code}
}

// large returns a policy with a number of bytes left. A grant takes about 350.
func large(left int) string {
	head := `{"Sid":"Theirs","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::222222222222:user/cas"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::fixtures/`
	return statement(head + strings.Repeat("x", policy.MaxBucketPolicy-policy.SpareBucketPolicy-left-len(statement(head+`"}`))) + `"}`)
}

// approved is a grant that AWS does not show yet.
func approved(id grant.ID, g grant.Grant) grant.Grant {
	g.ID, g.State, g.StartAt = id, grant.Approved, noon
	return g
}

var sourcePolicy = preflight.Source{Document: preflight.BucketPolicy}

func setting(d preflight.Document, name string) preflight.Source {
	return preflight.Source{Document: d, Setting: name}
}

// at holds the result at each of the moments: B blocks, W warns, ? is a failed call, and a dash is
// no finding.
var scenarios = []struct {
	name   string
	check  preflight.Name
	kind   policy.Kind
	source preflight.Source
	at     string
	change func(*world)
}{
	{"the record differs from its approval", "record", preflight.Unheld, setting(preflight.AuditLog, ""), "--B-BBB",
		func(w *world) { w.held = grant.Refuse("It is forged.") }},
	{"the chain cannot be read", "record", "", preflight.Source{}, "--?-???", func(w *world) { w.held = errors.New("a disk") }},
	{"a level that no rule has", "rules", preflight.Refused, setting(preflight.Rules, "rules[0]"), "BB-----",
		func(w *world) { w.grant.Level.Name = "full" }},
	{"a level that no rule has any more", "bot", preflight.Refused, setting(preflight.Rules, "rules[0]"), "--BBBBB",
		func(w *world) { w.grant.Level.Name = "full" }},
	{"a guest asks", "people", preflight.Refused, setting(preflight.Slack, ""), "BB-----", func(w *world) { w.standing = grant.Guest }},
	{"Slack does not say who asks", "people", "", preflight.Source{}, "??-----", func(w *world) { w.errs["Recent"] = errors.New("internal_error") }},
	{"no approver is there", "approvers", preflight.Refused, setting(preflight.Slack, "approvers"), "-B-----", func(w *world) { w.present = 0 }},
	{"Slack does not say who approves", "approvers", "", preflight.Source{}, "-------",
		func(w *world) { w.present, w.errs["Present"] = 0, errors.New("internal_error") }},

	{"the bucket is gone", "policy", preflight.Missing, sourcePolicy, "-BBBBBB",
		func(w *world) { w.errs["GetBucketPolicy"] = awsErr(awsaccess.Gone, "GetBucketPolicy", "NoSuchBucket") }},
	{"S3 denies the bucket", "policy", preflight.Missing, sourcePolicy, "-B?BBB?",
		func(w *world) {
			w.errs["GetBucketPolicy"] = awsErr(awsaccess.Denied, "GetBucketPolicy", "AccessDenied")
		}},
	{"the role cannot be assumed", "policy", "", preflight.Source{}, "-??????",
		func(w *world) {
			w.errs["GetBucketPolicy"] = awsErr(awsaccess.Denied, "AssumeRole", "AccessDenied")
		}},
	{"the policy has two readings", "policy", policy.Unreadable, sourcePolicy, "-BBBBBB",
		func(w *world) { w.text = `{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}` }},

	{"the account is let in", "delegations", policy.Delegation, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Build"}, "-BBBBBB",
		func(w *world) {
			w.text = statement(`{"Sid":"Build","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},
	{"the account is let in without a Sid", "delegations", policy.Delegation, preflight.Source{Document: preflight.BucketPolicy, Statement: 2}, "-BBBBBB",
		func(w *world) {
			w.text = statement(theirs + `,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},
	{"another account is let in", "delegations", "", preflight.Source{}, "-------",
		func(w *world) {
			w.text = statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},
	{"a statement has two readings", "delegations", policy.Unreadable, preflight.Source{Document: preflight.BucketPolicy, Statement: 2}, "-BBBBBB",
		func(w *world) {
			w.text = statement(theirs + `,{"Effect":"Allow","effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}`)
		}},
	{"a canonical user id is let in", "delegations", policy.Delegation, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Canon"}, "-WWWWWW",
		func(w *world) {
			w.text = statement(`{"Sid":"Canon","Effect":"Allow","Principal":{"CanonicalUser":"0123abcd"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},

	{"ACLs are on, to write", "settings", preflight.Ownership, setting(preflight.BucketSettings, "Object Ownership"), "-BBBBBB",
		func(w *world) { w.facts.Enforced, w.grant.Level = false, w.rules.Levels["write"] }},
	{"ACLs are on, to change the bucket", "settings", preflight.Ownership, setting(preflight.BucketSettings, "Object Ownership"), "-BBBBBB",
		func(w *world) {
			w.grant.Level.Bucket = []string{"s3:ListBucket", "s3:PutBucketAcl"}
			w.rules.Levels["read"], w.facts.Enforced = w.grant.Level, false
		}},
	{"ACLs are on, to read", "settings", preflight.Ownership, setting(preflight.BucketSettings, "Object Ownership"), "-WWWWWW",
		func(w *world) { w.facts.Enforced = false }},
	{"the ACL lets all in who sign", "settings", policy.Delegation, setting(preflight.BucketSettings, "ACL"), "-BBBBBB",
		func(w *world) { w.facts.ACL = []awsaccess.ACLGrant{{Group: "AuthenticatedUsers", Permission: "READ"}} }},
	{"the ACL lets an account in", "settings", policy.Delegation, setting(preflight.BucketSettings, "ACL"), "-BBBBBB",
		func(w *world) { w.facts.ACL = []awsaccess.ACLGrant{{Account: "0123abcd", Permission: "FULL_CONTROL"}} }},
	{"the ACL is public", "settings", policy.Public, setting(preflight.BucketSettings, "ACL"), "-WWWWWW",
		func(w *world) { w.facts.ACL = []awsaccess.ACLGrant{{Group: "AllUsers", Permission: "READ"}} }},
	{"the requester pays", "settings", preflight.RequesterPays, setting(preflight.BucketSettings, "request payment"), "-WWWWWW",
		func(w *world) { w.facts.RequesterPays = true }},
	{"tags decide", "settings", preflight.ABAC, setting(preflight.BucketSettings, "ABAC"), "-WWWWWW", func(w *world) { w.facts.ABAC = true }},
	{"a setting is not shown", "settings", preflight.Unread, setting(preflight.BucketSettings, "the ACL"), "-WWWWWW",
		func(w *world) { w.facts.Unread = []string{"the ACL"} }},
	{"the settings do not come", "settings", "", preflight.Source{}, "-??????",
		func(w *world) { w.errs["Facts"] = awsErr(awsaccess.Retry, "GetBucketEncryption", "SlowDown") }},

	{"there is no such user", "principal", preflight.Missing, setting(preflight.IAM, ""), "-BB-BBB",
		func(w *world) { w.errs["Principal"] = awsErr(awsaccess.Gone, "GetUser", "NoSuchEntity") }},
	{"the user is deleted by then", "principal", preflight.Missing, setting(preflight.IAM, ""), "--B-BBB",
		func(w *world) { w.id = "" }},
	{"another user of the name", "principal", preflight.Missing, setting(preflight.IAM, ""), "--B-BBB", func(w *world) { w.id = "AIDAOTHER" }},
	{"another path", "principal", preflight.Missing, setting(preflight.IAM, ""), "-B-----",
		func(w *world) { w.arn, w.grant.Typed.Principal = "arn:aws:iam::111111111111:user/dev/ann", annARN }},
	{"IAM does not answer", "principal", "", preflight.Source{}, "-??-???",
		func(w *world) { w.errs["Principal"] = awsErr(awsaccess.Denied, "AssumeRole", "AccessDenied") }},

	{"ten groups", "half", preflight.Full, setting(preflight.IAM, "groups"), "-BB-BBB", func(w *world) { w.half.Others = 10 }},
	{"ten policies", "half", preflight.Full, setting(preflight.IAM, "attached policies"), "-BB-BBB",
		func(w *world) { w.half.Others, w.grant.Principal.Kind = 10, grant.KindRole }},
	{"nine groups", "half", "", preflight.Source{}, "-------", func(w *world) { w.half.Others = 9 }},
	{"ten policies of twenty", "half", "", preflight.Source{}, "-------",
		func(w *world) { w.half.Others, w.most, w.grant.Principal.Kind = 10, 20, grant.KindRole }},
	{"twenty policies", "half", preflight.Full, setting(preflight.IAM, "attached policies"), "-BB-BBB",
		func(w *world) { w.half.Others, w.most, w.grant.Principal.Kind = 20, 20, grant.KindRole }},
	{"ten groups, ours among them", "half", "", preflight.Source{}, "-------", func(w *world) { w.half = awsaccess.Membership{Others: 10, Member: true} }},
	{"ten groups of an external principal", "half", "", preflight.Source{}, "-------",
		func(w *world) { w.half.Others, w.grant.Principal.External = 10, true }},
	{"ten groups, the limit unknown", "half", preflight.Full, setting(preflight.IAM, "groups"), "-BB-BBB",
		func(w *world) {
			w.half.Others, w.errs["Most"] = 10, awsErr(awsaccess.Denied, "GetAccountSummary", "AccessDenied")
		}},
	{"ten policies, the limit unknown", "half", "", preflight.Source{}, "-------",
		func(w *world) {
			w.half.Others, w.grant.Principal.Kind, w.errs["Most"] = 10, grant.KindRole, awsErr(awsaccess.Denied, "GetAccountSummary", "AccessDenied")
		}},
	{"the groups do not come", "half", "", preflight.Source{}, "-??-???",
		func(w *world) { w.errs["Joined"] = awsErr(awsaccess.Retry, "ListGroupsForUser", "Throttling") }},
	{"a permission set without the policy", "half", preflight.Missing, setting(preflight.IAM, "permission set"), "-BB-BBB",
		func(w *world) {
			p := &w.grant.Principal
			p.Kind, p.Name = grant.KindRole, "AWSReservedSSO_Dev_0123456789abcdef"
			p.ARN = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/" + p.Name
			w.arn = p.ARN
		}},

	{"the bot itself", "bot", preflight.Refused, setting(preflight.Rules, "rules[0]"), "-BBBBBB", func(w *world) { w.self = annARN }},
	{"STS does not say who the bot is", "bot", "", preflight.Source{}, "-??????",
		func(w *world) { w.errs["Self"] = awsErr(awsaccess.Retry, "GetCallerIdentity", "Throttling") }},

	{"the key of AWS", "encryption", preflight.Key, setting(preflight.BucketSettings, "default encryption"), "-BBBBBB",
		func(w *world) { w.facts.KMSKey = awsaccess.ManagedKey }},
	{"a key by its alias, to write", "encryption", preflight.Key, setting(preflight.BucketSettings, "default encryption"), "-WWWWWW",
		func(w *world) { w.facts.KMSKey, w.grant.Level = "alias/team", w.rules.Levels["write"] }},
	{"a key by its alias, to read", "encryption", "", preflight.Source{}, "-------", func(w *world) { w.facts.KMSKey = "alias/team" }},
	{"a key by its ARN", "encryption", "", preflight.Source{}, "-------",
		func(w *world) {
			w.facts.KMSKey, w.grant.Level = "arn:aws:kms:us-east-1:222222222222:key/1", w.rules.Levels["write"]
		}},
	{"the encryption is not shown", "encryption", preflight.Unread, setting(preflight.BucketSettings, "default encryption"), "-WWWWWW",
		func(w *world) { w.facts.EncryptionUnknown = true }},

	{"a level for whole buckets, on a folder", "level", preflight.Unwritable, setting(preflight.Record, ""), "-B-BB--",
		func(w *world) {
			w.grant.Prefix = "builds"
			w.grant.Level.Bucket = []string{"s3:ListBucket", "s3:GetBucketLocation"}
			w.rules.Levels = maps.Clone(w.rules.Levels)
			w.rules.Levels["read"] = w.grant.Level
		}},
	{"a folder with a wildcard", "level", preflight.Unwritable, setting(preflight.Record, ""), "-B-BB--",
		func(w *world) { w.grant.Prefix = "builds*" }},

	{"a full policy", "capacity", preflight.Full, sourcePolicy, "-BBBB-B", func(w *world) { w.text = large(100) }},
	{"a policy with room", "capacity", "", preflight.Source{}, "-------", func(w *world) { w.text = large(500) }},
	{"full with one that is on its way", "capacity", preflight.Full, sourcePolicy, "-BBBB-B",
		func(w *world) { w.text, w.stored = large(500), []grant.Grant{approved("1123ABCD", w.grant)} }},
	{"its own approved record is not counted twice", "capacity", "", preflight.Source{}, "-------",
		func(w *world) { w.text, w.stored = large(500), []grant.Grant{approved(w.grant.ID, w.grant)} }},
	{"full with one that was asked for with it", "capacity", preflight.Full, sourcePolicy, "-BBBB-B",
		func(w *world) {
			other := w.grant
			other.ID = "2123ABCD"
			w.text, w.with = large(500), []grant.Grant{w.grant, other}
		}},
	{"the records cannot be read", "capacity", "", preflight.Source{}, "-????-?", func(w *world) { w.errs["List"] = errors.New("a disk") }},

	{"a permissions boundary", "boundary", preflight.Boundary, setting(preflight.IAM, "permissions boundary"), "-WWWWWW",
		func(w *world) { w.boundary = "arn:aws:iam::111111111111:policy/limit" }},
	{"the boundary does not come", "boundary", "", preflight.Source{}, "-??????",
		func(w *world) { w.errs["Boundary"] = awsErr(awsaccess.Retry, "GetUser", "Throttling") }},

	{"a Deny", "statements", policy.Denial, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Office"}, "-WWWWWW",
		func(w *world) {
			w.text = statement(`{"Sid":"Office","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`)
		}},
	{"a Deny of plain HTTP", "statements", "", preflight.Source{}, "-------", func(w *world) { w.text = statement(theirs) }},
	{"a Deny of the bot's write", "statements", policy.Writer, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Lock"}, "-WWWWWW",
		func(w *world) {
			w.text = statement(`{"Sid":"Lock","Effect":"Deny","Principal":"*","Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::fixtures"}`)
		}},
	{"a public statement", "statements", policy.Public, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Open"}, "-WWWWWW",
		func(w *world) {
			w.text = statement(`{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},
	{"a deleted principal", "statements", policy.Orphan, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Old"}, "-WWWWWW",
		func(w *world) {
			w.text = statement(`{"Sid":"Old","Effect":"Allow","Principal":{"AWS":"AIDAAAAAAAAAAAAAAAAAA"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},
	{"the user is named already", "named", policy.Named, preflight.Source{Document: preflight.BucketPolicy, Statement: 1, Sid: "Ann"}, "-WWWWWW",
		func(w *world) {
			w.text = statement(`{"Sid":"Ann","Effect":"Allow","Principal":{"AWS":"` + annARN + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
		}},

	{"a wrong clock", "clock", preflight.Skewed, setting(preflight.Clock, ""), "--B-BBB", func(w *world) { w.ahead = -time.Hour }},
}

// TestEveryFindingAtEveryMoment checks each finding at each moment, and compares the table in the
// package's comment with the results.
func TestEveryFindingAtEveryMoment(t *testing.T) {
	seen := map[preflight.Name]map[string]string{}
	for _, c := range scenarios {
		for i, m := range moments {
			w := newWorld()
			c.change(w)
			report := w.check(m)
			want, got := c.at[i:i+1], "-"
			j := slices.IndexFunc(report.Findings, func(f preflight.Finding) bool { return f.Check == c.check && (c.kind == "" || f.Kind == c.kind) })
			switch {
			case j >= 0 && report.Findings[j].Blocks:
				got = "B"
			case j >= 0:
				got = "W"
			case report.Unknown != nil:
				got = "?"
			}
			if got != want {
				t.Errorf("%s, %s: %s, want %s: %+v %v", c.name, m.name, got, want, report.Findings, report.Unknown)
			}
			if j < 0 {
				continue
			}
			f := report.Findings[j]
			if f.Source != c.source || f.Text == "" {
				t.Errorf("%s, %s: %q of %+v, want %+v", c.name, m.name, f.Text, f.Source, c.source)
			}
			if refused := report.Refusal() != nil; refused != (got == "B") {
				t.Errorf("%s, %s: refused %v", c.name, m.name, refused)
			}
			if seen[c.check] == nil {
				seen[c.check] = map[string]string{}
			}
			if !strings.Contains(seen[c.check][m.name], got) {
				seen[c.check][m.name] += got
			}
		}
	}
	table := documented(t)
	for name, row := range table {
		for column, want := range row {
			if got := sorted(seen[name][column]); got != want {
				t.Errorf("the package's comment says %q of %s at %s, and %q was seen", want, name, column, got)
			}
		}
	}
	for name := range seen {
		if table[name] == nil {
			t.Errorf("the package's comment does not have %s", name)
		}
	}
}

// documented reads the table in the package's comment.
func documented(t *testing.T) map[preflight.Name]map[string]string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"consent", "request", "approval", "narrowing", "extension", "restore"}
	table := map[preflight.Name]map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^//\t(\w+) +[\w ]+?  +((?:(?:B W|B|W|-) *){6})$`).FindAllStringSubmatch(string(text), -1) {
		cells := regexp.MustCompile(`B W|B|W|-`).FindAllString(line[2], -1)
		row := map[string]string{}
		for i, cell := range cells {
			row[columns[i]] = strings.NewReplacer(" ", "", "-", "").Replace(cell)
		}
		table[preflight.Name(line[1])] = row
	}
	if len(table) != 17 {
		t.Fatalf("the table has %d rows", len(table))
	}
	return table
}

func sorted(marks string) string {
	all := strings.Split(marks, "")
	slices.Sort(all)
	return strings.Join(all, "")
}

// TestNothingIsFound checks a grant without findings.
func TestNothingIsFound(t *testing.T) {
	for _, m := range moments {
		if report := newWorld().check(m); len(report.Findings) > 0 || report.Unknown != nil {
			t.Errorf("%s: %+v, %v", m.name, report.Findings, report.Unknown)
		}
	}
}

// TestChecksGoOnWithoutAnAnswer breaks each call of AWS in turn. The other checks can still refuse
// an approval.
func TestChecksGoOnWithoutAnAnswer(t *testing.T) {
	blocked := map[string]func(*world){
		"policy":     func(w *world) { w.text = large(100) },
		"delegation": func(w *world) { scenario("the account is let in")(w) },
		"settings":   func(w *world) { scenario("the ACL lets all in who sign")(w) },
		"principal":  func(w *world) { w.id = "AIDAOTHER" },
		"half":       func(w *world) { w.half.Others = 10 },
		"bot":        func(w *world) { w.self = annARN },
		"encryption": func(w *world) { w.facts.KMSKey = awsaccess.ManagedKey },
	}
	needs := map[string][]string{
		"policy": {"GetBucketPolicy", "List"}, "delegation": {"GetBucketPolicy"}, "settings": {"Facts"}, "principal": {"Principal"},
		"half": {"Principal", "Joined"}, "bot": {"Self"}, "encryption": {"Facts"},
	}
	for name, change := range blocked {
		for _, op := range []string{"GetBucketPolicy", "Facts", "Principal", "Joined", "Self", "Boundary", "List"} {
			for _, m := range []moment{moments[2], moments[6]} {
				w := newWorld()
				change(w)
				w.errs[op] = awsErr(awsaccess.Denied, "AssumeRole", "AccessDenied")
				if refused, want := w.check(m).Refusal() != nil, !slices.Contains(needs[name], op); refused != want {
					t.Errorf("%s at the %s, without %s: refused %v", name, m.name, op, refused)
				}
			}
		}
	}
}

func scenario(name string) func(*world) {
	for _, c := range scenarios {
		if c.name == name {
			return c.change
		}
	}
	panic(name)
}

// TestNothingMoreIsAsked checks that no calls follow the first blocker.
func TestNothingMoreIsAsked(t *testing.T) {
	for name, want := range map[string]string{
		"a guest asks":          "Recent",
		"no approver is there":  "Recent Present",
		"the bucket is gone":    "Recent Present GetBucketPolicy",
		"the account is let in": "Recent Present GetBucketPolicy",
		"there is no such user": "Recent Present GetBucketPolicy Facts Principal",
	} {
		w := newWorld()
		w.with = []grant.Grant{w.grant}
		scenario(name)(w)
		w.check(moments[1])
		if got := strings.Join(w.calls, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestWhatSilenceMeans checks the result at each moment if AWS does not answer, and if it does.
func TestWhatSilenceMeans(t *testing.T) {
	ctx := context.Background()
	w := newWorld()
	w.boundary = "arn:aws:iam::111111111111:policy/limit"
	for range 2 {
		silent := len(w.errs) > 0
		for name, check := range map[string]func(context.Context, grant.Grant) (*grant.Findings, error){
			"approval": w.preflight().CheckApproval, "extension": w.preflight().CheckExtension, "restore": w.preflight().CheckRestore,
		} {
			if found, err := check(ctx, w.grant); err != nil || (found == nil) != silent || !silent && len(found.Warnings) != 1 {
				t.Errorf("%s, silent %v: %+v, %v", name, silent, found, err)
			}
		}
		found, err := w.preflight().CheckNarrowing(ctx, w.grant, false)
		if silent && fmt.Sprint(err) != "Nothing was changed: AWS didn't answer the checks. Try again in a "+
			"minute." {
			t.Errorf("narrowing, silent: %v", err)
		}
		if !silent && (err != nil || len(found.Warnings) != 1 || !strings.Contains(found.Diff, "S3Share0123ABCD")) {
			t.Errorf("narrowing: %+v, %v", found, err)
		}
		w.errs["Boundary"] = awsErr(awsaccess.Retry, "GetUser", "Throttling")
	}
}

// TestTheClockIsToldFirst checks that a wrong clock is the refusal, and that another blocker stays
// in the report.
func TestTheClockIsToldFirst(t *testing.T) {
	w := newWorld()
	w.ahead, w.half.Others = time.Hour, 10
	report := w.check(moments[2])
	if len(report.Findings) != 2 || !strings.HasPrefix(report.Refusal().Error(), "Nothing was approved or "+
		"opened: s3share's clock is 1h ahead of AWS's") {
		t.Errorf("%+v", report.Findings)
	}
}

// TestOrderOnTheCard checks the order of warnings of several checks.
func TestOrderOnTheCard(t *testing.T) {
	w := newWorld()
	w.text = statement(`{"Sid":"Ann","Effect":"Allow","Principal":{"AWS":"` + annARN + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"},` +
		`{"Sid":"Canon","Effect":"Allow","Principal":{"CanonicalUser":"0123abcd"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"},` +
		`{"Sid":"Lock","Effect":"Deny","Principal":"*","Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::fixtures"},` +
		`{"Sid":"Office","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`)
	w.facts.RequesterPays, w.facts.EncryptionUnknown, w.boundary = true, true, "arn:aws:iam::111111111111:policy/limit"
	card := w.check(moments[1]).Card()
	want := []string{`A Deny statement (Sid "Lock")`, `A Deny statement (Sid "Office")`, "ann has a permissions boundary", "fixtures is a Requester Pays", "fixtures allows s3:GetObject to a canonical", "The bucket's encryption"}
	if len(card.Warnings) != len(want) || len(card.AlsoOpens) != 1 || !card.RequesterPays {
		t.Fatalf("%+v", card)
	}
	for i, w := range card.Warnings {
		if !strings.HasPrefix(w, want[i]) {
			t.Errorf("%d: %s, want %s", i, w, want[i])
		}
	}
}
