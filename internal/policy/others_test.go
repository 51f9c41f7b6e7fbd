package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/policy"
)

func TestObstacles(t *testing.T) {
	const public = ", which makes the policy public: with RestrictPublicBuckets on, S3 cuts off all access from other accounts, this grant's too; with BlockPublicPolicy on, it refuses any change of the policy."
	const orphan = ", a user or role that was deleted: S3 will refuse every change of this policy until that is taken out."
	const mayStop, cannot = ": it may stop this grant.", ", without a condition: this grant cannot open that."
	for _, c := range []struct{ text, want string }{
		{`{}`, ""},
		{`{"Sid":"D","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`, `Statement "D" denies s3:* to everybody, depending on aws:SourceIp` + mayStop},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, `Statement 1 denies s3:GetObject to everybody` + cannot},
		{`{"Effect":"Deny","Principal":{"AWS":"` + user + `"},"Action":"s3:G*","Resource":"*"}`, `Statement 1 denies s3:G* to this principal` + cannot},
		{`{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":["s3:GetObject","s3:a"],"Resource":"*"}`, `Statement 1 denies s3:GetObject and s3:a to this principal's account` + cannot},
		{`{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::333333333333:root"},"Action":["s3:GetObject"],"Resource":"*"}`, `Statement 1 denies s3:GetObject to everybody but those it names` + cannot},
		{`{"Effect":"Deny","Principal":"*","NotAction":["s3:PutObject"],"Resource":"*"}`, `Statement 1 denies every action but s3:PutObject to everybody` + cannot},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/other/*"}`, `Statement 1 denies s3:* to everybody` + cannot},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/builds/${aws:username}/*"}`, `Statement 1 denies s3:* to everybody` + cannot},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/x"}`, `Statement 1 denies s3:* to everybody` + cannot},
		{`{"Effect":"Deny","Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},"Action":"s3:*","Resource":"*"}`, `Statement 1 denies s3:* to principals that may include this one` + cannot},
		// The same, where it cannot be about this grant.
		{`{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*"}`, ""},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/other/*"}`, ""},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}`, ""},
		{`{"Effect":"Deny","Principal":"*","NotAction":["s3:Get*","s3:List*"],"Resource":"*"}`, ""},
		{`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:user/other"},"Action":"s3:*","Resource":"*"}`, ""},
		{`{"Effect":"Deny","NotPrincipal":{"AWS":["` + user + `","arn:aws:iam::111111111111:root"]},"Action":"s3:*","Resource":"*"}`, ""},
		// Public, or nearly.
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"StringLike":{"aws:PrincipalArn":"*"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`, ""},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, ""},
		// Orphans block every write, wherever they stand.
		{`{"Effect":"Allow","Principal":{"AWS":["AIDAJQABLZS4A3QDU576Q"]}}`, `Statement 1 names AIDAJQABLZS4A3QDU576Q` + orphan},
		{`{"Sid":"T","Effect":"Deny","NotPrincipal":{"AWS":["AROAJQABLZS4A3QDU576Q","` + user + `","111111111111"]},"Action":"s3:*","Resource":"*"}`, `Statement "T" names AROAJQABLZS4A3QDU576Q` + orphan},
		{`{"Sid":"a","sid":"b"}`, `Statement 1 cannot be read with certainty (it has more than one "sid"), so it may stand in the way.`},
		{`{"Sid":"a"},{"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`, `Statement 2 ("a") denies s3:* to everybody` + cannot},
	} {
		a := ask("ABCDEFGH")
		a.Prefix = "builds"
		got := parse(t, `{"Statement":[`+c.text+`]}`).Obstacles(policy.Caller{Ask: a})
		if diff := cmp.Diff(c.want, strings.Join(policy.Sentences(got), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

// A denial to a session of a role may hit the grant of that role.
func TestObstaclesOfARole(t *testing.T) {
	a := ask("ABCDEFGH")
	a.Principal = "arn:aws:iam::111111111111:role/x/deploy"
	for session, hit := range map[string]bool{
		"arn:aws:sts::111111111111:assumed-role/deploy/ci":    true,
		"arn:aws:sts::111111111111:assumed-role/deployer/ci":  false,
		"arn:aws:sts::333333333333:assumed-role/deploy/ci":    false,
		"arn:aws:iam::111111111111:assumed-role/deploy/ci":    false,
		"arn:aws:sts::111111111111:federated-user/deploy/cii": false,
	} {
		d := parse(t, `{"Statement":[{"Effect":"Deny","Principal":{"AWS":"`+session+`"},"Action":"s3:*","Resource":"*"}]}`)
		if got := d.Obstacles(policy.Caller{Ask: a}); (len(got) == 1) != hit {
			t.Errorf("%s: %q", session, got)
		}
	}
}

// A deleted principal in somebody else's statement must not keep the bot from
// taking its own statements out, in what it would send.
func TestOrphansDoNotHinderRemoval(t *testing.T) {
	const text = `{"Statement":[{"Sid":"T","Effect":"Allow","Principal":{"AWS":"AIDAJQABLZS4A3QDU576Q"},"Action":"s3:GetObject","Resource":"*"}]}`
	d := parse(t, string(parse(t, text).With(ask("ABCDEFGH").Statements()...).Bytes()))
	if got := string(d.Without(isOurs).Bytes()); got != text {
		t.Errorf("left is %s", got)
	}
}

// Ours, once its principal has been deleted, shows its unique id: it is still
// ours, by its Sid, and no longer what was written.
func TestOursWithADeletedPrincipal(t *testing.T) {
	const id = "AIDAJQABLZS4A3QDU576Q"
	d := policy.Document{}.With(ask("ABCDEFGH").Statements()...)
	s := parse(t, strings.Replace(string(d.Bytes()), user, id, 1)).Statements()[0]
	if !isOurs(s) || !s.GrantsTo(id) || s.Matches(ask("ABCDEFGH").Statements()[0]) {
		t.Errorf("ours %v, grants to %s %v", isOurs(s), id, s.GrantsTo(id))
	}
}

// What names the principal already is told, and nothing else: neither what allows to
// others, nor what denies.
func TestAlreadyNames(t *testing.T) {
	const ann = "arn:aws:iam::111111111111:user/ann"
	statement := func(sid, effect, who, more string) string {
		return `{"Sid":"` + sid + `","Effect":"` + effect + `","Principal":{"AWS":` + who + `},"Action":["s3:GetObject","s3:PutObject"],"Resource":"*"` + more + `}`
	}
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join([]string{
		statement("Hers", "Allow", `["`+ann+`","arn:aws:iam::111111111111:user/ben"]`, ""),
		statement("OnTLS", "Allow", `"`+ann+`"`, `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`),
		statement("Denied", "Deny", `"`+ann+`"`, ""),
		statement("Bens", "Allow", `"arn:aws:iam::111111111111:user/ben"`, ""),
		statement("Everybodys", "Allow", `"*"`, ""),
	}, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`Statement "Hers" allows s3:GetObject and s3:PutObject to this principal already: for as long as the principal has any grant, that works as well, wherever the group's policy allows it.`,
		`Statement "OnTLS" allows s3:GetObject and s3:PutObject to this principal already, depending on aws:SecureTransport: for as long as the principal has any grant, that works as well, wherever the group's policy allows it.`,
	}
	if got := policy.Sentences(doc.AlreadyNames(policy.Holders{Account: "111111111111", Name: "build", Principal: ann})); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
