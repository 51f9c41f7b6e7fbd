package awssim

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Each operator on a met condition, an unmet one, and a missing key.
func TestOperators(t *testing.T) {
	ctx := values{
		"aws:username": {"bob"}, "aws:currenttime": {"2026-11-23T12:00:00Z"}, "s3:max-keys": {"100"}, "aws:sourceip": {"10.1.2.3"},
		"aws:securetransport": {"true"}, "aws:principalarn": {"arn:aws:iam::111111111111:user/team/bob"}, "aws:tagkeys": {"team", "env"},
		"aws:empty": {},
	}
	for _, test := range []struct {
		operator, key, value string // several values are separated by |
		holds                bool
	}{
		{"StringEquals", "aws:username", "bob", true},
		{"StringEquals", "AWS:UserName", "bob", true},
		{"StringEquals", "aws:username", "Bob", false},
		{"StringEquals", "aws:username", "ada|bob", true},
		{"StringEquals", "aws:username", "b*", false},
		{"StringEquals", "aws:username", "${aws:username}", true},
		{"StringEquals", "aws:username", "${aws:absent}", false},
		{"StringEquals", "aws:username", "${aws:absent, 'bob'}", true},
		{"StringEquals", "aws:absent", "x", false},
		{"StringEqualsIfExists", "aws:absent", "x", true},
		{"StringEqualsIfExists", "aws:username", "x", false},
		{"StringNotEquals", "aws:username", "bob", false},
		{"StringNotEquals", "aws:username", "ada|bob", false},
		{"StringNotEquals", "aws:username", "ada", true},
		{"StringNotEquals", "aws:absent", "x", true},
		{"StringEqualsIgnoreCase", "aws:username", "BOB", true},
		{"StringNotEqualsIgnoreCase", "aws:username", "BOB", false},
		{"StringLike", "aws:username", "b?b", true},
		{"StringLike", "aws:username", "*", true},
		{"StringLike", "aws:username", "b${*}b", false},
		{"StringLike", "aws:username", "B*", false},
		{"StringNotLike", "aws:username", "a*", true},
		{"stringlike", "aws:username", "b*", true},
		{"DateLessThan", "aws:currenttime", "2026-11-23T12:00:00Z", false},
		{"DateLessThan", "aws:currenttime", "2026-11-23T12:00:01Z", true},
		{"DateLessThan", "aws:currenttime", "2026-11-23T12:00:00.001Z", true},
		{"DateLessThan", "aws:currenttime", "2026-11-23T13:30:00+02:00", false},
		{"DateLessThan", "aws:currenttime", "2026-11-24", true},
		{"DateLessThan", "aws:currenttime", "1795435201", true},
		{"DateLessThan", "aws:currenttime", "1795435200", false},
		{"DateLessThan", "aws:currenttime", "soon", false},
		{"DateLessThan", "aws:username", "2027-01-01T00:00:00Z", false},
		{"DateLessThan", "aws:absent", "2027-01-01T00:00:00Z", false},
		{"DateLessThanEquals", "aws:currenttime", "2026-11-23T12:00:00Z", true},
		{"DateGreaterThan", "aws:currenttime", "2026-11-23T12:00:00Z", false},
		{"DateGreaterThanEquals", "aws:currenttime", "2026-11-23T12:00:00Z", true},
		{"DateEquals", "aws:currenttime", "2026-11-23T14:00:00+02:00", true},
		{"DateNotEquals", "aws:currenttime", "2026-11-23T12:00:00Z", false},
		{"DateNotEquals", "aws:currenttime", "2026", true},
		{"NumericEquals", "s3:max-keys", "100.0", true},
		{"NumericLessThan", "s3:max-keys", "99", false},
		{"NumericLessThanEquals", "s3:max-keys", "100", true},
		{"NumericGreaterThan", "s3:max-keys", "20", true}, // compared as numbers, not as text
		{"NumericGreaterThanEquals", "s3:max-keys", "101", false},
		{"NumericNotEquals", "s3:max-keys", "10", true},
		{"NumericLessThan", "aws:username", "10", false},
		{"IpAddress", "aws:sourceip", "10.0.0.0/8", true},
		{"IpAddress", "aws:sourceip", "10.1.2.3", true},
		{"IpAddress", "aws:sourceip", "10.1.2.0/31|10.1.2.2/31", true},
		{"IpAddress", "aws:sourceip", "2001:db8::/32", false},
		{"IpAddress", "aws:sourceip", "0.0.0.0/0", true},
		{"NotIpAddress", "aws:sourceip", "10.0.0.0/8", false},
		{"Bool", "aws:securetransport", "true", true},
		{"Bool", "aws:securetransport", "false", false},
		{"Bool", "aws:absent", "false", false},
		{"BoolIfExists", "aws:absent", "false", true},
		{"Null", "aws:username", "false", true},
		{"Null", "aws:username", "true", false},
		{"Null", "aws:absent", "true", true},
		{"ArnLike", "aws:principalarn", "arn:aws:iam::111111111111:user/*", true},
		{"ArnEquals", "aws:principalarn", "arn:aws:iam::*:user/team/bob", true},
		{"ArnLike", "aws:principalarn", "arn:aws:*:user/team/bob", false}, // a wildcard stays within its part
		{"ArnNotLike", "aws:principalarn", "arn:aws:iam::111111111111:role/*", true},
		{"ArnNotEquals", "aws:principalarn", "arn:aws:iam::111111111111:user/team/bob", false},
		{"BinaryEquals", "aws:username", "bob", true},
		{"ForAllValues:StringEquals", "aws:tagkeys", "team|env|more", true},
		{"ForAllValues:StringEquals", "aws:tagkeys", "team", false},
		{"ForAllValues:StringEquals", "aws:absent", "team", true},
		{"ForAllValues:StringEquals", "aws:empty", "team", true},
		{"ForAnyValue:StringEquals", "aws:tagkeys", "team", true},
		{"ForAnyValue:StringEquals", "aws:tagkeys", "other", false},
		{"ForAnyValue:StringEquals", "aws:absent", "team", false},
		{"ForAnyValue:StringLike", "aws:tagkeys", "e*", true},
		{"StringSame", "aws:username", "bob", false}, // unknown operator, refused when written and never met
	} {
		c := condition{test.operator, test.key, strings.Split(test.value, "|")}
		if got := c.holds(ctx, true); got != test.holds {
			t.Errorf("%s %s %s: %v", test.operator, test.key, test.value, got)
		}
	}
	// In the older version of the language ${…} is ordinary text.
	c := condition{"StringEquals", "aws:username", []string{"${aws:username}"}}
	if c.holds(ctx, false) || !c.holds(values{"aws:username": {"${aws:username}"}}, false) {
		t.Error("a variable was read in a policy of 2008")
	}
}

