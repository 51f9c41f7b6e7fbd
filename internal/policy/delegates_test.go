package policy_test

import (
	"strings"
	"testing"

	"s3share/internal/policy"
)

const (
	rootOf1  = `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"s3:*"`
	anybody  = `"Effect":"Allow","Principal":"*","Action":"s3:*"`
	inVPC    = `"aws:SourceVpc":"vpc-1"`
	whole    = "the whole account build"
	every    = "every account, build among them (depending on "
	ofSigned = ", which only signed requests have)"
)

// delegation returns the principals that the statement delegates to, "" for
// none.
func delegation(t *testing.T, doc string, principal string) (string, []policy.Finding) {
	t.Helper()
	h := policy.Holders{Account: "111111111111", Name: "build", Principal: "arn:aws:iam::111111111111:" + principal}
	all := parse(t, doc).Delegations("b", h, []string{"s3:GetObject", "s3:ListBucket"})
	for _, f := range all {
		if f.Blocks {
			to := strings.TrimPrefix(f.Text, "b already delegates access to ")
			to, _, _ = strings.Cut(to, " in statement")
			return to, all
		}
	}
	return "", all
}

// A statement that allows members of the group without the bot decides whether
// a grant can be ended.
func TestDelegations(t *testing.T) {
	const role, user = "role/x/deploy-1", "user/ann"
	for _, c := range []struct{ text, principal, want string }{
		// To the whole account.
		{`{` + rootOf1 + `}`, user, whole},
		{`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject"}`, user, whole},
		{`{"Effect":"Allow","Principal":{"AWS":["x","111111111111"]},"Action":["s3:Put*","S3:get*"]}`, user, whole},
		{`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"NotAction":"s3:GetObject"}`, user, whole},
		{`{` + rootOf1 + `,"Condition":{"StringLike":{"s3:prefix":"a"}}}`, user, whole},
		{`{` + rootOf1 + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`, user, whole},
		{`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:PutObject"}`, user, ""},
		{`{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*"}`, user, ""},
		{`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:root"},"Action":"s3:*"}`, user, ""},
		{`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/a"},"Action":"s3:*"}`, user, ""},
		// To the account, with a condition that only a signed request can meet.
		{`{` + rootOf1 + `,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}`, user, "principals of the account build (depending on aws:PrincipalTag/team)"},
		{`{` + rootOf1 + `,"Condition":{"ForAllValues:StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/a"}}}`, user, "principals of the account build (depending on aws:PrincipalArn)"},
		{`{` + rootOf1 + `,"Condition":{"StringEquals":{"aws:username":"ben"}}}`, user, "principals of the account build (depending on aws:username)"},
		// To everyone, including unsigned requests: public, or for a network.
		{`{` + anybody + `}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringEquals":{` + inVPC + `}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:SecureTransport":"true"},"StringLike":{"s3:prefix":"a/*"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringEquals":{"s3:ExistingObjectTag/public":"yes","aws:UserAgent":"x"}}}`, user, ""},
		// To everyone, with a condition that only a signed request can meet.
		{`{` + anybody + `,"Condition":{"StringEquals":{` + inVPC + `,"s3:signatureversion":"AWS4-HMAC-SHA256"}}}`, user, every + "s3:signatureversion" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringEquals":{` + inVPC + `,"S3:AuthType":"REST-HEADER"}}}`, user, every + "S3:AuthType" + ofSigned},
		{`{` + anybody + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`, user, every + "aws:MultiFactorAuthPresent" + ofSigned},
		{`{` + anybody + `,"Condition":{"NumericLessThan":{"s3:signatureAge":"1000"}}}`, user, every + "s3:signatureAge" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringLike":{"aws:SourceIdentity":"*@example.com"}}}`, user, every + "aws:SourceIdentity" + ofSigned},
		{`{` + anybody + `,"Condition":{"Null":{"aws:userid":"false"}}}`, user, every + "aws:userid" + ofSigned},
		{`{` + anybody + `,"Condition":{"Null":{"aws:PrincipalArn":"False"}}}`, user, every + "aws:PrincipalArn" + ofSigned},
		{`{` + anybody + `,"Condition":{"Bool":{"aws:viaAWSService":"true"},"StringEquals":{` + inVPC + `}}}`, user, every + "aws:viaAWSService" + ofSigned},
		{`{` + anybody + `,"Condition":{"Bool":{"aws:ViaAWSService":"false"},"StringEquals":{` + inVPC + `}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"Null":{"aws:PrincipalArn":"no"}}}`, user, every + "aws:PrincipalArn" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:KeyOfTomorrow":"x"}}}`, user, every + "aws:KeyOfTomorrow" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, user, every + "aws:PrincipalOrgID" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}}`, user, every + "aws:PrincipalAccount" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringLike":{"aws:PrincipalAccount":"1111*"}}}`, user, every + "aws:PrincipalAccount" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringNotEquals":{"aws:PrincipalAccount":"333333333333"}}}`, user, every + "aws:PrincipalAccount" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringLike":{"aws:userid":"AIDA*"}}}`, user, every + "aws:userid" + ofSigned},
		{`{` + anybody + `,"Resource":"arn:aws:s3:::b/home/${aws:username}/*"}`, user, every + "aws:username" + ofSigned},
		{`{` + anybody + `,"Resource":"arn:aws:s3:::b/home/${aws:PrincipalTag/team, 'none'}/*"}`, user, every + "aws:principaltag/team" + ofSigned},
		{`{` + anybody + `,"NotResource":"arn:aws:s3:::b/home/${aws:username}/*"}`, user, every + "aws:username" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringLike":{"s3:prefix":"${aws:username}/*"}}}`, user, every + "aws:username" + ofSigned},
		{`{` + anybody + `,"Resource":"arn:aws:s3:::b/${*}/${aws:SourceIp}"}`, user, ""},
		{`{"Effect":"Allow","NotPrincipal":{"AWS":"x"},"Action":"s3:*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, user, every + "aws:PrincipalOrgID" + ofSigned},
		// To no member of the group.
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"333333333333"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringNotLike":{"aws:PrincipalAccount":"1111*"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"Null":{"aws:PrincipalArn":"true"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}}`, role, every + "aws:PrincipalType" + ofSigned},
		{`{` + anybody + `,"Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringLike":{"aws:userid":"AROAJQABLZS4A3QDU576Q:*"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"StringEquals":{"aws:SourceAccount":"222222222222","aws:PrincipalOrgID":"o-1"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-east-1:222222222222:accesspoint/*"}}}`, user, ""},
		{`{` + rootOf1 + `,"Condition":{"StringEquals":{"s3:DataAccessPointAccount":"222222222222"}}}`, user, ""},
		{`{` + rootOf1 + `,"NotResource":"arn:aws:s3:::b*"}`, user, ""},
		{`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}`, user, ""},
		{`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:ListBucket","NotResource":"arn:aws:s3:::b/*"}`, user, whole},
		{`{` + rootOf1 + `,"Condition":{"StringEquals":{"aws:username":"ci-*"}}}`, user, ""}, // the star is a plain character there
		{`{` + rootOf1 + `,"Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}}`, user, ""},
		{`{` + rootOf1 + `,"Condition":{"NumericLessThanIfExists":{"s3:TlsVersion":"1.2"}}}`, user, whole},                                      // plain HTTP
		{`{` + rootOf1 + `,"Condition":{"Null":{"aws:username":"true"}}}`, user, "principals of the account build (depending on aws:username)"}, // a federated session
		// By the ARN of a role or of one user: other principals get nothing.
		{`{` + rootOf1 + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/deploy-*"}}}`, user, ""},
		{`{` + rootOf1 + `,"Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::111111111111:user/*","arn:aws:sts::111111111111:federated-user/*"]}}}`, user, ""},
		{`{` + rootOf1 + `,"Condition":{"StringEquals":{"aws:PrincipalArn":["arn:aws:iam::111111111111:user/ben","arn:aws:iam::111111111111:root"]}}}`, user, ""},
		{`{` + rootOf1 + `,"Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/*"}}}`, user, ""}, // the star is a plain character there
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::333333333333:role/*"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}}`, user, ""},
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x/deploy-*"}}}`, role, every + "aws:PrincipalArn" + ofSigned},
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/other-*"}}}`, role, ""},
		// Uncertain.
		{`{` + rootOf1 + `,"Condition":{"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111111111111:role/a","arn:aws:iam::111111111111:user/ci-*"]}}}`, user, "principals of the account build (depending on aws:PrincipalArn)"},
		{`{` + rootOf1 + `,"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}}}`, user, "principals of the account build (depending on aws:PrincipalArn)"},
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:*:role/*"}}}`, user, every + "aws:PrincipalArn" + ofSigned},
		{`{` + anybody + `,"Condition":{"StringLike":{"aws:PrincipalArn":"arn:*:role/x:y:333333333333:z"}}}`, user, every + "aws:PrincipalArn" + ofSigned}, // the * may match any text
		{`{` + anybody + `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:user/*"}}}`, user, every + "aws:PrincipalArn and aws:principalaccount" + ofSigned},
		{`{"Effect":"Allow","Principal":{"aws":"111111111111"},"Action":"s3:*"}`, user, `Statement 2 of the policy of b is ambiguous (its Principal has "aws" for a type that is spelled otherwise) and may open the bucket to the whole account build, so s3share could not end access to it.`},
		{`{"Sid":"a","Sid":"b"}`, user, `Statement 2 of the policy of b is ambiguous (it has more than one "Sid") and may open the bucket to the whole account build, so s3share could not end access to it.`},
	} {
		got, all := delegation(t, `{"Version":"2012-10-17","Statement":[{"Sid":"first","Effect":"Deny"},`+c.text+`]}`, c.principal)
		if got != c.want || got != "" && all[0].Statement != 2 {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

// In the old Version ${…} is plain text, so it matches no principal.
func TestVariablesOfTheOldVersionDelegateNothing(t *testing.T) {
	for _, version := range []string{`"Version":"2008-10-17",`, ""} {
		doc := `{` + version + `"Statement":{` + anybody + `,"Resource":"arn:aws:s3:::b/home/${aws:username}/*"}}`
		if got, _ := delegation(t, doc, "user/ann"); got != "" {
			t.Errorf("%s: %s", doc, got)
		}
	}
}

// A canonical user id may be that of any account, so it gives a warning with a
// hint.
func TestCanonicalUsersAreAWarning(t *testing.T) {
	_, all := delegation(t, `{"Statement":{"Sid":"C","Effect":"Allow","Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},"Action":"s3:GetObject"}}`, "user/ann")
	const want = `b allows s3:GetObject to a canonical user id in statement 1 of its policy ("C"). If that is the account build, every user there with access through s3share has this too. Ask the bucket's owner to name users or roles in that statement.`
	if len(all) != 1 || all[0].Blocks || all[0].String() != want {
		t.Errorf("%v", all)
	}
}

// A Deny that stops unsigned requests leaves the signed ones of every account.
func TestDelegationsByADenyOfUnsignedRequests(t *testing.T) {
	const user, other = "user/ann", `"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`
	const byDenial = "every account, build among them (statement 3 denies it to unsigned requests)"
	allow := `{"Effect":"Allow",` + other + `,"Condition":{"StringEquals":{` + inVPC + `}}}`
	deny := func(condition string) string {
		return allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{` + condition + `}}`
	}
	for _, c := range []struct{ text, want string }{
		{deny(`"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`), byDenial},
		{deny(`"StringNotEqualsIfExists":{"aws:principalorgid":"o-1"}`), byDenial},
		{deny(`"StringNotEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}`), byDenial},
		{deny(`"Null":{"aws:PrincipalArn":"true"}`), byDenial},
		{deny(`"StringEquals":{"aws:PrincipalType":"Anonymous"}`), byDenial},
		{deny(`"StringEquals":{"aws:userid":"anonymous"}`), byDenial},
		{deny(`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`), byDenial},
		{deny(`"StringNotEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}`), byDenial},
		{allow + `,{"Effect":"Deny",` + other + `,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`, byDenial},
		{allow + `,{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::111111111111:user/cy"]},"NotAction":"s3:PutObject","Resource":"*"}`, byDenial},
		// The Deny tells unsigned from signed requests nowhere, or elsewhere.
		{deny(`"Bool":{"aws:SecureTransport":"false"}`), ""},
		{deny(`"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`), ""},
		{deny(`"Bool":{"aws:MultiFactorAuthPresent":"false"}`), ""}, // unsigned requests lack the key
		{deny(`"StringEquals":{"aws:PrincipalAccount":"333333333333"}`), ""},
		{allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`, ""},
		{allow + `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`, ""},
		{strings.Replace(allow, "b/*", "b/public/*", 1) + `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/private/*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}`, ""},
		// It stops the group too.
		{deny(`"StringNotEquals":{"aws:PrincipalAccount":"222222222222"}`), ""},
		{deny(`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/*"}`), ""},
		{deny(`"StringNotEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}`) + `,{"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"222222222222"}}}`, ""},
		{allow + `,{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::222222222222:root"]},"Action":"s3:*","Resource":"*"}`, ""},
	} {
		got, all := delegation(t, `{"Version":"2012-10-17","Statement":[{"Sid":"first","Effect":"Deny"},`+c.text+`]}`, user)
		if got != c.want || got != "" && all[0].Statement != 2 {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}
