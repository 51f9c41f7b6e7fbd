package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/policy"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const user = "arn:aws:iam::111111111111:user/test.user"

// ask is a grant to read the whole of bucket b.
func ask(id string) policy.Access {
	return policy.Access{
		ID: id, Principal: user, Bucket: "b", Before: noon,
		Object:        []string{"s3:GetObject"},
		BucketActions: []string{"s3:ListBucket"},
	}
}

func isOurs(s policy.Statement) bool {
	_, ours := policy.IDOfSid(s.Sid())
	return ours
}

func parse(t tester, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return d
}

// statement returns the only statement of a document.
func statement(t tester, text string) policy.Statement {
	t.Helper()
	all := parse(t, `{"Statement":[`+text+`]}`).Statements()
	if len(all) != 1 {
		t.Fatalf("%d statements in %s", len(all), text)
	}
	return all[0]
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "the policy is not JSON: there is no text"},
		{"policy", "the policy is not JSON: invalid character 'p' looking for beginning of value"},
		{`{"Statement":[`, "the policy is not JSON: it ends too early"},
		{`{"Statement":[]} {}`, "the policy is not JSON: something follows its end at byte 16"},
		{`{"Statement":[],}`, "the policy is not JSON: invalid character '}' looking for beginning of object key string"},
		{"\ufeff{}", "the policy is not JSON: invalid character 'ï' looking for beginning of value"},
		{"{\"Statement\":[],\"Id\":\"\xff\"}", "the policy is not valid UTF-8"},
		{strings.Repeat("[", 100), "the policy is nested more than 64 deep"},
		{`{"Statement":` + strings.Repeat("[", 100000), "the policy is nested more than 64 deep"},
		{`[]`, "the policy is not a JSON object"},
		{`"Statement"`, "the policy is not a JSON object"},
		{`null`, "the policy is not a JSON object"},
		{`{}`, "the policy has no Statement"},
		{`{"statement":[]}`, "the policy has no Statement"},
		{`{"Statement":[],"Statement":[]}`, `the policy has more than one "Statement"`},
		{`{"Statement":[],"statement":[]}`, `the policy has more than one "statement"`},
		{`{"Statement":[],"\u0053tatement":[]}`, `the policy has more than one "Statement"`},
		{`{"Statement":[],"ſtatement":[]}`, `the policy has more than one "ſtatement"`},
		{`{"Id":1,"Statement":[],"Id":1}`, `the policy has more than one "Id"`},
		{`{"Statement":"x"}`, "the policy's Statement is neither an object nor a list"},
		{`{"Statement":null}`, "the policy's Statement is neither an object nor a list"},
		{`{"Statement":[{},[]]}`, "statement 2 of the policy is not an object"},
	} {
		_, err := policy.Parse([]byte(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("Parse(%.60q)\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

// Policies that AWS may hold and that a careless edit breaks.
var foreign = []string{
	`{"Statement":[]}`,
	`{"Version":"2012-10-17","Statement":[{}]}`,
	// Three empty Sids, strings and lists, NotPrincipal, unknown members, the
	// old Version.
	`{"Version":"2008-10-17","Id":"Policy1415115909152","Statement":[
	  {"Sid":"","Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
	  {"Sid":"","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111111111111:root"]},"Action":["s3:*"],"Resource":["arn:aws:s3:::b/*"]},
	  {"Sid":"","Effect":"Allow","Principal":"*","NotAction":"s3:Put*","NotResource":"arn:aws:s3:::c","X-Team":{"owner":["data"]}}
	]}`,
	`{"Statement":[{"Sid":"Same","Effect":"Allow"},{"Sid":"Same","Effect":"Deny"},{"Effect":"Deny"}]}`,
	`{"Statement":[{"Condition":{"NumericLessThan":{"s3:max-keys":10.50},"Bool":{"aws:SecureTransport":false}}}]}`,
	`{ "Statement" : [ { "Sid" : "caf\u00e9 \/ <&>" } , {"Sid":"2"} ] , "Version" : "2012-10-17" }`,
	"\n{\t\"Statement\"\r\n:[ \n ]\n}\n ",
	`{"Statement":[{"Sid":"a","Sid":"b","sid":"c"}],"Comment":[1,2,{"Statement":"no"}]}`,
	`{"Id":"]},{[\"\\","Statement":[{"Sid":"]},{[\"\\"}]}`,
	`{"Statement":[{"Sid":"S3Share","Effect":"Allow"},{"Sid":"S3ShareABCDEFGHlist"},{"Sid":"xS3ShareABCDEFGH"}]}`,
	`{"Statement":[{"Sid":5},{"Effect":null},{"Principal":"arn"},{"Action":[[]]},{"Condition":{"a":1}}]}`,
}

var lone = []string{
	`{"Statement":{"Sid":"alone"}}`,
	`{"Version":"2008-10-17","Statement" : {"Effect" : "Deny"} ,"Id":"x"}`,
}

func TestUntouchedIsUnchanged(t *testing.T) {
	for _, text := range append(foreign, lone...) {
		d := parse(t, text)
		if got := string(d.Bytes()); got != text {
			t.Errorf("Bytes()\n got %s\nwant %s", got, text)
		}
		if got := string(d.Without(isOurs).With().Bytes()); got != text {
			t.Errorf("after an edit that does nothing\n got %s\nwant %s", got, text)
		}
	}
}

func TestAddedThenRemovedLeavesNoTrace(t *testing.T) {
	for _, text := range append(foreign, lone...) {
		d := parse(t, text)
		with := d.With(ask("ABCDEFGH").Statements()...)
		if got := string(with.Without(isOurs).Bytes()); got != text {
			t.Errorf("in memory\n got %s\nwant %s", got, text)
		}
		again := parse(t, string(with.Bytes()))
		if n := len(again.Statements()); n != len(d.Statements())+1 {
			t.Errorf("%d statements in %s", n, with.Bytes())
		}
		want := text
		for _, l := range lone { // after the edit it is a list
			if l == text {
				raw := string(d.Statements()[0].Raw())
				want = strings.Replace(text, raw, "["+raw+"]", 1)
			}
		}
		if got := string(again.Without(isOurs).Bytes()); got != want {
			t.Errorf("read again\n got %s\nwant %s", got, want)
		}
	}
}

func TestEdits(t *testing.T) {
	const ours = `{"Sid":"S3ShareABCDEFGH","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/test.user"},` +
		`"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],` +
		`"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`
	for _, c := range []struct{ name, before, after string }{
		{"a new document", "", `{"Version":"2012-10-17","Statement":[` + ours + `]}`},
		{"an empty list", `{"Statement":[ ]}`, `{"Statement":[` + ours + ` ]}`},
		{"the last place", `{"Statement":[{"Sid":"x"}]}`, `{"Statement":[{"Sid":"x"},` + ours + `]}`},
		{"a lone statement becomes a list", `{"Statement":{"Sid":"x"}}`, `{"Statement":[{"Sid":"x"},` + ours + `]}`},
		{"no Version stays so", `{"Id":"1","Statement":[]}`, `{"Id":"1","Statement":[` + ours + `]}`},
		{"an old Version stays", `{"Version":"2008-10-17","Statement":[]}`, `{"Version":"2008-10-17","Statement":[` + ours + `]}`},
	} {
		var d policy.Document
		if c.before != "" {
			d = parse(t, c.before)
		}
		if diff := cmp.Diff(c.after, string(d.With(ask("ABCDEFGH").Statements()...).Bytes())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWithoutKeepsTheRest(t *testing.T) {
	const text = `{"Statement":[ {"Sid":"a"} , {"Sid":"b"}	,{"Sid":"c"} ]}`
	for drop, want := range map[string]string{
		"a":   `{"Statement":[ {"Sid":"b"}	,{"Sid":"c"} ]}`,
		"b":   `{"Statement":[ {"Sid":"a"}	,{"Sid":"c"} ]}`,
		"c":   `{"Statement":[ {"Sid":"a"} , {"Sid":"b"} ]}`,
		"abc": `{"Statement":[ ]}`,
	} {
		d := parse(t, text)
		got := d.Without(func(s policy.Statement) bool { return strings.Contains(drop, s.Sid()) })
		if string(got.Bytes()) != want {
			t.Errorf("without %s\n got %s\nwant %s", drop, got.Bytes(), want)
		}
		if string(d.Bytes()) != text {
			t.Errorf("without %s: the document itself changed to %s", drop, d.Bytes())
		}
	}
}

// Two edits of one document must not share memory.
func TestEditsShareNoMemory(t *testing.T) {
	// Three additions one by one leave spare capacity in the slice.
	base := policy.Document{}.With(slices.Concat(ask("AAAAAAA1").Statements(), ask("AAAAAAA2").Statements(), ask("AAAAAAA3").Statements())...)
	b, c := base.With(ask("BBBBBBBB").Statements()...), base.With(ask("CCCCCCCC").Statements()...)
	if sid := b.Statements()[3].Sid(); sid != "S3ShareBBBBBBBB" {
		t.Errorf("the first edit now has %s", sid)
	}
	if sid := c.Statements()[3].Sid(); sid != "S3ShareCCCCCCCC" {
		t.Errorf("the second edit has %s", sid)
	}
}

func TestEmptyMustBeDeleted(t *testing.T) {
	if !(policy.Document{}).IsEmpty() {
		t.Error("the zero Document is not empty")
	}
	d := policy.Document{}.With(ask("ABCDEFGH").Statements()...)
	if d.IsEmpty() || !d.Without(isOurs).IsEmpty() {
		t.Error("only a document without statements is empty")
	}
}

func TestFits(t *testing.T) {
	filled := func(size int) policy.Document {
		const frame = `{"Version":"2012-10-17","Statement":[{"Sid":""}]}`
		return parse(t, strings.Replace(frame, `""`, `"`+strings.Repeat("x", size-len(frame))+`"`, 1))
	}
	for _, c := range []struct {
		size int
		fits bool
	}{
		{1000, true},
		{policy.MaxBucketPolicy - policy.SpareBucketPolicy, true},
		{policy.MaxBucketPolicy - policy.SpareBucketPolicy + 1, false},
		{20400, false}, // AWS would accept it, if it counts as assumed
		{20479, false},
		{20480, false},
		{20481, false},
	} {
		d := filled(c.size)
		if d.Size() != c.size || d.Fits() != c.fits {
			t.Errorf("%d bytes: Size %d, Fits %v", c.size, d.Size(), d.Fits())
		}
		if c.fits != (c.size <= 1000) && d.With(ask("ABCDEFGH").Statements()...).Fits() {
			t.Errorf("%d bytes and a grant still fit", c.size)
		}
	}
}

// The docs state this number of grants for one bucket.
func TestGrantsInOneBucket(t *testing.T) {
	d, n := policy.Document{}, 0
	for ; ; n++ {
		next := d.With(ask(fmt.Sprintf("A%07d", n)).Statements()...)
		if !next.Fits() {
			break
		}
		d = next
	}
	if n < 60 || n > 90 {
		t.Errorf("%d grants fit", n)
	}
}
