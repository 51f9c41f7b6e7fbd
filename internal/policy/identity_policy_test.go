package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/policy"
)

func TestGroupPolicy(t *testing.T) {
	for _, c := range []struct {
		name             string
		buckets          []string
		object, onBucket []string
		accounts         []string
		want             string
	}{
		{"two buckets", []string{"c-*", "b", "b"}, []string{"s3:PutObject", "s3:GetObject", "s3:getobject"}, listBucket, []string{"222222222222"},
			`{"Version":"2012-10-17","Statement":[` +
				`{"Sid":"Objects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::c-*/*"],"Condition":{"StringEquals":{"s3:ResourceAccount":"222222222222"},"StringNotEquals":{"s3:ResourceAccount":"111111111111"}}},` +
				`{"Sid":"Buckets","Effect":"Allow","Action":"s3:ListBucket","Resource":["arn:aws:s3:::b","arn:aws:s3:::c-*"],"Condition":{"StringEquals":{"s3:ResourceAccount":"222222222222"},"StringNotEquals":{"s3:ResourceAccount":"111111111111"}}}]}`},
		{"another partition", []string{"arn:aws-cn:s3:::b"}, nil, listBucket, []string{"222222222222", "333333333333"},
			`{"Version":"2012-10-17","Statement":[{"Sid":"Buckets","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws-cn:s3:::b","Condition":{"StringEquals":{"s3:ResourceAccount":["222222222222","333333333333"]},"StringNotEquals":{"s3:ResourceAccount":"111111111111"}}}]}`},
		{"no bucket", nil, readObjects, listBucket, []string{"222222222222"}, ""},
		{"no account", []string{"b"}, readObjects, listBucket, nil, ""},
		{"no action", []string{"b"}, nil, nil, []string{"222222222222"}, ""},
	} {
		got := policy.GroupPolicy(c.buckets, c.object, c.onBucket, c.accounts, "111111111111")
		if diff := cmp.Diff(c.want, string(got)); diff != "" || c.want == "" && got != nil {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestExternalHalf(t *testing.T) {
	a := ask("ABCDEFGH")
	a.Prefix = "builds"
	const want = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"S3ShareABCDEFGH","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/builds/*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"},"StringEquals":{"s3:ResourceAccount":"222222222222"}}},` +
		`{"Sid":"S3ShareABCDEFGHList","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"},"StringEquals":{"s3:ResourceAccount":"222222222222"},"StringLike":{"s3:prefix":"builds/*"}}}]}`
	if diff := cmp.Diff(want, string(policy.ExternalHalf(a, "222222222222"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a.Object, a.BucketActions = nil, nil
	if got := policy.ExternalHalf(a, "222222222222"); got != nil {
		t.Errorf("for nothing: %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a half without an end was written")
		}
	}()
	a = ask("ABCDEFGH")
	a.Before = time.Time{}
	policy.ExternalHalf(a, "222222222222")
}
