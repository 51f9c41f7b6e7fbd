package blocks

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// The commands to paste have only the described effect, or are left out.
func TestTryLines(t *testing.T) {
	levels := grant.BuiltinLevels()
	levels["get"] = grant.Level{Name: "get", Object: []string{"s3:Get*"}}
	levels["put"] = grant.Level{Name: "put", Object: []string{"s3:Put*"}}
	levels["all"] = grant.Level{Name: "all", Object: []string{"s3:*"}}
	levels["tags"] = grant.Level{Name: "tags", Object: []string{"s3:GetObjectTagging"}}
	const ls, down, up, with = "aws s3 ls ", "aws s3 cp ", "aws s3 cp FILE ", " --profile test.user"
	for _, c := range []struct {
		level, prefix string
		want          []string
	}{
		{"read", "builds", []string{ls + "s3://my-bucket/builds/" + with, down + "s3://my-bucket/builds/FILE ." + with}},
		{"full", "", []string{ls + "s3://my-bucket/" + with, down + "s3://my-bucket/FILE ." + with, up + "s3://my-bucket/" + with}},
		{"write", "builds", []string{up + "s3://my-bucket/builds/" + with}},
		{"get", "builds", []string{down + "s3://my-bucket/builds/FILE ." + with}},
		{"put", "builds", []string{up + "s3://my-bucket/builds/" + with}},
		{"all", "builds", []string{down + "s3://my-bucket/builds/FILE ." + with, up + "s3://my-bucket/builds/" + with}},
		{"tags", "builds", nil},
		{"put", "a b", []string{up + "'s3://my-bucket/a b/'" + with}},
		{"put", "a;rm -rf $(x)", []string{up + "'s3://my-bucket/a;rm -rf $(x)/'" + with}},
		{"put", "it's", []string{up + `'s3://my-bucket/it'\''s/'` + with}},
		{"put", "a&b<c", []string{up + "'s3://my-bucket/a&amp;b&lt;c/'" + with}},
		{"put", "a`b", nil},
	} {
		g := grant.Grant{Bucket: grant.Bucket{Name: "my-bucket"}, Prefix: c.prefix, Level: levels[c.level], Principal: grant.Principal{Name: "test.user"}}
		if got := TryLines(g); !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: %q, want %q", c.level, c.prefix, got, c.want)
		}
	}
}

// The notice lists the usual commands that fail with this grant.
func TestClientsThatFail(t *testing.T) {
	levels := grant.BuiltinLevels()
	levels["all"] = grant.Level{Name: "all", Object: []string{"s3:*"}, Bucket: []string{"s3:*"}}
	const sync, folder = "`aws s3 sync` fails: this access can't list.", "rclone 1.72 and later needs `--s3-no-head-object`; Hadoop's s3a needs access to the whole bucket."
	for _, c := range []struct{ level, prefix, want string }{
		{"write", "", sync}, {"write", "builds", sync},
		{"read", "builds", folder}, {"full", "builds", folder}, {"all", "builds", folder},
		{"read", "", ""}, {"full", "", ""}, {"all", "", ""},
	} {
		g := grant.Grant{Bucket: grant.Bucket{Name: "my-bucket"}, Prefix: c.prefix, Level: levels[c.level], Principal: grant.Principal{Name: "test.user"}}
		if got := Clients(g); !strings.HasSuffix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s on %q: %q, want %q", c.level, c.prefix, got, c.want)
		}
	}
}

// S3 resolves an alias in the uploader's account, so the upload uses the ARN of the key.
func TestTryLinesNameTheKey(t *testing.T) {
	const plain = "aws s3 cp FILE s3://my-bucket/ --profile test.user"
	const named = "aws s3 cp FILE s3://my-bucket/ --sse aws:kms --sse-kms-key-id KEY_ARN --profile test.user"
	for key, want := range map[string]string{
		"": plain, "arn:aws:kms:us-east-1:222222222222:key/1234abcd": plain, grant.ManagedKey: plain,
		"alias/team-key": named, "1234abcd-12ab-34cd-56ef-1234567890ab": named,
	} {
		g := grant.Grant{Bucket: grant.Bucket{Name: "my-bucket"}, Level: grant.BuiltinLevels()["write"], Principal: grant.Principal{Name: "test.user"},
			Findings: grant.Findings{KMSKey: key}}
		if got := TryLines(g); !slices.Equal(got, []string{want}) {
			t.Errorf("%q: %q", key, got)
		}
	}
}