func TestKnownOperators(t *testing.T) {
	for name, known := range map[string]bool{
		"StringEquals": true, "dateLessThan": true, "DateLessThanIfExists": true, "ForAnyValue:ArnLike": true, "ForAllValues:StringLikeIfExists": true,
		"Null": true, "NullIfExists": false, "ForAllValues:Null": false, "ForSomeValues:StringEquals": false, "Equals": false, "": false,
	} {
		if knownOperator(name) != known {
			t.Errorf("%q known: %v", name, !known)
		}
	}
}

// glob gives the same result as an equivalent regular expression.
func TestGlob(t *testing.T) {
	letters := rapid.StringMatching(`[ab*?/é]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		pattern, text := letters.Draw(t, "pattern"), letters.Draw(t, "text")
		expr := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		if got, want := glob(wild(pattern), text), regexp.MustCompile(`^(?s:`+expr+`)$`).MatchString(text); got != want {
			t.Fatalf("glob(%q, %q) is %v", pattern, text, got)
		}
	})
}

func TestVariables(t *testing.T) {
	ctx := values{"aws:username": {"b*b"}, "aws:tagkeys": {"a", "b"}}
	for _, test := range []struct {
		pattern, text string
		matches       bool
	}{
		{"x/${aws:username}/*", "x/b*b/1", true},
		{"x/${aws:username}/*", "x/bob/1", false}, // a star in a variable's value is not a wildcard
		{"${AWS:UserName}", "b*b", true},
		{"${ aws:username }", "b*b", true},
		{"${aws:absent}", "", false},
		{"${aws:absent, 'team'}/x", "team/x", true},
		{"${aws:absent,''}x", "x", true},
		{"${aws:tagkeys}", "a", false}, // a variable with two values has none
		{"a${*}b", "a*b", true},
		{"a${*}b", "axb", false},
		{"a${?}", "a?", true},
		{"${$}{x}", "${x}", true},
		{"${unfinished", "${unfinished", true},
	} {
		p, ok := expand(test.pattern, true, ctx)
		if got := ok && glob(p, test.text); got != test.matches {
			t.Errorf("%s on %s: %v", test.pattern, test.text, got)
		}
	}
}
