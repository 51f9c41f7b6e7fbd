package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/policy"
)

func TestObstacles(t *testing.T) {
	const public = ", so the policy is public: with RestrictPublicBuckets on, S3 blocks all access from other " +
		"accounts; with BlockPublicPolicy on, it refuses any change of the policy."
	const orphan = ", a deleted user or role, so S3 refuses every change of this policy. Ask the bucket's owner to " +
		"remove it."
	const fix = ". Ask the bucket's owner to exempt " + user + "."
	const met = `The Deny in statement 1 blocks this access: it denies s3:* to everybody` + fix
	deny := func(condition string) string {
		return `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{` + condition + `}}`
	}
	for _, c := range []struct{ text, want string }{
		{`{}`, ""},
		{`{"Sid":"D","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`, `A Deny statement (Sid "D") may block this access: it denies s3:* to everybody, depending on aws:SourceIp` + fix},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, `The Deny in statement 1 blocks this access: it denies s3:GetObject to everybody` + fix},
		{`{"Effect":"Deny","Principal":{"AWS":"` + user + `"},"Action":"s3:G*","Resource":"*"}`, `The Deny in statement 1 blocks this access: it denies s3:G* to this principal` + fix},
		{`{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":["s3:GetObject","s3:a"],"Resource":"*"}`, `The Deny in statement 1 blocks this access: it denies s3:GetObject and s3:a to this principal's account` + fix},
		{`{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::333333333333:root"},"Action":["s3:GetObject"],"Resource":"*"}`, `The Deny in statement 1 blocks this access: it denies s3:GetObject to everybody but those it names` + fix},
		{`{"Effect":"Deny","Principal":"*","NotAction":["s3:PutObject"],"Resource":"*"}`, `The Deny in statement 1 blocks this access: it denies every action but s3:PutObject to everybody` + fix},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/other/*"}`, `The Deny in statement 1 blocks this access: it denies s3:* to everybody` + fix},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/builds/${aws:username}/*"}`, `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:username` + fix},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/x"}`, `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:principaltag/team` + fix},
		{`{"Effect":"Deny","Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},"Action":"s3:*","Resource":"*"}`, `The Deny in statement 1 may block this access: it denies s3:* to principals that may include this one` + fix},
		// The same, where it cannot affect this grant.
		{`{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*"}`, ""},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/other/*"}`, ""},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}`, ""},
		{`{"Effect":"Deny","Principal":"*","NotAction":["s3:Get*","s3:List*"],"Resource":"*"}`, ""},
		{`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:user/other"},"Action":"s3:*","Resource":"*"}`, ""},
		{`{"Effect":"Deny","NotPrincipal":{"AWS":["` + user + `","arn:aws:iam::111111111111:root"]},"Action":"s3:*","Resource":"*"}`, ""},
		// A signed HTTPS request of this principal cannot meet these.
		{deny(`"Bool":{"aws:SecureTransport":"false"}`), ""},
		{deny(`"BoolIfExists":{"AWS:securetransport":["false"]}`), ""},
		{deny(`"NumericLessThan":{"s3:TlsVersion":1.2}`), ""},
		{deny(`"NumericLessThanIfExists":{"s3:TlsVersion":"1.2"}`), ""},
		{deny(`"StringNotEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}`), ""},
		{deny(`"StringEquals":{"s3:signatureversion":"AWS"}`), ""},
		{deny(`"Null":{"s3:signatureversion":"true"}`), ""},
		{deny(`"StringNotEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}`), ""},
		{deny(`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/*"}`), ""},
		{deny(`"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}`), ""},
		{deny(`"StringNotEquals":{"aws:ResourceAccount":"222222222222"}`), ""},
		{deny(`"Bool":{"aws:PrincipalIsAWSService":"true"}`), ""},
		{deny(`"StringEquals":{"aws:SourceAccount":"1"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`), ""},
		{deny(`"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`), ""},
		// It meets these, or may meet them.
		{deny(`"Bool":{"aws:SecureTransport":"true"}`), met},
		{deny(`"Null":{"aws:PrincipalArn":"False"}`), met},
		{deny(`"Null":{"aws:PrincipalArn":"no"}`), `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:PrincipalArn` + fix},
		{deny(`"NumericLessThan":{"s3:TlsVersion":"1.3"}`), `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on s3:TlsVersion` + fix},
		{deny(`"StringNotEquals":{"s3:DataAccessPointAccount":"222222222222"}`), met},
		{deny(`"StringNotEquals":{"aws:SourceVpc":"vpc-1"},"Bool":{"aws:PrincipalIsAWSService":"false"}`), `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:SourceVpc` + fix},
		{deny(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`), `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:MultiFactorAuthPresent` + fix},
		{deny(`"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`), met},
		{deny(`"DateGreaterThan":{"aws:CurrentTime":"2099-01-01T00:00:00Z"}`), `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:CurrentTime` + fix},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","NotResource":"arn:aws:s3:::b/${aws:username}/*"}`, `The Deny in statement 1 may block this access: it denies s3:* to everybody, depending on aws:username` + fix},
		// Public, or nearly public.
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"StringLike":{"aws:PrincipalArn":"*"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:*:accesspoint/x"}}}`, `Statement 1 allows s3:GetObject to everybody` + public},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:222222222222:accesspoint/*"}}}`, ""},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`, ""},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, ""},
		// Orphans block every write, in every element.
		{`{"Effect":"Allow","Principal":{"AWS":["AIDAJQABLZS4A3QDU576Q"]}}`, `Statement 1 names AIDAJQABLZS4A3QDU576Q` + orphan},
		{`{"Sid":"T","Effect":"Deny","NotPrincipal":{"AWS":["AROAJQABLZS4A3QDU576Q","` + user + `","111111111111"]},"Action":"s3:*","Resource":"*"}`, `Statement "T" names AROAJQABLZS4A3QDU576Q` + orphan},
		{`{"Sid":"a","sid":"b"}`, `Statement 1 is ambiguous (it has more than one "sid") and may block this access. Ask the bucket's owner to rewrite it.`},
		{`{"Sid":"a"},{"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`, `The Deny in statement 2 ("a") blocks this access: it denies s3:* to everybody` + fix},
	} {
		a := ask("ABCDEFGH")
		a.Prefix = "builds"
		got := parse(t, `{"Version":"2012-10-17","Statement":[`+c.text+`]}`).Obstacles(policy.Caller{Access: a, Owner: "222222222222", Now: noon})
		if diff := cmp.Diff(c.want, strings.Join(sentences(got), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

// A Deny to a session of a role may affect the grant of that role.
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
		if got := d.Obstacles(policy.Caller{Access: a}); (len(got) == 1) != hit {
			t.Errorf("%s: %q", session, got)
		}
	}
}

// A deleted principal in a foreign statement must not stop the bot from
// removing its own statements from the text that it sends.
func TestOrphansAllowRemoval(t *testing.T) {
	const text = `{"Statement":[{"Sid":"T","Effect":"Allow","Principal":{"AWS":"AIDAJQABLZS4A3QDU576Q"},"Action":"s3:GetObject","Resource":"*"}]}`
	d := parse(t, string(parse(t, text).With(ask("ABCDEFGH").Statements()...).Bytes()))
	if got := string(d.Without(isOurs).Bytes()); got != text {
		t.Errorf("left is %s", got)
	}
}

// A statement of the bot whose principal was deleted shows the unique id. Its
// Sid still makes it the bot's, but it differs from the written statement.
func TestOursWithADeletedPrincipal(t *testing.T) {
	const id = "AIDAJQABLZS4A3QDU576Q"
	d := policy.Document{}.With(ask("ABCDEFGH").Statements()...)
	s := parse(t, strings.Replace(string(d.Bytes()), user, id, 1)).Statements()[0]
	if !isOurs(s) || !s.GrantsTo(id) || s.Matches(ask("ABCDEFGH").Statements()[0]) {
		t.Errorf("ours %v, grants to %s %v", isOurs(s), id, s.GrantsTo(id))
	}
}

// A condition on aws:PrincipalArn names a principal as Principal does.
func TestAlreadyNamesByCondition(t *testing.T) {
	const ann = "arn:aws:iam::111111111111:user/ann"
	for condition, want := range map[string]bool{
		`"ArnEquals":{"aws:PrincipalArn":"` + ann + `"}`:                                                     true,
		`"StringLike":{"aws:PrincipalArn":["arn:aws:iam::111111111111:role/*","` + ann + `"]}`:               true,
		`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/ben"}`:                              false,
		`"ArnEquals":{"aws:PrincipalArn":"` + ann + `"},"StringEquals":{"aws:SourceAccount":"222222222222"}`: false, // of a service
		`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/*"}`:                                  false, // a delegation
		`"StringEquals":{"aws:SourceVpc":"vpc-1"}`:                                                           false, // for everyone
	} {
		d := parse(t, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{`+condition+`}}}`)
		if got := d.AlreadyNames(policy.Holders{Account: "111111111111", Name: "build", Principal: ann}); (len(got) == 1) != want {
			t.Errorf("%s: %v", condition, got)
		}
	}
}

// Warnings cover statements that already allow the principal. They leave out
// statements that allow others, and denials.
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
		`Statement "Hers" already allows s3:GetObject and s3:PutObject to this principal; this takes effect too while the principal has any access through s3share.`,
		`Statement "OnTLS" already allows s3:GetObject and s3:PutObject to this principal, depending on aws:SecureTransport; this takes effect too while the principal has any access through s3share.`,
	}
	if got := sentences(doc.AlreadyNames(policy.Holders{Account: "111111111111", Name: "build", Principal: ann})); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A Deny of the bot's own write is reported with the action, the reach and a
// hint.
func TestWriteDenials(t *testing.T) {
	const role, out = "arn:aws:iam::222222222222:role/s3share", " Ask the bucket's owner to exempt arn:aws:iam::222222222222:role/s3share."
	const sure, root = "." + out, `"Principal":{"AWS":"arn:aws:iam::222222222222:root"}`
	deny := func(more string) string {
		return `{"Sid":"L","Effect":"Deny","Resource":"arn:aws:s3:::b",` + more + `}`
	}
	for _, c := range []struct{ text, want string }{
		{deny(`"Principal":"*","Action":"s3:PutBucketPolicy"`), `A Deny statement (Sid "L") blocks s3share from writing this policy (s3:PutBucketPolicy)` + sure},
		{deny(root + `,"Action":["s3:*Policy"]`), `A Deny statement (Sid "L") blocks s3share from writing this policy (s3:PutBucketPolicy and s3:DeleteBucketPolicy)` + sure},
		{deny(`"Principal":{"AWS":"` + role + `"},"NotAction":["s3:Get*","s3:Put*"]`), `A Deny statement (Sid "L") blocks s3share from writing this policy (s3:DeleteBucketPolicy)` + sure},
		{deny(`"NotPrincipal":{"AWS":"arn:aws:iam::222222222222:role/admin"},"Action":"s3:PutBucketPolicy"`), `A Deny statement (Sid "L") blocks s3share from writing this policy (s3:PutBucketPolicy)` + sure},
		{deny(root + `,"Action":"s3:PutBucketPolicy","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/admin"}}`), `A Deny statement (Sid "L") blocks s3share from writing this policy (s3:PutBucketPolicy)` + sure},
		{deny(`"Principal":"*","Action":"s3:PutBucketPolicy","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`), `A Deny statement (Sid "L") may block s3share from writing this policy (s3:PutBucketPolicy), depending on aws:PrincipalOrgID and aws:SourceIp.` + out},
		{deny(`"Principal":{"AWS":"arn:aws:sts::222222222222:assumed-role/s3share/s3share"},"Action":"s3:PutBucketPolicy"`), `A Deny statement (Sid "L") may block s3share from writing this policy (s3:PutBucketPolicy).` + out},
		// For others, or with an exception for the bot.
		{deny(root + `,"Action":"s3:PutBucketPolicy","Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::222222222222:role/admin","arn:aws:iam::*:role/s3share"]}}`), ""},
		{deny(root + `,"Action":"s3:PutBucketPolicy","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"222222222222"}}`), ""},
		{deny(`"Principal":"*","Action":"s3:PutBucketPolicy","Condition":{"Bool":{"aws:SecureTransport":"false"}}`), ""},
		{deny(`"Principal":"*","Action":"s3:DeleteBucket"`), ""},
		{`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`, ""},
		{`{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}`, ""},
		{`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}`, ""},
	} {
		bot := policy.Caller{Access: policy.Access{Principal: role, Bucket: "b"}, Owner: "222222222222"}
		got := sentences(parse(t, `{"Version":"2012-10-17","Statement":[`+c.text+`]}`).WriteDenials(bot))
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

// sentences returns the texts of the findings.
func sentences(all []policy.Finding) (texts []string) {
	for _, f := range all {
		texts = append(texts, f.String())
	}
	return texts
}
