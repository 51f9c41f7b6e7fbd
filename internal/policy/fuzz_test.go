package policy_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"s3share/internal/mutants"
	"s3share/internal/policy"
)

// FuzzParse parses arbitrary text and compares the result with encoding/json,
// which also keeps the texts of values.
func FuzzParse(f *testing.F) {
	seeds := append(slices.Concat(foreign, lone), strings.Repeat("[", 65)+strings.Repeat("]", 65),
		`{"Statement":[{"Sid":"S3ShareABCDEFGH","Action":["a",{"b":[1.0]}]},{"Sid":"\ud800"}],"\u0000":{"Statement":1}}`)
	for _, text := range mutants.Of(1000, seeds...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := policy.Parse([]byte(text))
		if err != nil {
			if len(d.Bytes()) != len(policy.Document{}.Bytes()) || err.Error() == "" {
				t.Fatalf("an error with a document: %s, %v", d.Bytes(), err)
			}
			return
		}
		if got := string(d.Bytes()); got != text {
			t.Fatalf("Bytes()\n got %s\nwant %s", got, text)
		}
		if got, want := raws(d, func(policy.Statement) bool { return true }), decoded(t, text); !slices.Equal(got, want) {
			t.Fatalf("statements\n got %q\nwant %q", got, want)
		}
		if raw := raws(d, isForeign); len(raw) == len(d.Statements()) {
			edited := parse(t, string(d.With(ask(storeIDs[0]).Statements()...).Bytes()))
			if got := raws(edited.Without(isThisStores), isForeign); !slices.Equal(got, raw) {
				t.Fatalf("after an edit\n got %q\nwant %q", got, raw)
			}
		}
		lookAtEverything(d)
	})
}

// decoded returns the texts of the statements as encoding/json reads them.
func decoded(t tester, text string) []string {
	var doc map[string]json.RawMessage // by exact name, unlike a struct
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	statement := doc["Statement"]
	if statement[0] == '{' {
		return []string{string(statement)}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(statement, &list); err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, raw := range list {
		all = append(all, string(bytes.TrimSpace(raw)))
	}
	return all
}

// lookAtEverything calls every function that reads foreign text. None may
// panic.
func lookAtEverything(d policy.Document) {
	for _, a := range []policy.Access{ask("ABCDEFGH"), {}} {
		d.Obstacles(policy.Caller{Access: a, Now: noon})
		d.WriteDenials(policy.Caller{Access: a})
		h := policy.Holders{Account: "111111111111", Principal: a.Principal}
		d.AlreadyNames(h)
		d.Delegations(a.Bucket, h, []string{"s3:GetObject"})
	}
	policy.Describe(d, policy.Document{})
	for _, s := range d.Statements() {
		s.Expiry()
		s.GrantsTo("AIDAJQABLZS4A3QDU576Q")
		s.Orphans()
		s.Matches(ask("ABCDEFGH").Statements()[0])
	}
}

// FuzzCompare checks the laws of comparison on any two documents.
func FuzzCompare(f *testing.F) {
	all := mutants.Of(1000, foreign...)
	for i, text := range all {
		f.Add(text, foreign[(i+1)%len(foreign)])
		f.Add(text, all[(i+1)%len(all)])
	}
	f.Add(`{"Statement":[{"Sid":"a"},{"Sid":"b"}]}`, `{"Statement":[{"Sid":"b"},{"Sid":"a"}]}`)
	f.Fuzz(func(t *testing.T, one, other string) {
		a, err := policy.Parse([]byte(one))
		b, err2 := policy.Parse([]byte(other))
		if err != nil || err2 != nil {
			return
		}
		same := policy.Equivalent(a, b)
		if same != policy.Equivalent(b, a) || !policy.Equivalent(a, a) || one == other && !same {
			t.Fatalf("Equivalent contradicts itself on\n%s\n%s", one, other)
		}
		sentence, diff := policy.Describe(a, b)
		if same != (sentence == "Changes nothing.") || same && diff != "" {
			t.Fatalf("Equivalent %v, but %q and the diff\n%s", same, sentence, diff)
		}
	})
}
