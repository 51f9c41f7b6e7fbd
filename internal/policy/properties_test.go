package policy_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"s3share/internal/policy"
)

// storeIDs are the grants of this store. Only their statements are the bot's.
var storeIDs = []string{"0TEST001", "0TEST002", "0TEST003", "0TEST004"}

func isThisStores(s policy.Statement) bool {
	id, formed := policy.IDOfSid(s.Sid())
	return formed && slices.Contains(storeIDs, id)
}

func isForeign(s policy.Statement) bool { return !isThisStores(s) }

func raws(d policy.Document, which func(policy.Statement) bool) []string {
	all := []string{}
	for _, s := range d.Statements() {
		if which(s) {
			all = append(all, string(s.Raw()))
		}
	}
	return all
}

// drawAsks returns the statements of some of this store's grants.
func drawAsks(t *rapid.T) (all []policy.Allow) {
	for _, id := range storeIDs {
		if rapid.Bool().Draw(t, id) {
			a := ask(id)
			a.Prefix = rapid.SampledFrom([]string{"", "builds", "a/b/"}).Draw(t, "prefix")
			a.Before = drawInstant(t, "before")
			all = append(all, a.Statements()...)
		}
	}
	return all
}

func TestAnyDocumentIsReadWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDocument(t)
		d := parse(t, doc.text)
		if got := string(d.Bytes()); got != doc.text {
			t.Fatalf("Bytes()\n got %s\nwant %s", got, doc.text)
		}
		if d.Size() != len(doc.text) {
			t.Fatalf("Size() is %d of %d bytes", d.Size(), len(doc.text))
		}
		all := func(policy.Statement) bool { return true }
		if got := raws(d, all); !slices.Equal(got, append([]string{}, doc.statements...)) {
			t.Fatalf("statements\n got %q\nwant %q", got, doc.statements)
		}
		if len(raws(d, isForeign)) != len(doc.statements) {
			t.Fatalf("some of %q was taken for ours", doc.statements)
		}
	})
}

// Any foreign text survives any number of edits and reads. After the bot's
// statements are removed, the text is the original one.
func TestInsertThenRemoveIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDocument(t)
		d := parse(t, doc.text)
		want := doc.text
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			d = d.Without(isThisStores).With(drawAsks(t)...)
			if got := raws(d, isForeign); !slices.Equal(got, append([]string{}, doc.statements...)) {
				t.Fatalf("the others' statements became\n%q\nwant\n%q", got, doc.statements)
			}
			if rapid.Bool().Draw(t, "written and read") {
				if doc.lone && len(d.Statements()) > 1 { // after the edit it is a list
					want = doc.listed
				}
				d = parse(t, string(d.Bytes()))
			}
		}
		if got := string(d.Without(isThisStores).Bytes()); got != want {
			t.Fatalf("in the end\n got %s\nwant %s", got, want)
		}
	})
}

func TestEditIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asks := drawAsks(t)
		edit := func(d policy.Document) policy.Document { return d.Without(isThisStores).With(asks...) }
		once := edit(parse(t, drawDocument(t).text).With(drawAsks(t)...))
		twice := edit(once)
		again := edit(parse(t, string(once.Bytes())))
		if !bytes.Equal(once.Bytes(), twice.Bytes()) || !bytes.Equal(once.Bytes(), again.Bytes()) {
			t.Fatalf("once\n%s\ntwice\n%s\nread and edited again\n%s", once.Bytes(), twice.Bytes(), again.Bytes())
		}
		if sentence, diff := policy.Describe(once, twice); sentence != "Changes nothing." || diff != "" {
			t.Fatalf("an edit that changes nothing: %s\n%s", sentence, diff)
		}
	})
}

// Removing one grant leaves the bot's other statements in place.
func TestRemovingOneGrantKeepsTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := parse(t, drawDocument(t).text).With(drawAsks(t)...)
		gone := rapid.SampledFrom(storeIDs).Draw(t, "gone")
		isGone := func(s policy.Statement) bool { id, _ := policy.IDOfSid(s.Sid()); return id == gone }
		stays := func(s policy.Statement) bool { return !isGone(s) }
		want, after := raws(d, stays), d.Without(isGone)
		if got := raws(after, func(policy.Statement) bool { return true }); !slices.Equal(got, want) {
			t.Fatalf("left are\n%q\nwant\n%q", got, want)
		}
	})
}

