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
		return "", "", Refuse("The bucket has to be a name, not an ARN.").WithHint("Write it like my-bucket or " +
			"my-bucket/builds.")
	}
	if !bucketName.MatchString(bucket) || ipAddress.MatchString(bucket) || strings.Contains(bucket, "..") {
		return "", "", Refuse("%q is not a bucket name.", clip(bucket, 80)).
			WithHint("Bucket names have 3 to 63 lower-case letters, digits, dots and hyphens.")
	}
	if strings.HasSuffix(bucket, "--x-s3") {
		return "", "", Refuse("%s is a directory bucket, and s3share can't share those.", bucket)
	}
	prefix, err = parsePrefix(prefix)
	return bucket, prefix, err
}

// parsePrefix removes the final slash from a prefix. It refuses a prefix that
// could allow more than its letters, or that reads differently from its bytes.
func parsePrefix(s string) (string, error) {
	const hint = "Name a folder like my-bucket/builds; access covers builds/ and everything in it."
	prefix := strings.TrimSuffix(s, "/")
	switch {
	case strings.HasPrefix(s, "/"):
		return "", Refuse("A folder can't begin with a slash.").WithHint(hint)
	case strings.HasSuffix(prefix, "/"):
		return "", Refuse("A folder can't end in two slashes.").WithHint(hint)
	case strings.ContainsAny(prefix, "*?"):
		return "", Refuse("A folder can't have wildcards.").WithHint(hint)
	case strings.Contains(prefix, "${"):
		return "", Refuse("A folder can't contain ${…}, which AWS reads as a variable.").WithHint(hint)
	case len(prefix) > 1000:
		return "", Refuse("The folder has %d bytes, and the limit is 1,000.", len(prefix)).WithHint(hint)
	}
	for _, r := range prefix {
		if r > 0xFF || r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return "", Refuse("The folder has a character that is invisible or not allowed in a policy: %U.", r).
				WithHint(hint)
		}
	}
	return prefix, nil
}
