package grant

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	ipAddress  = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$`)
)

// A Bucket is a shared bucket and its location.
type Bucket struct {
	Name      string
	AccountID string // the owner account
	Account   string // its name in the config
	Region    string
}

// ParseTarget reads bucket[/prefix], with or without s3:// in front.
func ParseTarget(s string) (bucket, prefix string, err error) {
	s = strings.TrimSpace(s)
	if len(s) >= 5 && strings.EqualFold(s[:5], "s3://") {
		s = s[5:]
	}
	bucket, prefix, _ = strings.Cut(s, "/")
	if strings.HasPrefix(bucket, "arn:") {
		return "", "", Refuse("Name the bucket without its ARN.").WithHint("Like my-bucket or my-bucket/builds.")
	}
	if !bucketName.MatchString(bucket) || ipAddress.MatchString(bucket) || strings.Contains(bucket, "..") {
		return "", "", Refuse("%q is not the name of a bucket.", clip(bucket, 80)).
			WithHint("Bucket names have 3 to 63 lower-case letters, digits, dots and hyphens.")
	}
	if strings.HasSuffix(bucket, "--x-s3") {
		return "", "", Refuse("%s is a directory bucket, which cannot be shared by a bucket policy like this.", bucket)
	}
	prefix, err = parsePrefix(prefix)
	return bucket, prefix, err
}

// parsePrefix removes the final slash from a prefix. It refuses a prefix that
// could allow more than its letters, or that reads differently from its bytes.
func parsePrefix(s string) (string, error) {
	const hint = "Name a folder as it is, like my-bucket/builds: it opens builds/ and everything in it."
	prefix := strings.TrimSuffix(s, "/")
	switch {
	case strings.HasPrefix(s, "/"):
		return "", Refuse("A prefix cannot begin with a slash.").WithHint(hint)
	case strings.HasSuffix(prefix, "/"):
		return "", Refuse("A prefix cannot end in two slashes.").WithHint(hint)
	case strings.ContainsAny(prefix, "*?"):
		return "", Refuse("A prefix cannot have wildcards.").WithHint(hint)
	case strings.Contains(prefix, "${"):
		return "", Refuse("A prefix cannot have ${…} in it: AWS would read it as a variable.").WithHint(hint)
	case len(prefix) > 1000:
		return "", Refuse("That prefix is too long: it has %d bytes and may have 1,000.", len(prefix)).WithHint(hint)
	}
	for _, r := range prefix {
		if r > 0xFF || r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return "", Refuse("The prefix has a character that a policy cannot hold or a reader cannot see: %U.", r).
				WithHint(hint)
		}
	}
	return prefix, nil
}
