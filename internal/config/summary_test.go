package config

import (
	"slices"
	"strings"
	"testing"
)

const twoRules = `slack: { admin_channel: C0ADMIN, teams: [T0ONE, T0TWO] }
approvers: { users: [U0ADMIN1, U0ADMIN2], groups: [S0PLATFORM] }
accounts:
  - { name: nonprod, id: "222222222222", role: "arn:aws:iam::222222222222:role/s3share", external_id: "s3-share" }
  - { name: build, id: "111111111111" }
rules:
  - { bucket: "fixtures-*", account: nonprod, levels: [read, write], approvals: { full: 2 }, prefixes: ["a b/*", c] }
  - { bucket: "*", account: nonprod, drift: heal }
`

func TestSummary(t *testing.T) {
	want := []string{
		`rule bucket=fixtures-* account=nonprod prefixes="a b/*",c levels=read,write max_term=8h approvals=1,full:2 channel=C0ADMIN own_principals=false drift=ask approvers=U0ADMIN1,U0ADMIN2 approver_groups=S0PLATFORM remind_after=4h max_total=16h`,
		`rule bucket=* account=nonprod levels=read max_term=8h approvals=1 channel=C0ADMIN own_principals=false drift=heal approvers=U0ADMIN1,U0ADMIN2 approver_groups=S0PLATFORM remind_after=4h max_total=16h`,
		`account build id=111111111111 partition=aws identity=group`,
		`account nonprod id=222222222222 partition=aws role=arn:aws:iam::222222222222:role/s3share identity=group`,
		`auditors`,
		`level full object=s3:AbortMultipartUpload,s3:DeleteObject,s3:GetObject,s3:GetObjectAttributes,s3:GetObjectTagging,s3:GetObjectVersion,s3:ListMultipartUploadParts,s3:PutObject,s3:PutObjectTagging bucket=s3:ListBucket`,
		`level read object=s3:GetObject,s3:GetObjectAttributes,s3:GetObjectTagging,s3:GetObjectVersion bucket=s3:ListBucket`,
		`level write object=s3:AbortMultipartUpload,s3:ListMultipartUploadParts,s3:PutObject,s3:PutObjectTagging`,
		`requests max_pending=10 request_ttl=1d warn_before=1d,2h,15m`,
		`responders`,
		`slack admin_channel=C0ADMIN teams=T0ONE,T0TWO`,
	}
	if got := load(t, "s3share.yml", twoRules).Summary(); !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The digest changes with the meaning of the config, and only then.
func TestDigest(t *testing.T) {
	before := load(t, "s3share.yml", twoRules)
	for _, tt := range []struct {
		name, old, new string
		same           bool
	}{
		{"a comment", "rules:", "# ours\nrules:", true},
		{"keys in another order", "bucket: \"*\", account: nonprod", "account: nonprod, bucket: '*'", true},
		{"a list in another order", "[U0ADMIN1, U0ADMIN2]", "[U0ADMIN2, U0ADMIN1]", true},
		{"a default written out", "rules:", "max_pending: 10\nwarn_before: [15m, 2h, 24h]\nrules:", true},
		{"a term in other words", "account: nonprod, drift: heal", "account: nonprod, drift: heal, max_term: 480m", true},

		{"a longer term", "drift: heal", "drift: heal, max_term: 9h", false},
		{"another bucket", "fixtures-*", "fixture-*", false},
		{"prefixes joined", `["a b/*", c]`, `["a b/*,c"]`, false},
		{"one approver fewer", "[U0ADMIN1, U0ADMIN2]", "[U0ADMIN1]", false},
		{"one team fewer", "[T0ONE, T0TWO]", "[T0ONE]", false},
		{"another external id", "s3-share", "s3-other", false},
		{"another store", "rules:", "store: { bbolt: other.db }\nrules:", false},
		{"another sweep", "rules:", "sweep_every: 6m\nrules:", false},
		{"a level with another action", "rules:", "levels: { read: { object: [\"s3:GetObject\"] } }\nrules:", false},
		{"an owner of a principal", "rules:", "people: [{ principal: build/rita, users: [U0RITA] }]\nrules:", false},
	} {
		after := load(t, "s3share.yml", strings.Replace(twoRules, tt.old, tt.new, 1))
		if (after.Digest == before.Digest) != tt.same {
			t.Errorf("%s: the digest is the same: %t", tt.name, !tt.same)
		}
	}
}

func TestRuleOrderIsSignificant(t *testing.T) {
	one := load(t, "s3share.yml", base+"  - { bucket: \"a*\", account: nonprod }\n  - { bucket: \"*z\", account: nonprod }\n")
	two := load(t, "s3share.yml", base+"  - { bucket: \"*z\", account: nonprod }\n  - { bucket: \"a*\", account: nonprod }\n")
	if one.Digest == two.Digest {
		t.Error("the digest is the same")
	}
	got := Changes(one.Summary(), two.Summary())
	if len(got) != 2 || got[0][2:] != got[1][2:] {
		t.Errorf("got %q", got)
	}
}

func TestChanges(t *testing.T) {
	for _, tt := range []struct{ before, after, want string }{
		{"", "", ""},
		{"a b c", "a b c", ""},
		{"a b c", "a x c", "- b,+ x"},
		{"a b c", "b c", "- a"},
		{"a b c", "a b c d", "+ d"},
		{"", "a b", "+ a,+ b"},
		{"a b", "", "- a,- b"},
		{"a b c", "c a b", "+ c,- c"},
		{"a a", "a", "- a"},
	} {
		got := strings.Join(Changes(strings.Fields(tt.before), strings.Fields(tt.after)), ",")
		if got != tt.want {
			t.Errorf("from %q to %q: got %q, want %q", tt.before, tt.after, got, tt.want)
		}
	}
}
