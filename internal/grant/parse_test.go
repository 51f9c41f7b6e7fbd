package grant

import (
	"strings"
	"testing"
)

func TestParseTerm(t *testing.T) {
	const (
		try  = " Try 45m, 8h or 3d."
		none = " is not possible: it has to be longer than zero." + try
	)
	for _, c := range []struct {
		in   string
		want Term
		no   string
	}{
		{"45m", 45, ""},
		{"8h", 480, ""},
		{"24h", 1440, ""},
		{"3d", 4320, ""},
		{"1w", 10080, ""},
		{"1.5h", 90, ""},
		{"1.15h", 69, ""}, // whole minutes, which a float would miss
		{"1.1h", 66, ""},
		{"0.05h", 3, ""},
		{".5h", 30, ""},
		{"1h30m", 90, ""},
		{"2days", 2880, ""},
		{"1Hour", 60, ""},
		{" 8h ", 480, ""},
		{"3660d", 3660 * 1440, ""},
		{"", 0, `"" is not a duration.` + try},
		{"8", 0, `"8" is not a duration.` + try},
		{"h", 0, `"h" is not a duration.` + try},
		{"8 h", 0, `"8 h" is not a duration.` + try},
		{"8x", 0, `"8x" is not a duration.` + try},
		{"8h.", 0, `"8h." is not a duration.` + try},
		{"1..5h", 0, `"1..5h" is not a duration.` + try},
		{"1e3m", 0, `"1e3m" is not a duration.` + try},
		{"1/2h", 0, `"1/2h" is not a duration.` + try},
		{"0x10m", 0, `"0x10m" is not a duration.` + try},
		{"+8h", 0, `"+8h" is not a duration.` + try},
		{"٨h", 0, `"٨h" is not a duration.` + try},
		{"forever", 0, `"forever" is not a duration.` + try},
		{"0", 0, `"0" is not a duration.` + try},
		{"0h", 0, "A duration of 0h" + none},
		{"0d0m", 0, "A duration of 0d0m" + none},
		{"-1h", 0, "A duration of -1h" + none},
		{"1h-30m", 0, `"1h-30m" is not a duration.` + try},
		{"0.5m", 0, "0.5m is not a whole number of minutes." + try},
		{"1.001h", 0, "1.001h is not a whole number of minutes." + try},
		{"3661d", 0, "3661d is longer than any access can last." + try},
		{"9223372036854775808m", 0, "9223372036854775808m is longer than any access can last." + try},
		{strings.Repeat("9", 400) + "h", 0, strings.Repeat("9", 40) + "… is longer than any access can " +
			"last." + try},
	} {
		if got, err := ParseTerm(c.in); got != c.want || said(err) != c.no {
			t.Errorf("%.20q: %d, %q; want %d, %q", c.in, got, said(err), c.want, c.no)
		}
	}
}

func TestTermString(t *testing.T) {
	for term, want := range map[Term]string{
		0: "0m", 1: "1m", 45: "45m", 60: "1h", 90: "1h30m", 480: "8h", 1440: "1d", 1441: "1d1m", 1500: "1d1h", 4320: "3d", maxTerm: "3660d",
	} {
		if term.String() != want {
			t.Errorf("%d minutes read %s; want %s", term, term, want)
		}
	}
}

func TestParseID(t *testing.T) {
	const no = " is not the id of a grant. An id has 8 letters and digits, like 7K2M9QXA; `/s3share list` shows yours."
	for _, c := range []struct {
		in   string
		want ID
		no   string
	}{
		{"7K2M9QXA", "7K2M9QXA", ""},
		{"7k2m9qxa", "7K2M9QXA", ""},
		{" 7K2M9qxa ", "7K2M9QXA", ""},
		{"oOiIlL10", "00111110", ""},
		{"", "", `""` + no},
		{"7K2M9QX", "", `"7K2M9QX"` + no},
		{"7K2M9QXAB", "", `"7K2M9QXAB"` + no},
		{"7K2M9QXU", "", `"7K2M9QXU"` + no}, // Crockford leaves U out and reads it as no other letter
		{"7K2M-QXA", "", `"7K2M-QXA"` + no},
		{"7K2M9QÄ", "", `"7K2M9QÄ"` + no}, // 8 bytes
	} {
		if got, err := ParseID(c.in); got != c.want || said(err) != c.no {
			t.Errorf("%q: %s, %q; want %s, %q", c.in, got, said(err), c.want, c.no)
		}
	}
}

