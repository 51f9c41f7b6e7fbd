package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"s3share/internal/sim/awssim"
)

// Public policies by the user guide's "The meaning of public".
// BlockPublicPolicy refuses them. Without it, GetBucketPolicyStatus reports
// them.
func TestPublic(t *testing.T) {
	on := `"Effect":"Allow","Action":"s3:GetObject","Resource":"` + objects + `","Principal":`
	when := func(op, key, value string) string {
		return `"*","Condition":{"` + op + `":{"` + key + `":"` + value + `"}}`
	}
	for _, test := range []struct {
		what, principal string
		public          bool
	}{
		{"everybody", `"*"`, true},
		{"all principals in a list", `{"AWS":["` + bob + `","*"]}`, true},
		{"a user", `{"AWS":"` + bob + `"}`, false},
		{"an account", `{"AWS":"` + grantee + `"}`, false},
		{"a service", `{"Service":"cloudtrail.amazonaws.com"}`, false},
		{"an end is no bound", when("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"), true},
		{"an organisation", when("StringEquals", "aws:PrincipalOrgID", "o-1"), false},
		{"any organisation that begins so", when("StringLike", "aws:PrincipalOrgID", "o-*"), true},
		{"all but one", when("StringNotEquals", "aws:PrincipalOrgID", "o-1"), true},
		{"if there is one", when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"), true},
		{"an address", when("IpAddress", "aws:SourceIp", "192.0.2.1"), false},
		{"a wide range", when("IpAddress", "aws:SourceIp", "0.0.0.0/1"), true},
		{"a VPC", when("StringEquals", "aws:SourceVpc", "vpc-1"), false},
		{"a variable", when("StringEquals", "aws:PrincipalAccount", "${aws:username}"), true},
		{"a user agent", when("StringEquals", "aws:UserAgent", "secret"), true},
		{"a user's id", when("StringLike", "aws:userid", "AROAEXAMPLE:*"), false},
	} {
		b := newBench(t, awssim.Config{})
		c := b.root(b.nonprod)
		err := put(c, one(on+test.principal))
		if test.public {
			wantCode(t, test.what, err, "AccessDenied", 403, "BlockPublicPolicy")
		} else {
			wantCode(t, test.what, err, "", 0, "")
		}
		b.nonprod.DeleteBucket(bucket)
		b.nonprod.Bucket(bucket, awssim.BucketOptions{AllowPublic: true})
		wantCode(t, test.what+", allowed", put(c, one(on+test.principal)), "", 0, "")
		status := must(c.s3.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: aws.String(bucket)}))(t)
		if aws.ToBool(status.PolicyStatus.IsPublic) != test.public {
			t.Errorf("%s: public %v", test.what, !test.public)
		}
	}
	b := newBench(t, awssim.Config{})
	wantCode(t, "a deny of everybody", put(b.root(b.nonprod), one(`"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"`+objects+`"`)), "", 0, "")
}
