package audit

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func anEntry(i int) grant.Entry {
	return grant.Entry{
		At: noon.Add(time.Duration(i) * time.Second), Kind: "approve", Grant: "7K2M9QXA", State: grant.Approved,
		By: grant.Person{Team: "T0TEAM", User: "U0ADA"}, Why: fmt.Sprintf("because <%d> & \u2028", i),
		Facts: map[string]string{"bucket": "b", "after": `{"Version":"2012-10-17"}`},
	}
}

// chainOf returns a chain of n links.
func chainOf(t testing.TB, n int, edits ...func(i int, e *grant.Entry)) []Link {
	t.Helper()
	var links []Link
	var head grant.Head
	for i := range n {
		e := anEntry(i + 1)
		for _, edit := range edits {
			edit(i+1, &e)
		}
		l, err := Append(head, e)
		if err != nil {
			t.Fatal(err)
		}
		links, head = append(links, l), l.Head()
	}
	return links
}

// Auditors' programs depend on the form and the hash. A change needs a new
// version.
func TestFormOfAnEntry(t *testing.T) {
	l := chainOf(t, 2)[1]
	const body = `{"v":1,"at":"2026-11-02T12:00:02Z","kind":"approve","grant":"7K2M9QXA","state":"approved","team":"T0TEAM","by":"U0ADA",` +
		`"why":"because \u003c2\u003e \u0026 \u2028","facts":{"after":"{\"Version\":\"2012-10-17\"}","bucket":"b"}}`
	if string(l.Body) != body {
		t.Errorf("an entry reads\n%s\nwant\n%s", l.Body, body)
	}
	const hash = "89960fb932ae6ff1256a022fefd0037a7d3d62b73a6ab87e595c77a60c939faf" // computed by another program from the comment of sum
	if got := hex.EncodeToString(l.Hash[:]); got != hash {
		t.Errorf("its hash is %s; want %s", got, hash)
	}
	line, err := l.line()
	if want := fmt.Sprintf(`{"seq":2,"prev":"%x","hash":"%s","entry":%s}`, l.Prev, hash, body) + "\n"; err != nil || string(line) != want {
		t.Errorf("its line reads\n%s\nwant\n%s", line, want)
	}
	if head := l.Head(); head.Seq != 2 || head.Hash != hash || !head.At.Equal(noon.Add(2*time.Second)) {
		t.Errorf("its head is %+v", head)
	}
	bare, err := Encode(grant.Entry{At: noon.In(time.FixedZone("CET", 3600)), Kind: "start"})
	if want := `{"v":1,"at":"2026-11-02T12:00:00Z","kind":"start"}`; err != nil || string(bare) != want {
		t.Errorf("an entry of the bot's own reads %s; want %s", bare, want)
	}
}

func TestAppendTo(t *testing.T) {
	for _, hash := range []string{"zz", "abcd", strings.Repeat("0", 63)} {
		_, err := Append(grant.Head{Seq: 1, Hash: hash}, anEntry(1))
		if want := fmt.Sprintf("the head of the chain %q is not a hash", hash); err == nil || err.Error() != want {
			t.Errorf("behind %q: %v; want %q", hash, err, want)
		}
	}
	e := anEntry(1)
	e.At = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := Append(grant.Head{}, e); err == nil || !strings.HasPrefix(err.Error(), "encoding an audit entry: ") {
		t.Errorf("in the year 12000: %v", err)
	}
}

func TestCheck(t *testing.T) {
	links := chainOf(t, 3)
	head := links[0].Head()
	for _, c := range []struct {
		name string
		edit func(l *Link)
		want string
	}{
		{"unchanged", func(*Link) {}, ""},
		{"another number", func(l *Link) { l.Seq = 3 }, "entry 2 is missing: entry 3 stands in its place"},
		{"another previous hash", func(l *Link) { l.Prev[31] ^= 1 }, "entry 2 does not follow the one before it"},
		{"another hash", func(l *Link) { l.Hash[0] ^= 1 }, "entry 2 is not what was written"},
		{"another body", func(l *Link) { l.Body = append([]byte(" "), l.Body...) }, "entry 2 is not what was written"},
		{"the next one", func(l *Link) { *l = links[2] }, "entry 2 is missing: entry 3 stands in its place"},
		{"the one before", func(l *Link) { *l = links[0] }, "entry 2 is missing: entry 1 stands in its place"},
		{"another body with its hash", func(l *Link) { l.Body = []byte("{}"); l.Hash = l.sum() }, ""}, // only the next entry shows it
	} {
		l := links[1]
		c.edit(&l)
		if err := Check(head, l); said(err) != c.want {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
		if c.name == "made anew" {
			if err := Check(l.Head(), links[2]); said(err) != "entry 3 does not follow the one before it" {
				t.Errorf("the one after one made anew: %v", err)
			}
		}
	}
	first := links[0]
	first.Prev[0] = 1
	if err := Check(grant.Head{}, first); said(err) != "entry 1 does not follow the one before it" {
		t.Errorf("a first that follows something: %v", err)
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
