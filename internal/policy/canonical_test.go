package policy_test

import (
	"testing"
	"time"

	"s3share/internal/policy"
)

func TestSameMeaning(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"white space", `{"Sid" : "a"}`, `{"Sid":"a"}`, true},
		{"order of members", `{"Sid":"a","Effect":"Deny"}`, `{"Effect":"Deny","Sid":"a"}`, true},
		{"order of a list", `{"Action":["a","b"]}`, `{"Action":["b","a"]}`, true},
		{"a list of one", `{"Action":["a"]}`, `{"Action":"a"}`, true},
		{"a repetition", `{"Action":["a","a"]}`, `{"Action":"a"}`, true},
		{"case of an action", `{"Action":"s3:getobject"}`, `{"Action":"s3:GetObject"}`, true},
		{"case of a resource", `{"Resource":"arn:aws:s3:::b/A"}`, `{"Resource":"arn:aws:s3:::b/a"}`, false},
		{"case of a Sid", `{"Sid":"a"}`, `{"Sid":"A"}`, false},
		{"case of an effect", `{"Effect":"Allow"}`, `{"Effect":"allow"}`, false},
		{"an empty Sid", `{"Sid":""}`, `{}`, true},
		{"an escape", `{"Sid":"\u0061"}`, `{"Sid":"a"}`, true},
		{"* as a text and as AWS", `{"Principal":"*"}`, `{"Principal":{"AWS":"*"}}`, true},
		{"* and an empty list", `{"Principal":"*"}`, `{}`, false},
		{"no principal of the kind", `{"Principal":{"AWS":[]}}`, `{"Principal":{}}`, false},
		{"an account by id and by ARN", `{"Principal":{"AWS":"111111111111"}}`, `{"Principal":{"AWS":"arn:aws:iam::111111111111:root"}}`, true},
		{"a user called root", `{"Principal":{"AWS":"111111111111"}}`, `{"Principal":{"AWS":"arn:aws:iam::111111111111:user/:root"}}`, false},
		{"a service like an account", `{"Principal":{"Service":"arn:aws:iam::1:root"}}`, `{"Principal":{"Service":"1"}}`, false},
		{"not a principal", `{"Principal":{"AWS":"a"}}`, `{"NotPrincipal":{"AWS":"a"}}`, false},
		{"not an action", `{"Action":"a"}`, `{"NotAction":"a"}`, false},
		{"not a resource", `{"Resource":"a"}`, `{"NotResource":"a"}`, false},
		{"case of an operator and key", `{"Condition":{"stringlike":{"S3:Prefix":"a"}}}`, `{"Condition":{"StringLike":{"s3:prefix":["a"]}}}`, true},
		{"case of a value", `{"Condition":{"StringLike":{"s3:prefix":"A"}}}`, `{"Condition":{"StringLike":{"s3:prefix":"a"}}}`, false},
		{"an operator", `{"Condition":{"StringLike":{"s3:prefix":"a"}}}`, `{"Condition":{"StringEquals":{"s3:prefix":"a"}}}`, false},
		{"a bare value", `{"Condition":{"Bool":{"aws:SecureTransport":false}}}`, `{"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, true},
		{"a bare number", `{"Condition":{"NumericLessThan":{"s3:max-keys":10.50}}}`, `{"Condition":{"NumericLessThan":{"s3:max-keys":"10.50"}}}`, true},
		{"another number", `{"Condition":{"NumericLessThan":{"s3:max-keys":10.50}}}`, `{"Condition":{"NumericLessThan":{"s3:max-keys":"10.51"}}}`, false},
		{"an instant in two zones", `{"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`, `{"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T13:00:00+01:00"}}}`, true},
		{"an instant as seconds", `{"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`, `{"Condition":{"DateLessThan":{"aws:CurrentTime":"1795435200"}}}`, true},
		{"an instant a second later", `{"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`, `{"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:01Z"}}}`, false},
		{"a text like an instant", `{"Condition":{"StringLike":{"k":"2026-11-23T12:00:00Z"}}}`, `{"Condition":{"StringLike":{"k":"2026-11-23T13:00:00+01:00"}}}`, false},
		{"an unknown member", `{"X":{"a":1}}`, `{"X":{ "a" : 1 }}`, true},
		{"another unknown member", `{"X":{"a":1}}`, `{"X":{"a":2}}`, false},
		{"a list across two elements", `{"Action":["a","b"]}`, `{"Action":["a b"]}`, false},
		{"unreadable, the same", `{"Sid":"a","Sid":"b"}`, `{"Sid":"a", "Sid":"b"}`, true},
		{"unreadable, another order", `{"Sid":"a","Sid":"b"}`, `{"Sid":"b","Sid":"a"}`, false},
	} {
		a, b := parse(t, `{"Statement":[`+c.a+`]}`), parse(t, `{"Statement":[`+c.b+`]}`)
		if policy.Equivalent(a, b) != c.want || policy.Equivalent(b, a) != c.want {
			t.Errorf("%s: want %v\n%s\n%s", c.name, c.want, c.a, c.b)
		}
	}
}

