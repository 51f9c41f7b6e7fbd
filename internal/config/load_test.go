package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"s3share/internal/grant"
)

func load(t *testing.T, files ...string) Config {
	t.Helper()
	c, err := Load(write(t, files...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExample(t *testing.T) {
	got, err := Load("../../docs/s3share.full.yml")
	if err != nil {
		t.Fatal(err)
	}
	levels := grant.BuiltinLevels()
	levels["get"] = grant.Level{Name: "get", Object: []string{"s3:Get*"}}
	want := Config{
		Path: "../../docs/s3share.full.yml",
		Accounts: []Account{
			{Name: "nonprod", ID: "222222222222", Region: "us-east-1", Role: "arn:aws:iam::222222222222:role/s3share",
				ExternalID: "s3share-prod", Partition: "aws"},
			{Name: "build", ID: "111111111111", Role: "arn:aws:iam::111111111111:role/s3share", ExternalID: "s3share-prod", Partition: "aws"},
		},
		Rules: grant.Rules{
			Rules: []grant.Rule{{
				Bucket: "my-shared-bucket-*", Account: "nonprod", Region: "eu-west-1", Prefixes: []string{"builds/*", "*"},
				Levels: []string{"read", "write"}, MaxTerm: 72 * 60, Approvals: 1, Channel: "C0DATATEAM",
				Principals: []string{"arn:aws:iam::111111111111:user/*"}, Approvers: grant.People{Users: []string{"U0ADMIN1"}},
				Notify: grant.People{Users: []string{"U0ADMIN2"}, Groups: []string{"S0ONCALL"}}, RemindAfter: 4 * 60, EscalateAfter: 8 * 60, Escalate: grant.People{Users: []string{"U0ADMIN2"}},
				ReasonPattern: "[A-Z]+-[0-9]+", MaxTotal: 144 * 60, FreeExtension: 2 * 60,
				Auto:       []grant.AutoRule{{Levels: []string{"read"}, MaxTerm: 2 * 60, People: grant.People{Groups: []string{"S0BUILD"}}, PerDay: 3, WeekTotal: 6 * 60}},
				BreakGlass: &grant.BreakGlass{People: grant.People{Groups: []string{"S0ONCALL"}}, MaxTerm: 60, PerDay: 2},
				Hours:      &grant.Hours{Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * time.Hour, To: 17 * time.Hour, Zone: "Europe/Berlin"},
			}},
			Accounts: []grant.Account{
				{Name: "nonprod", ID: "222222222222", Region: "us-east-1", Partition: "aws"},
				{Name: "build", ID: "111111111111", Partition: "aws"},
			},
			Levels:          levels,
			PrincipalOwners: map[string][]string{"arn:aws:iam::111111111111:user/rita": {"U0RITA"}},
			BotARNs:         []string{"arn:aws:iam::222222222222:role/s3share", "arn:aws:iam::111111111111:role/s3share"},
			Teams:           []string{"T0TEAM"},
			MaxPending:      10, RequestTTL: 24 * 60, WarnBefore: []grant.Term{24 * 60, 2 * 60, 15},
		},
		SweepEvery: 5 * time.Minute, Store: "s3share.db", Audit: "s3share-audit.jsonl", Listen: "127.0.0.1:9090",
		Warnings: []string{"../../docs/s3share.full.yml:3:10: include is rules.d/*.yml, but no file matches it: correct the pattern or remove it"},
	}
	want.Slack.AdminChannel, want.Slack.Teams = "C0ADMIN", []string{"T0TEAM"}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Config{}, "Digest"), cmpopts.IgnoreFields(grant.Rule{}, "Name")); diff != "" {
		t.Error(diff)
	}
}

// The starter config loads as it is, and gives no warning.
func TestStarter(t *testing.T) {
	c, err := Load("../../s3share.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rules.Rules) != 1 || len(c.Accounts) != 2 || len(c.Warnings) > 0 {
		t.Errorf("%d rules, %d accounts, warnings %q", len(c.Rules.Rules), len(c.Accounts), c.Warnings)
	}
}

// Everything with a default may be left out.
func TestDefaults(t *testing.T) {
	c := load(t, "s3share.yml", base)
	want := grant.Rule{Name: "s3share.yml:11", Bucket: "fixtures", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 8 * 60,
		Approvals: 1, Channel: "C0ADMIN", Approvers: grant.People{Users: []string{"U0ADMIN1", "U0ADMIN2"}}, RemindAfter: 4 * 60, MaxTotal: 16 * 60}
	if diff := cmp.Diff([]grant.Rule{want}, c.Rules.Rules, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(grant.BuiltinLevels(), c.Rules.Levels, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	got := Config{SweepEvery: c.SweepEvery, Store: c.Store, Audit: c.Audit, Listen: c.Listen}
	if diff := cmp.Diff(Config{SweepEvery: 5 * time.Minute, Store: "s3share.db", Audit: "s3share-audit.jsonl", Listen: "127.0.0.1:9090"}, got); diff != "" {
		t.Error(diff)
	}
	if c.Rules.MaxPending != 10 || c.Rules.RequestTTL != 24*60 || !slices.Equal(c.Rules.WarnBefore, []grant.Term{24 * 60, 2 * 60, 15}) {
		t.Errorf("got %d, %s, %s", c.Rules.MaxPending, c.Rules.RequestTTL, c.Rules.WarnBefore)
	}
}

func TestAcceptedSettings(t *testing.T) {
	for _, tt := range []struct {
		name, more string
		ok         func(c Config) bool
	}{
		{"listen off", `listen: ""`, func(c Config) bool { return c.Listen == "" }},
		{"listen empty", `listen:`, func(c Config) bool { return c.Listen == "" }},
		{"listen on all", `listen: ":9090"`, func(c Config) bool { return c.Listen == ":9090" }},
		{"listen on IPv6", `listen: "[::1]:9090"`, func(c Config) bool { return c.Listen == "[::1]:9090" }},
		{"terms in days", `request_ttl: 3d`, func(c Config) bool { return c.Rules.RequestTTL == 3*24*60 }},
		{"seconds", `sweep_every: 30s`, func(c Config) bool { return c.SweepEvery == 30*time.Second }},
		{"days", `sweep_every: 1d`, func(c Config) bool { return c.SweepEvery == 24*time.Hour }},
		{"warnings in any order", `warn_before: [15m, 1d, 2h]`, func(c Config) bool {
			return slices.Equal(c.Rules.WarnBefore, []grant.Term{24 * 60, 2 * 60, 15})
		}},
		{"no warnings", `warn_before: []`, func(c Config) bool { return len(c.Rules.WarnBefore) == 0 }},
		{"a level replaced", `levels: { read: { object: ["s3:Get*"] } }`, func(c Config) bool {
			return slices.Equal(c.Rules.Levels["read"].Object, []string{"s3:Get*"}) && len(c.Rules.Levels["read"].Bucket) == 0
		}},
		{"a level of everything", `levels: { all: { object: ["s3:*"], bucket: ["s3:*"] } }`, func(c Config) bool {
			return slices.Equal(c.Rules.Levels["all"].Object, []string{"s3:*"})
		}},
		{"postgres off", `store: { postgres: false }`, func(c Config) bool { return c.Store == "s3share.db" }},
		{"people by name", `people: [{ principal: build/role/ci, users: [U0RITA] }]`, func(c Config) bool {
			return slices.Equal(c.Rules.PrincipalOwners["arn:aws:iam::111111111111:role/ci"], []string{"U0RITA"})
		}},
		{"no files to include", `include: rules.d/*.yml`, func(c Config) bool { return len(c.Rules.Rules) == 1 }},
		{"auditors", `auditors: { groups: [S0AUDIT] }`, func(c Config) bool {
			return slices.Equal(c.Rules.Auditors.Groups, []string{"S0AUDIT"})
		}},
	} {
		if c := load(t, "s3share.yml", base+tt.more+"\n"); !tt.ok(c) {
			t.Errorf("%s: got %+v", tt.name, c)
		}
	}
}

func TestAcceptedRules(t *testing.T) {
	for _, tt := range []struct {
		name, more string
		ok         func(r grant.Rule) bool
	}{
		{"approvals by level", "levels: [read, full]\n    approvals: { read: 1, full: 2 }", func(r grant.Rule) bool {
			return r.Quorum("read") == 1 && r.Quorum("full") == 2 && r.Quorum("write") == 1
		}},
		{"more approvals than users, with a group", "approvals: 4\n    approvers: { users: [U0ADA], groups: [S0DATA] }", func(r grant.Rule) bool {
			return r.Approvals == 4 && len(r.Approvers.Users) == 1
		}},
		{"empty approvers are the default's", "approvers: { users: [], groups: [] }", func(r grant.Rule) bool { return len(r.Approvers.Users) == 2 }},
		{"heal", "drift: heal", func(r grant.Rule) bool { return r.Heal }},
		{"the longest term", "max_term: 90d", func(r grant.Rule) bool { return r.MaxTerm == 90*24*60 }},
		{"any account", `principals: ["arn:aws:iam::*:role/ci-*"]`, func(r grant.Rule) bool { return len(r.Principals) == 1 }},
		{"a longer total", "max_total: 20h", func(r grant.Rule) bool { return r.Longest() == 20*60 }},
		{"the total is twice the term", "max_term: 3h", func(r grant.Rule) bool { return r.MaxTotal == 6*60 }},
		{"even of the longest term", "max_term: 90d", func(r grant.Rule) bool { return r.MaxTotal == 180*24*60 }},
		{"a ticket in the reason", `reason_pattern: "OPS-[0-9]+"`, func(r grant.Rule) bool { return r.ReasonPattern == "OPS-[0-9]+" }},
		{"notify, reminders and escalation", "notify: { users: [U0ADA] }\n    remind_after: 30m\n    escalate_after: 2h\n    escalate: { groups: [S0LEADS] }", func(r grant.Rule) bool {
			return r.Notify.Users[0] == "U0ADA" && r.RemindAfter == 30 && r.EscalateAfter == 120 && r.Escalate.Groups[0] == "S0LEADS"
		}},
		{"auto-approval by default", "auto_approve: [{ users: [U0ADA] }]", func(r grant.Rule) bool {
			a := r.Auto[0]
			return a.Levels[0] == "read" && a.MaxTerm == 8*60 && a.PerDay == 3 && a.WeekTotal == 24*60
		}},
		{"break-glass by default", "break_glass: { users: [U0ADA] }", func(r grant.Rule) bool { return r.BreakGlass.MaxTerm == 60 && r.BreakGlass.PerDay == 2 }},
		{"break-glass with a short max_term", "max_term: 30m\n    break_glass: { users: [U0ADA] }", func(r grant.Rule) bool { return r.BreakGlass.MaxTerm == 30 }},
		{"hours by default", "lapse_hours: {}", func(r grant.Rule) bool {
			return len(r.Hours.Days) == 5 && r.Hours.From == 9*time.Hour && r.Hours.To == 17*time.Hour && r.Hours.Zone == "UTC"
		}},
		{"own principals", "own_principals: true\npeople: [{ principal: build/rita, users: [U0RITA] }]", func(r grant.Rule) bool { return r.OwnPrincipals }},
	} {
		c := load(t, "s3share.yml", base+"    "+tt.more+"\n")
		if !tt.ok(c.Rules.Rules[0]) {
			t.Errorf("%s: got %+v", tt.name, c.Rules.Rules[0])
		}
	}
}

// A rule may follow a wider one only if it can still match.
func TestRulesAfterWiderOnes(t *testing.T) {
	for _, tt := range []struct {
		earlier, later string
		hidden         bool
	}{
		{"data-*", "data-*", true},
		{"*", "data-*", true},
		{"data-*", "data-x", true},
		{"data-*", "data-x-*", true},
		{"data-?", "data-x", true},
		{"data-[ab]", "data-a", true},
		{"data-x", "data-*", false},
		{"data-?", "data-*", false},
		{"data-[^x]", "data-?", false},
		{"data-[ab]", "data-c", false},
		{"*-data", "data-*", false},
	} {
		if got := tt.earlier == tt.later || hides(tt.earlier, tt.later); got != tt.hidden {
			t.Errorf("%s before %s hides it: %t", tt.earlier, tt.later, got)
		}
	}
}

// Included files follow the main file, sorted by name.
func TestInclude(t *testing.T) {
	c := load(t, "conf[1]/s3share.yml", "include: rules.d/*.yml\n"+base,
		"conf[1]/rules.d/20-b.yml", "rules: [{ bucket: bees, account: ops }]\n",
		"conf[1]/rules.d/10-a.yml", `accounts: [{ name: ops, id: "333333333333", region: cn-north-1, identity: external }]
levels: { get: { object: ["s3:GetObject"] } }
people: [{ principal: build/rita, users: [U0RITA] }]
rules:
  # a comment
  - { bucket: ants, account: ops, levels: [get] }
`,
		"conf[1]/rules.d/ignored.txt", "not: ours\n")
	var names []string
	for _, r := range c.Rules.Rules {
		names = append(names, r.Name+" "+r.Bucket)
	}
	want := []string{"s3share.yml:12 fixtures", "rules.d/10-a.yml:6 ants", "rules.d/20-b.yml:1 bees"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if a := c.Accounts[2]; !a.External || a.Partition != "aws-cn" || !c.Rules.Accounts[2].External {
		t.Errorf("got %+v", a)
	}
	if len(c.Rules.PrincipalOwners) != 1 || c.Rules.Levels["get"].Name != "get" {
		t.Errorf("got %+v", c.Rules)
	}
}

func TestAnchorsAndMerges(t *testing.T) {
	c := load(t, "s3share.yml", strings.TrimSuffix(base, "    account: nonprod\n")+`    account: &owner nonprod
    approvers: &ours { users: [U0ADA, U0BOB] }
  - &wide
    bucket: more
    account: *owner
    approvers: *ours
    max_term: 3d
  - <<: *wide
    bucket: most
    max_term: 1d
people: []
levels:
  <<: [{ get: &get { object: ["s3:Get*"] } }]
  get: { object: ["s3:GetObject"] }
  look: *get
`)
	got := c.Rules.Rules[2]
	if got.Bucket != "most" || got.Account != "nonprod" || got.MaxTerm != 24*60 || len(got.Approvers.Users) != 2 {
		t.Errorf("got %+v", got)
	}
	if l := c.Rules.Levels; l["get"].Object[0] != "s3:GetObject" || l["look"].Object[0] != "s3:Get*" {
		t.Errorf("got %+v", l)
	}
}

func TestEncodingsOfTheSameText(t *testing.T) {
	want := load(t, "s3share.yml", base).Digest
	for name, data := range map[string]string{
		"byte order mark": "\ufeff" + base,
		"CRLF":            strings.ReplaceAll(base, "\n", "\r\n"),
		"document marks":  "---\n" + base + "...\n",
		"version":         "%YAML 1.2\n---\n" + base,
	} {
		if got := load(t, "s3share.yml", data).Digest; got != want {
			t.Errorf("%s: the digest is another", name)
		}
	}
}

// Possible mistakes are warnings, and the config is accepted.
func TestWarnings(t *testing.T) {
	for _, tt := range []struct{ change, to, want string }{
		{rulesLine, "levels: { all: { object: [\"s3:*\"], bucket: [\"s3:*\"] } }\nrules:\n",
			"10:45: s3:* can change the bucket itself, and such a change stays after the grant has ended: use read actions like s3:ListBucket"},
		{rulesLine, "levels: { all: { bucket: [\"s3:PutBucketAcl\"] } }\nrules:\n",
			"10:27: s3:PutBucketAcl can change the bucket itself, and such a change stays after the grant has ended: use read actions like s3:ListBucket"},
		{rulesLine, "levels: { all: { bucket: [\"s3:List*\", \"s3:GetBucket*\"] } }\nrules:\n", ""},
		{accountLine, accountLine + "    approvals: { full: 2 }\n", "13:18: approvals names the level full, which this rule does not share: remove it or add it to the rule's levels"},
		{rulesLine + bucketLine + accountLine, "rules: []\n", " there are no rules, so no bucket can be requested: add one under rules"},
		{nameLine + idLine, "", "10:14: nonprod is the only account, but s3share shares only between accounts: list the account whose users or roles need access"},
		{roleLine, "", "7:5: nonprod and build have no role, but the bot's own credentials are for one account only: give one of them a role"},
		{rulesLine, "include: rules.d/*.yml\nrules:\n", "10:10: include is rules.d/*.yml, but no file matches it: correct the pattern or remove it"},
	} {
		c := load(t, "s3share.yml", strings.Replace(base, tt.change, tt.to, 1))
		got := strings.Join(c.Warnings, "\n")
		if _, after, _ := strings.Cut(got, "s3share.yml:"); after != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.to, got, tt.want)
		}
	}
}

// The European Sovereign Cloud: region eusc-de-east-1, partition aws-eusc.
func TestSovereignCloud(t *testing.T) {
	for _, text := range []string{
		strings.Replace(base, idLine, idLine+"    region: eusc-de-east-1\n", 1),
		strings.Replace(base, "arn:aws:iam::222222222222:role", "arn:aws-eusc:iam::222222222222:role", 1),
		strings.Replace(base, "arn:aws:iam::222222222222:role", "arn:aws-eusc:iam::222222222222:role", 1) + "    region: eusc-de-east-1\n",
	} {
		if got := mistakes(t, "c.yml", text); got != "" {
			t.Error(got)
		}
	}
	c := load(t, "c.yml", strings.Replace(base, "arn:aws:iam::222222222222:role", "arn:aws-eusc:iam::222222222222:role", 1))
	want := "c.yml:12:14: nonprod is the only account in the partition aws-eusc, but s3share shares only within a partition: list the account whose users or roles need access"
	if c.Accounts[0].Partition != "aws-eusc" || len(c.Warnings) != 1 || !strings.HasSuffix(c.Warnings[0], want) {
		t.Errorf("%+v %q", c.Accounts[0], c.Warnings)
	}
}

// A rule's region applies to its buckets; without one the account's does.
func TestRegionOfARule(t *testing.T) {
	c := load(t, "c.yml", strings.Replace(base, roleLine, roleLine+"    region: us-east-1\n", 1)+
		"    region: af-south-1\n  - { bucket: near, account: nonprod }\n")
	for target, want := range map[string]string{"fixtures": "af-south-1", "near": "us-east-1"} {
		g, err := c.Rules.Draft("0123ABCD", grant.Draft{Target: target, Level: "read", Principal: "build/bob", Term: "1h", Reason: "why",
			Requester: grant.Person{Team: "T0TEAM", User: "U0RITA"}}, 0, time.Now())
		if err != nil || g.Bucket.Region != want {
			t.Errorf("%s: region %q, %v", target, g.Bucket.Region, err)
		}
	}
}