func TestNewID(t *testing.T) {
	seen := map[ID]bool{}
	for range 1000 {
		id := NewID()
		if again, err := ParseID(string(id)); again != id || err != nil || seen[id] {
			t.Fatalf("%q reads as %q, %v; seen before: %v", id, again, err, seen[id])
		}
		seen[id] = true
	}
}

func TestParseTarget(t *testing.T) {
	const (
		names  = " is not a bucket name. Bucket names have 3 to 63 lower-case letters, digits, dots and hyphens."
		folder = " Name a folder like my-bucket/builds; access covers builds/ and everything in it."
		hidden = "The folder has a character that is invisible or not allowed in a policy: "
	)
	for _, c := range []struct {
		in             string
		bucket, prefix string
		no             string
	}{
		{"my-bucket", "my-bucket", "", ""},
		{"my-bucket/", "my-bucket", "", ""},
		{"my-bucket/builds", "my-bucket", "builds", ""},
		{"my-bucket/builds/", "my-bucket", "builds", ""},
		{"s3://my-bucket/builds/2026", "my-bucket", "builds/2026", ""},
		{"S3://my-bucket", "my-bucket", "", ""},
		{" my-bucket/builds ", "my-bucket", "builds", ""},
		{"my-bucket/b u", "my-bucket", "b u", ""},
		{"my-bucket/a//b", "my-bucket", "a//b", ""}, // a key may contain it
		{"my-bucket/caf\u00e9", "my-bucket", "caf\u00e9", ""},
		{"my-bucket/$x{y}", "my-bucket", "$x{y}", ""},
		{"my-bucket/" + strings.Repeat("x", 1000), "my-bucket", strings.Repeat("x", 1000), ""},
		{"a.b", "a.b", "", ""},
		{strings.Repeat("b", 63), strings.Repeat("b", 63), "", ""},

		{"", "", "", `""` + names},
		{"ab", "", "", `"ab"` + names},
		{strings.Repeat("b", 64), "", "", `"` + strings.Repeat("b", 64) + `"` + names},
		{"My-Bucket", "", "", `"My-Bucket"` + names},
		{"my_bucket", "", "", `"my_bucket"` + names},
		{"my..bucket", "", "", `"my..bucket"` + names},
		{"-bucket", "", "", `"-bucket"` + names},
		{"bucket-", "", "", `"bucket-"` + names},
		{"my-bucket*", "", "", `"my-bucket*"` + names},
		{"192.168.1.1", "", "", `"192.168.1.1"` + names},
		{"https://my-bucket", "", "", `"https:"` + names},
		{"arn:aws:s3:::my-bucket/builds", "", "", "The bucket has to be a name, not an ARN. Write it like " +
			"my-bucket or my-bucket/builds."},
		{"my-bucket--use1-az4--x-s3", "", "", "my-bucket--use1-az4--x-s3 is a directory bucket, and s3share " +
			"can't share those."},

		{"my-bucket//builds", "", "", "A folder can't begin with a slash." + folder},
		{"my-bucket//", "", "", "A folder can't begin with a slash." + folder},
		{"my-bucket/builds//", "", "", "A folder can't end in two slashes." + folder},
		{"my-bucket/*", "", "", "A folder can't have wildcards." + folder},
		{"my-bucket/bu?lds", "", "", "A folder can't have wildcards." + folder},
		{"my-bucket/${aws:username}", "", "", "A folder can't contain ${…}, which AWS reads as a " +
			"variable." + folder},
		{"my-bucket/" + strings.Repeat("x", 1001), "", "", "The folder has 1001 bytes, and the limit is " +
			"1,000." + folder},
		{"my-bucket/a\nb", "", "", hidden + "U+000A." + folder},
		{"my-bucket/a\x00b", "", "", hidden + "U+0000." + folder},
		{"my-bucket/a\x7fb", "", "", hidden + "U+007F." + folder},
		{"my-bucket/a\u0085b", "", "", hidden + "U+0085." + folder},
		{"my-bucket/a\u00adb", "", "", hidden + "U+00AD." + folder}, // a soft hyphen
		{"my-bucket/a\u0100b", "", "", hidden + "U+0100." + folder},
		{"my-bucket/a\u202eb", "", "", hidden + "U+202E." + folder},
		{"my-bucket/a\u2066b", "", "", hidden + "U+2066." + folder},
		{"my-bucket/a\u200bb", "", "", hidden + "U+200B." + folder},
		{"my-bucket/\U0001F600", "", "", hidden + "U+1F600." + folder},
		{"my-bucket/a\xffb", "", "", hidden + "U+FFFD." + folder}, // invalid UTF-8
	} {
		bucket, prefix, err := ParseTarget(c.in)
		if said(err) != c.no || err == nil && (bucket != c.bucket || prefix != c.prefix) {
			t.Errorf("%.40q: %q %q, %q; want %q %q, %q", c.in, bucket, prefix, said(err), c.bucket, c.prefix, c.no)
		}
	}
}