// A Requester Pays bucket refuses requests without the flag.
func TestTryLinesSayWhoPays(t *testing.T) {
	g := grant.Grant{Bucket: grant.Bucket{Name: "my-bucket"}, Level: grant.BuiltinLevels()["read"], Principal: grant.Principal{Name: "test.user"},
		Findings: grant.Findings{RequesterPays: true}}
	want := []string{
		"aws s3 ls s3://my-bucket/ --request-payer requester --profile test.user",
		"aws s3 cp s3://my-bucket/FILE . --request-payer requester --profile test.user",
	}
	if got := TryLines(g); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// The console's address leads to the shared folder, whatever its name, and no character can end the
// link.
func TestConsole(t *testing.T) {
	read, write := grant.BuiltinLevels()["read"], grant.BuiltinLevels()["write"]
	const user, host = "arn:aws:iam::111111111111:user/u", "https://console.aws.amazon.com/s3/buckets/my-bucket"
	for _, c := range []struct {
		arn, region, prefix string
		level               grant.Level
		want                string
	}{
		{user, "us-east-1", "builds", read, host + "?prefix=builds%2F&region=us-east-1"},
		{user, "us-east-1", "", read, host + "?region=us-east-1"},
		{user, "", "", read, host},
		{user, "", "a b+c&region=x", read, host + "?prefix=a%20b%2Bc%26region%3Dx%2F"},
		{user, "", "a|b>c<d\"é", read, host + "?prefix=a%7Cb%3Ec%3Cd%22%C3%A9%2F"},
		{"arn:aws-cn:iam::111111111111:user/u", "cn-north-1", "", read, "https://console.amazonaws.cn/s3/buckets/my-bucket?region=cn-north-1"},
		{"arn:aws-us-gov:iam::111111111111:user/u", "us-gov-west-1", "", read, "https://console.amazonaws-us-gov.com/s3/buckets/my-bucket?region=us-gov-west-1"},
		{"arn:aws-iso:iam::111111111111:user/u", "", "", read, ""},
		{user, "us-east-1", "builds", write, ""}, // the console could not list it
		{user, "us-east-1", strings.Repeat("é", 500), read, ""},
	} {
		g := grant.Grant{Bucket: grant.Bucket{Name: "my-bucket", Region: c.region}, Prefix: c.prefix, Level: c.level, Principal: grant.Principal{ARN: c.arn}}
		got := Console(g)
		if got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.prefix, c.region, got, c.want)
		}
		if u, err := url.Parse(got); got != "" && (err != nil || c.prefix != "" && u.Query().Get("prefix") != c.prefix+"/") {
			t.Errorf("%s leads to the prefix %q, %v", got, u.Query().Get("prefix"), err)
		}
	}
}

// Slack accepts the notice with texts of any length.
func TestGrantedIsWithinSlacksLimits(t *testing.T) {
	g := opened(t, after(t, asked(t, usual), grant.Check{}, grant.Approve{By: member("U0ADA"), Today: grant.Today{Rule: &rules().Rules[1]}}))
	g.Level = grant.BuiltinLevels()["full"]
	g.Findings.KMSKey = "arn:aws:kms:us-east-1:222222222222:key/" + strings.Repeat("k", 300)
	for _, prefix := range []string{strings.Repeat("&", 1000), strings.Repeat("p", 330), strings.Repeat("p", 1000), strings.Repeat("é", 500)} {
		g.Prefix = prefix
		m := GrantedNotice(g)
		accepted(t, []look{{"a long prefix", "", m.Text, m.Blocks}})
	}
}
