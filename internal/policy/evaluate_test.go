package policy_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A tester is the common part of testing.T and rapid.T.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// An accessRequest is one request that AWS allows or denies.
type accessRequest struct {
	principal, action, resource string
	prefix                      string // of a listing
	at                          time.Time
}

// wireEvaluated is a statement as an evaluator reads it. The evaluator is
// independent of the bot's writer: it follows the AWS documentation on the
// output of encoding/json.
type wireEvaluated struct {
	Sid, Effect, NotPrincipal, NotAction, NotResource any
	Principal                                         map[string]texts
	Action, Resource                                  texts
	Condition                                         map[string]map[string]texts
}

type texts []string

func (s *texts) UnmarshalJSON(text []byte) error {
	if text[0] != '[' {
		text = append(append([]byte("["), text...), ']')
	}
	return json.Unmarshal(text, (*[]string)(s))
}

// allows evaluates a whole bucket policy. It supports the elements that the bot
// writes and fails on all others.
func allows(t tester, policyText []byte, r accessRequest) bool {
	t.Helper()
	var doc struct {
		Version   string
		Statement []wireEvaluated
	}
	dec := json.NewDecoder(strings.NewReader(string(policyText)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("%v in %s", err, policyText)
	}
	if doc.Version != "2012-10-17" {
		t.Fatalf("the version is %q", doc.Version)
	}
	allowed := false
	for _, s := range doc.Statement {
		if s.Effect != "Allow" || s.NotPrincipal != nil || s.NotAction != nil || s.NotResource != nil || len(s.Principal) != 1 {
			t.Fatalf("a statement that the bot never writes: %s", policyText)
		}
		allowed = allowed || anyOf(s.Principal["AWS"], func(p string) bool { return p == r.principal }) &&
			anyOf(s.Action, func(p string) bool { return wild(strings.ToLower(p), strings.ToLower(r.action)) }) &&
			anyOf(s.Resource, func(p string) bool { return wild(p, r.resource) }) &&
			holds(t, s.Condition, r)
	}
	return allowed
}

var isoZ = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)

func holds(t tester, conditions map[string]map[string]texts, r accessRequest) bool {
	t.Helper()
	instant := func(values texts) time.Time {
		if len(values) != 1 || !isoZ.MatchString(values[0]) {
			t.Fatalf("%q is not one instant in ISO 8601 with Z", values)
		}
		at, err := time.Parse(time.RFC3339, values[0])
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	ended := false
	hold := true
	for operator, keys := range conditions {
		for key, values := range keys {
			switch operator + " " + key {
			case "DateLessThan aws:CurrentTime":
				ended = true
				hold = hold && r.at.Before(instant(values))
			case "DateGreaterThanEquals aws:CurrentTime":
				hold = hold && !r.at.Before(instant(values))
			case "StringLike s3:prefix":
				hold = hold && r.action == "s3:ListBucket" && anyOf(values, func(p string) bool { return wild(p, r.prefix) })
			default:
				t.Fatalf("a condition that the bot never writes: %s on %s", operator, key)
			}
		}
	}
	if !ended {
		t.Fatal("a statement without an end")
	}
	return hold
}

func anyOf(values []string, match func(string) bool) bool {
	for _, v := range values {
		if match(v) {
			return true
		}
	}
	return false
}

// wild matches as IAM does: * is any text and ? any character. A variable
// matches anything, since the requester may choose its value.
func wild(pattern, text string) bool {
	var b strings.Builder
	b.WriteString(`\A(?s:`)
	for pattern != "" {
		switch {
		case strings.HasPrefix(pattern, "${"):
			_, after, closed := strings.Cut(pattern, "}")
			if !closed {
				after = ""
			}
			b.WriteString(".*")
			pattern = after
			continue
		case pattern[0] == '*':
			b.WriteString(".*")
		case pattern[0] == '?':
			b.WriteString(".")
		default:
			r := []rune(pattern)[0]
			b.WriteString(regexp.QuoteMeta(string(r)))
			pattern = pattern[len(string(r)):]
			continue
		}
		pattern = pattern[1:]
	}
	b.WriteString(`)\z`)
	return regexp.MustCompile(b.String()).MatchString(text)
}

// The evaluator itself is tested on known results. One that always said yes, or
// no, would make the tests that use it pass.
func TestTheEvaluator(t *testing.T) {
	const text = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + user + `"},"Action":["s3:Get*"],` +
		`"Resource":"arn:aws:s3:::b/x/${aws:username}/?","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}]}`
	yes := accessRequest{principal: user, action: "s3:GetObject", resource: "arn:aws:s3:::b/x/any\nthing/é", at: noon.Add(-time.Nanosecond)}
	for name, c := range map[string]struct {
		change func(*accessRequest)
		want   bool
	}{
		"as it is":       {func(*accessRequest) {}, true},
		"case of action": {func(r *accessRequest) { r.action = "S3:getobject" }, true},
		"at the end":     {func(r *accessRequest) { r.at = noon }, false},
		"principal":      {func(r *accessRequest) { r.principal += "2" }, false},
		"action":         {func(r *accessRequest) { r.action = "s3:PutObject" }, false},
		"resource":       {func(r *accessRequest) { r.resource += "x" }, false},
		"bucket":         {func(r *accessRequest) { r.resource = "arn:aws:s3:::bb/x/y/z" }, false},
	} {
		r := yes
		c.change(&r)
		if got := allows(t, []byte(text), r); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