func TestSameDocument(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"no list", `{"Statement":{"Sid":"a"}}`, `{"Statement":[{"Sid":"a"}]}`, true},
		{"order of statements", `{"Statement":[{"Sid":"a"},{"Sid":"b"}]}`, `{"Statement":[{"Sid":"b"},{"Sid":"a"}]}`, false},
		{"a statement twice", `{"Statement":[{"Sid":"a"},{"Sid":"a"}]}`, `{"Statement":[{"Sid":"a"}]}`, false},
		{"the Version", `{"Version":"2012-10-17","Statement":[{}]}`, `{"Version":"2008-10-17","Statement":[{}]}`, false},
		{"the Version when there is none", `{"Version":"2008-10-17","Statement":[{}]}`, `{"Statement":[{}]}`, true},
		{"the Version of nothing", `{"Version":"2012-10-17","Statement":[]}`, `{"Statement":[]}`, true},
		{"the Version in escapes", `{"Version":"2012\u002d10-17","Statement":[{}]}`, `{"Version":"2012-10-17","Statement":[{}]}`, true},
		{"the Id", `{"Id":"a","Statement":[{}]}`, `{"Id":"b","Statement":[{}]}`, true}, // it decides nothing
	} {
		a, b := parse(t, c.a), parse(t, c.b)
		if policy.Equivalent(a, b) != c.want || policy.Equivalent(b, a) != c.want {
			t.Errorf("%s: want %v", c.name, c.want)
		}
	}
}

// A foreign change of a confirmed statement must show.
func TestMatches(t *testing.T) {
	want := ask("ABCDEFGH").Statements()[0]
	const written = `{"Sid":"S3ShareABCDEFGH","Effect":"Allow","Principal":{"AWS":"` + user + `"},` +
		`"Action":["s3:ListBucket","s3:GetObject"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"],` +
		`"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`
	if !statement(t, written).Matches(want) {
		t.Fatal("as AWS returns it, it does not match")
	}
	for name, change := range map[string]func(*policy.Allow){
		"Sid":        func(a *policy.Allow) { a.Sid = "S3ShareABCDEFGHList" },
		"principal":  func(a *policy.Allow) { a.Principal += "2" },
		"action":     func(a *policy.Allow) { a.Actions = append(a.Actions, "s3:PutObject") },
		"resource":   func(a *policy.Allow) { a.Resources = a.Resources[:1] },
		"prefix":     func(a *policy.Allow) { a.Prefixes = []string{"a/*"} },
		"end":        func(a *policy.Allow) { a.Before = a.Before.Add(time.Second) },
		"start":      func(a *policy.Allow) { a.NotBefore = noon.Add(-time.Hour) },
		"incomplete": func(a *policy.Allow) { a.Before = time.Time{} },
	} {
		other := want
		change(&other)
		if statement(t, written).Matches(other) {
			t.Errorf("another %s matches", name)
		}
	}
	// Writing cuts half a second off, so it makes no difference.
	want.Before = want.Before.Add(time.Second / 2)
	if !statement(t, written).Matches(want) {
		t.Error("a fraction of a second does not match")
	}
}
