package policy_test

import (
	"strings"
	"testing"
	"time"

	"s3share/internal/policy"
)

const key = "arn:aws:kms:eu-west-1:222222222222:key/1234abcd"

func keyAsk(key string, object ...string) policy.Access {
	return policy.Access{ID: "7K2M9QXA", Principal: "arn:aws:iam::111111111111:user/test.user", Bucket: "b", Object: object,
		Before: time.Date(2026, 11, 30, 17, 2, 0, 0, time.UTC), KMSKey: key}
}

func TestKeyStatement(t *testing.T) {
	for _, c := range []struct {
		key     string
		actions []string
		want    string
	}{
		{key, []string{"s3:GetObject"}, `{"Sid":"S3Share7K2M9QXA","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/test.user"},"Action":"kms:Decrypt","Resource":"*",` +
			`"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-30T17:02:00Z"},"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`},
		{key, []string{"s3:GetObject", "s3:PutObject"}, `"Action":["kms:Decrypt","kms:GenerateDataKey"]`},
		{key, []string{"s3:Put*"}, `"Action":["kms:Decrypt","kms:GenerateDataKey"]`},
		{key, []string{"s3:*"}, `"Action":["kms:Decrypt","kms:GenerateDataKey"]`},
		{"arn:aws-cn:kms:cn-north-1:222222222222:key/1", []string{"s3:GetObject"}, `"kms:ViaService":"s3.cn-north-1.amazonaws.com.cn"`},
		{"arn:aws-eusc:kms:eusc-de-east-1:222222222222:key/1", []string{"s3:GetObject"}, `"kms:ViaService":"s3.eusc-de-east-1.amazonaws.eu"`},
		{"", []string{"s3:GetObject"}, ""},
		{"alias/team-key", []string{"s3:GetObject"}, ""},
		{"1234abcd-12ab-34cd-56ef-1234567890ab", []string{"s3:GetObject"}, ""},
		{"arn:aws:kms:us-east-1:222222222222:alias/team", []string{"s3:GetObject"}, `"kms:ViaService":"s3.us-east-1.amazonaws.com"`},
		{"arn:aws:kms:us-east-1:222222222222:key/*", []string{"s3:GetObject"}, ""},
	} {
		got := string(keyAsk(c.key, c.actions...).KeyStatement())
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s %v:\n%s\nwant %s", c.key, c.actions, got, c.want)
		}
	}
}

// The half that an external account's administrator installs includes the key,
// with the same end.
func TestExternalHalfHasTheKey(t *testing.T) {
	got := string(policy.ExternalHalf(keyAsk(key, "s3:GetObject"), "222222222222"))
	want := `{"Sid":"S3Share7K2M9QXAKey","Effect":"Allow","Action":"kms:Decrypt","Resource":"` + key + `","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-30T17:02:00Z"},"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`
	if !strings.Contains(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, alias := range []string{"alias/x", "arn:aws:kms:us-east-1:222222222222:alias/x"} {
		if got := string(policy.ExternalHalf(keyAsk(alias, "s3:GetObject"), "222222222222")); strings.Contains(got, "kms") {
			t.Errorf("a key by alias: %s", got)
		}
	}
}