// AWS returns a policy with sorted lists and reordered members. It still means
// the same.
func TestRearrangedMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asks := drawAsks(t)
		d := policy.Document{}.With(asks...)
		for range rapid.IntRange(0, 3).Draw(t, "others") {
			d = parse(t, strings.Replace(string(d.Bytes()), `"Statement":[`, `"Statement":[`+soundStatement(t)+comma(d), 1))
		}
		back := parse(t, normalised(t, string(d.Bytes())))
		if !policy.Equivalent(d, back) {
			t.Fatalf("not the same any more:\n%s\n%s", d.Bytes(), back.Bytes())
		}
		if !policy.SameForeign(d, back, isThisStores) || !policy.SameForeign(d.Without(isThisStores), back, isThisStores) {
			t.Fatalf("others' statements are not the same any more:\n%s\n%s", d.Bytes(), back.Bytes())
		}
		var ours []policy.Statement
		for _, s := range back.Statements() {
			if isThisStores(s) {
				ours = append(ours, s)
			}
		}
		for i, s := range ours {
			if !s.Matches(asks[i]) {
				t.Fatalf("%s is not %s", s.Raw(), asks[i].Sid)
			}
		}
		if sentence, diff := policy.Describe(d, back); sentence != "Changes nothing." || diff != "" {
			t.Fatalf("%s\n%s", sentence, diff)
		}
	})
}

func comma(d policy.Document) string {
	if d.IsEmpty() {
		return ""
	}
	return ","
}

// soundStatement writes a statement that AWS would accept.
func soundStatement(t *rapid.T) string {
	w := writer{t}
	some := func(name string, from ...string) string {
		quoted := []string{}
		for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, len(from), rapid.ID).Draw(t, name) {
			quoted = append(quoted, w.text(s))
		}
		if len(quoted) == 1 && w.count("unwrapped", 1) == 0 {
			return quoted[0]
		}
		return w.list(quoted)
	}
	return w.object([]string{
		`"Sid"`, w.text(w.one("sid", "Same", "", "S3ShareZZZZZZZZ")),
		`"Effect"`, w.text(w.one("effect", "Allow", "Deny")),
		w.text(w.one("who", "Principal", "NotPrincipal")), w.object([]string{`"AWS"`, some("who", "arn:aws:iam::111111111111:user/a", "arn:aws:iam::111111111111:role/b")}),
		w.text(w.one("what", "Action", "NotAction")), some("what", "s3:GetObject", "s3:PutObject", "s3:ListBucket"),
		w.text(w.one("where", "Resource", "NotResource")), some("where", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b/c/*"),
		`"Condition"`, w.object([]string{
			`"StringLike"`, w.object([]string{`"s3:prefix"`, some("prefix", "a/*", "b/*", "c")}),
			`"Bool"`, w.object([]string{`"aws:SecureTransport"`, some("secure", "true")}),
		}),
	})
}

// A different element is a difference, however the rest is rearranged.
func TestDifferentMeansDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := soundStatement(t)
		var s map[string]any
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for name := range s {
			names = append(names, name)
		}
		slices.Sort(names)
		name := rapid.SampledFrom(names).Draw(t, "element")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			if name == "Sid" && s[name] == "" {
				s[name] = "was none"
			} else {
				delete(s, name)
			}
		case 1:
			value := s[name]
			delete(s, name)
			s["X-"+name] = value
			if name == "Sid" && value == "" {
				s["X-Sid"] = "x"
			}
		case 2:
			s[name] = different(s[name])
		}
		changed, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		a := parse(t, `{"Statement":[`+text+`]}`)
		b := parse(t, `{"Statement":`+string(changed)+`}`)
		if policy.Equivalent(a, b) || policy.Equivalent(b, a) {
			t.Fatalf("taken for the same:\n%s\n%s", text, changed)
		}
		if sentence, _ := policy.Describe(a, b); sentence == "Changes nothing." {
			t.Fatalf("said to change nothing:\n%s\n%s", text, changed)
		}
	})
}

// different returns a value of the same type with another meaning.
func different(v any) any {
	switch v := v.(type) {
	case map[string]any:
		other := map[string]any{}
		for name, value := range v {
			other[name] = different(value)
		}
		return other
	case []any:
		return append(slices.Clone(v), "one:more")
	}
	return v.(string) + "x"
}