func TestPrincipalKey(t *testing.T) {
	const rita = "arn:aws:iam::111111111111:user/rita"
	for arn, same := range map[string]bool{
		rita: true, "arn:aws:iam::111111111111:user/eng/rita": true, "arn:aws:iam::111111111111:user/eng/eu/Rita": true,
		"arn:aws:iam::111111111111:role/rita": false, "arn:aws:iam::222222222222:user/rita": false,
		"arn:aws:iam::111111111111:user/rita/other": false, "arn:aws:iam::111111111111:user/ritas": false, "rita": false, "": false,
	} {
		if got := PrincipalKey(arn) == PrincipalKey(rita); got != same {
			t.Errorf("%s is rita: %t; want %t", arn, got, same)
		}
	}
}

func TestParsePrincipal(t *testing.T) {
	const (
		hint     = " Name an IAM user or role, like `build/test.user`, `build/role/deployer` or its ARN."
		accounts = " The accounts are nonprod, build, partner, china."
		all      = "Access can't be shared with everybody." + hint
		root     = "That is a whole account: everybody in it would have access." + hint
		group    = "S3 can't give access to an IAM group. Name one of its users."
		session  = " is a temporary session of a role. Name the role itself."
		managed  = ", so it can't be given access. Name a role of your own."
		build    = "arn:aws:iam::111111111111:"
		partner  = "arn:aws:iam::333333333333:"
	)
	for _, c := range []struct {
		in   string
		want string // its ARN
		no   string
	}{
		{"build/test.user", build + "user/test.user", ""},
		{"BUILD/test.user", build + "user/test.user", ""},
		{"build/Test.User", build + "user/Test.User", ""}, // names keep their case
		{"build/user/test.user", build + "user/test.user", ""},
		{"build/team/test.user", build + "user/team/test.user", ""},
		{"build/role/deployer", build + "role/deployer", ""},
		{"build/Role/deployer", build + "role/deployer", ""}, // and not the user deployer
		{"build/role/ci/deployer", build + "role/ci/deployer", ""},
		{"build/a+b=c,d.e@f_g-h", build + "user/a+b=c,d.e@f_g-h", ""},
		{" build/test.user ", build + "user/test.user", ""},
		{build + "user/test.user", build + "user/test.user", ""},
		{build + "user/team/a/test.user", build + "user/team/a/test.user", ""},
		{build + "role/deployer", build + "role/deployer", ""},
		{"partner/pat", "arn:aws:iam::333333333333:user/pat", ""},
		{"china/li", "arn:aws-cn:iam::444444444444:user/li", ""},
		{"arn:aws-cn:iam::444444444444:user/li", "arn:aws-cn:iam::444444444444:user/li", ""},

		{"", "", "The IAM user or role is missing." + hint},
		{"*", "", all},
		{"test.user", "", `"test.user" is not an IAM user or role.` + hint},
		{"111111111111", "", `"111111111111" is not an IAM user or role.` + hint},
		{"build/*", "", `"*" is not the name of an IAM user.` + hint},
		{"build/role/*", "", `"*" is not the name of an IAM role.` + hint},
		{"build/", "", `"" is not the name of an IAM user.` + hint},
		{"build/role/", "", `"" is not the name of an IAM role.` + hint},
		{"build//test.user", "", `"/test.user" is not the name of an IAM user.` + hint},
		{"build/a//b", "", `"a//b" is not the name of an IAM user.` + hint},
		{"build/${aws:username}", "", `"${aws:username}" is not the name of an IAM user.` + hint},
		{"build/us\u00e9r", "", "\"us\u00e9r\" is not the name of an IAM user." + hint},
		{"build/t\u00e9am/user", "", "\"t\u00e9am/user\" is not the name of an IAM user." + hint},
		{"build/us\u202eer", "", `"us\u202eer" is not the name of an IAM user.` + hint},
		{"build/" + strings.Repeat("x", 65), "", `"` + strings.Repeat("x", 65) + `" is not the name of an IAM user.` + hint},
		{"build/group/devs", "", group},
		{"build/assumed-role/deployer/me", "", "assumed-role/deployer/me" + session},
		{"prod/test.user", "", `s3share has no account called "prod".` + accounts},
		{"ARN:aws:iam::111111111111:user/x", "", `s3share has no account called "ARN:aws:iam::111111111111:user".` + accounts},
		{"build/role/aws-service-role/support.amazonaws.com/X", "", "AWS manages the role X" + managed},

		{build + "root", "", root},
		{"arn:aws:iam::999999999999:root", "", root},
		{build + "group/devs", "", group},
		{build + "user/*", "", `"*" is not the name of an IAM user.` + hint},
		{build + "user", "", `"" is not the name of an IAM user.` + hint},
		{build + "user//test.user", "", `"/test.user" is not the name of an IAM user.` + hint},
		{build + "policy/s3share", "", `"` + build + `policy/s3share" is not the ARN of an IAM user or role.` + hint},
		{build + "*", "", `"` + build + `*" is not the ARN of an IAM user or role.` + hint},
		{"arn:aws:iam:::user/x", "", `"arn:aws:iam:::user/x" is not the ARN of an IAM user or role.` + hint},
		{"arn:aws:iam::aws:policy/AdministratorAccess", "", `"arn:aws:iam::aws:policy/AdministratorAccess" is not the ARN of an IAM user or role.` + hint},
		{"arn:aws:s3:::my-bucket", "", `"arn:aws:s3:::my-bucket" is not the ARN of an IAM user or role.` + hint},
		{"arn:aws:sts::111111111111:assumed-role/deployer/me", "", "arn:aws:sts::111111111111:assumed-role/deployer/me" + session},
		{"arn:aws:sts::111111111111:federated-user/me", "", `"arn:aws:sts::111111111111:federated-user/me" is not the ARN of an IAM user or role.` + hint},
		{"arn:aws-cn:iam::111111111111:user/x", "", "arn:aws-cn:iam::111111111111:user/x is in the partition aws-cn, and the account build is in aws." + hint},
		{"arn:aws-us-gov:iam::111111111111:user/x", "", "arn:aws-us-gov:iam::111111111111:user/x is in the partition aws-us-gov, and the account build is in aws." + hint},
		{"arn:aws:iam::999999999999:user/x", "", "s3share can't give access to the account " +
			"999999999999." + accounts},
		{build + "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_Ops_0123456789abcdef", build + "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_Ops_0123456789abcdef", ""},
		{build + "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef", build + "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef", ""},
		{partner + "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef", partner + "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef", ""},
		{"build/role/AWSReservedSSO_Dev_0123456789abcdef", build + "role/AWSReservedSSO_Dev_0123456789abcdef", ""}, // AWS returns its path
		{"partner/role/AWSReservedSSO_Dev_0123456789abcdef", "", "AWSReservedSSO_Dev_0123456789abcdef is a role " +
			"of Identity Center, and s3share can't look up its path in the account partner. Name it by its ARN, " +
			"which has `role/aws-reserved/sso.amazonaws.com/` in it."},
		{build + "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1", "", "AWS manages the role AWSReservedSSO_Admin_1" + managed},
		{build + "role/aws-reserved/other.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef", "", "AWS manages the role AWSReservedSSO_Dev_0123456789abcdef" + managed},
		{build + "role/aws-service-role/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef", "", "AWS manages the role AWSReservedSSO_Dev_0123456789abcdef" + managed},
	} {
		p, err := ParsePrincipal(c.in, theAccounts())
		if p.ARN != c.want || said(err) != c.no {
			t.Errorf("%.60q: %q, %q; want %q, %q", c.in, p.ARN, said(err), c.want, c.no)
		}
	}
	p := must(ParsePrincipal("partner/role/ci/deployer", theAccounts()))
	if want := (Principal{ARN: "arn:aws:iam::333333333333:role/ci/deployer", AccountID: "333333333333", Account: "partner", Kind: KindRole, Name: "deployer", External: true}); p != want {
		t.Errorf("%+v; want %+v", p, want)
	}
	if _, err := ParsePrincipal("build/x", nil); said(err) != `s3share has no account called "build". The accounts are none: the config names no account.` {
		t.Errorf("without accounts: %v", err)
	}
}

