package grant

import "testing"

// A key that the bucket names by alias or id is the owner's, in the bucket's region.
func TestKeyARN(t *testing.T) {
	const arn = "arn:aws:kms:eu-west-1:222222222222:key/1"
	for key, want := range map[string]string{
		"": "", ManagedKey: ManagedKey, arn: arn,
		"alias/team": "arn:aws:kms:eu-west-1:222222222222:alias/team",
		"mrk-1234":   "arn:aws:kms:eu-west-1:222222222222:key/mrk-1234",
		"1234abcd-1": "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-1",
	} {
		g := Grant{Principal: Principal{ARN: "arn:aws:iam::111111111111:user/ann"}, Bucket: Bucket{AccountID: "222222222222", Region: "eu-west-1"}}
		g.Findings.KMSKey = key
		if got := g.KeyARN(); got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
	unknown := Grant{Findings: Findings{KMSKey: "mrk-1"}, Bucket: Bucket{AccountID: "222222222222"}}
	if got := unknown.KeyARN(); got != "" {
		t.Errorf("without a region: %q", got)
	}
}