// Only the path identifies the role of a permission set: a company may give its
// own role the same name.
func TestPermissionSet(t *testing.T) {
	for resource, want := range map[string]string{
		"role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_Ops_0123456789abcdef":       "Dev_Ops",
		"role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef": "Dev",
		"role/AWSReservedSSO_Dev_0123456789abcdef":                                          "",
		"role/team/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef":      "",
		"user/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef":           "",
		"role/aws-service-role/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef":       "",
		"role/aws-reserved/sso.amazonaws.com/deployer":                                      "",
	} {
		if got := (Principal{ARN: "arn:aws-us-gov:iam::111111111111:" + resource}).PermissionSet(); got != want {
			t.Errorf("%s: %q; want %q", resource, got, want)
		}
	}
}

func TestLevels(t *testing.T) {
	for level, want := range map[string]string{
		"read":  "s3:GetObject s3:GetObjectVersion s3:GetObjectTagging s3:GetObjectAttributes | s3:ListBucket",
		"write": "s3:PutObject s3:PutObjectTagging s3:AbortMultipartUpload s3:ListMultipartUploadParts | ",
		"full": "s3:GetObject s3:GetObjectVersion s3:GetObjectTagging s3:GetObjectAttributes s3:PutObject s3:PutObjectTagging " +
			"s3:AbortMultipartUpload s3:ListMultipartUploadParts s3:DeleteObject | s3:ListBucket",
	} {
		l := BuiltinLevels()[level]
		if got := strings.Join(l.Object, " ") + " | " + strings.Join(l.Bucket, " "); got != want || l.Name != level {
			t.Errorf("%s means %s; want %s", l.Name, got, want)
		}
	}
	for actions, want := range map[string]bool{
		"s3:GetObject": false, "s3:Get*": false, "S3:getobject": false, "s3:ListMultipartUploadParts": false, "s3:DeleteObject": false,
		"": false, "s3:PutObject": true, "s3:Put*": true, "s3:*": true, "*": true, "s3:G*": true, "s3:DeleteObject*": true,
		"s3:ReplicateObject": true, "s3:ListBucket": false, "s3:PutBucketAcl": true, "s3:GetObject s3:PutObject": true,
	} {
		for _, l := range []Level{{Object: strings.Fields(actions)}, {Object: []string{"s3:GetObject"}, Bucket: strings.Fields(actions)}} {
			if got := l.Writes(); got != want {
				t.Errorf("%+v writes: %v", l, got)
			}
		}
		if action, got := (Level{Bucket: strings.Fields("s3:ListBucket " + actions)}).ChangesBucket(); got != want || got && !strings.Contains(actions, action) {
			t.Errorf("%q changes the bucket: %v, by %s", actions, got, action)
		}
	}
}
