package audit

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// logOf is the file that follows a chain.
func logOf(t testing.TB, links []Link) string {
	t.Helper()
	var text strings.Builder
	for _, l := range links {
		line, err := l.line()
		if err != nil {
			t.Fatal(err)
		}
		text.Write(line)
	}
	return text.String()
}

func headOf(l Link) string { return fmt.Sprintf("%d:%x", l.Seq, l.Hash) }

func TestVerifyFile(t *testing.T) {
	links := chainOf(t, 5)
	good := logOf(t, links)
	lines := strings.SplitAfter(good, "\n")[:5]
	other := chainOf(t, 5, func(i int, e *grant.Entry) { e.Why += "!" })
	join := func(l ...string) string { return strings.Join(l, "") }
	const notAsWritten = "line 3: reading a line: it is not written as the bot writes"
	notHead := func(s string) string {
		return fmt.Sprintf("%q is not a head of the chain (hint: it is SEQ:HASH, as the bot posted it in the admin channel)", s)
	}
	for _, c := range []struct {
		name, text, posted string
		want               string
		seq                uint64 // the last valid entry
	}{
		{"good", good, "", "", 5},
		{"good, with its head", good, headOf(links[4]), "", 5},
		{"good, with an earlier head", good, headOf(links[1]), "", 5},
		{"good, with a head in capitals", good, strings.ToUpper(headOf(links[1])), "", 5},
		{"empty", "", "", "", 0},
		{"a word edited", strings.Replace(good, "because \\u003c3", "becouse \\u003c3", 1), "", "line 3: entry 3 is not what was written", 2},
		{"an entry deleted", join(lines[0], lines[1], lines[3], lines[4]), "", "line 3: entry 3 is missing: entry 4 stands in its place", 2},
		{"the first deleted", join(lines[1:]...), "", "line 1: entry 1 is missing: entry 2 stands in its place", 0},
		{"two swapped", join(lines[0], lines[2], lines[1], lines[3]), "", "line 2: entry 2 is missing: entry 3 stands in its place", 1},
		{"an entry twice", join(lines[0], lines[1], lines[1], lines[2]), "", "line 3: entry 3 is missing: entry 2 stands in its place", 2},
		{"an entry of another chain", join(lines[0], lines[1], logOf(t, other[2:3]), lines[3]), "", "line 3: entry 3 does not follow the one before it", 2},
		{"an entry with a forged hash", join(lines[0], lines[1], logOf(t, []Link{forged(links[2])}), lines[3]), "", "line 4: entry 4 does not follow the one before it", 3},
		{"a word behind a line", join(lines[0], lines[1], strings.TrimSuffix(lines[2], "\n")+" {}\n"), "", notAsWritten, 2},
		{"white space in a line", join(lines[0], lines[1], strings.Replace(lines[2], ",", ", ", 1)), "", notAsWritten, 2},
		{"a member twice", join(lines[0], lines[1], strings.Replace(lines[2], `{"seq":3`, `{"seq":4,"seq":3`, 1)), "", notAsWritten, 2},
		{"a member more", join(lines[0], lines[1], strings.Replace(lines[2], `{"seq":3`, `{"x":1,"seq":3`, 1)), "", `line 3: reading a line: json: unknown field "x"`, 2},
		{"an empty line", join(lines[0], "\n", lines[1]), "", "line 2: reading a line: EOF", 1},
		{"no hash", join(lines[0], `{"seq":2,"prev":"00","hash":"","entry":{}}`+"\n"), "", `line 2: "00" is not a hash`, 1},
		{"not a log", "Dear diary,\n", "", "line 1: reading a line: invalid character 'D' looking for beginning of value", 0},
		{"the tail cut off", join(lines[:3]...), "", "", 3}, // only a posted head shows it
		{"the tail cut off, with the head", join(lines[:3]...), headOf(links[4]), "it ends with entry 3, and entry 5 was posted: it was cut or replaced", 3},
		{"all cut off, with the head", "", headOf(links[4]), "it ends with entry 0, and entry 5 was posted: it was cut or replaced", 0},
		{"another log, with the head", logOf(t, other), headOf(links[3]), fmt.Sprintf("entry 4 is %x, and %x was posted: it was replaced", other[3].Hash, links[3].Hash), 5},
		{"no head", good, "5", notHead("5"), 0},
		{"no head, another form", good, "5:abc", notHead("5:abc"), 0},
		{"no number", good, fmt.Sprintf("five:%x", links[4].Hash), notHead(fmt.Sprintf("five:%x", links[4].Hash)), 0},
	} {
		v, err := VerifyFile(strings.NewReader(c.text), c.posted)
		if said(err) != c.want || v.Seq != c.seq || v.Torn {
			t.Errorf("%s: %+v, %v; want %d, %q", c.name, v, err, c.seq, c.want)
		}
	}
}

// forged is a changed entry with a correct hash.
func forged(l Link) Link {
	l.Body = bytes.Replace(l.Body, []byte("U0ADA"), []byte("U0EVE"), 1)
	l.Hash = l.sum()
	return l
}

// A bot that is writing, or a crash, leaves an incomplete line. The lines
// before it are valid, wherever it was torn.
func TestVerifyFileWithATornLine(t *testing.T) {
	text := logOf(t, chainOf(t, 3))
	whole := uint64(0)
	for at := range len(text) {
		v, err := VerifyFile(strings.NewReader(text[:at]), "")
		if at > 0 && text[at-1] == '\n' {
			whole++
		}
		if err != nil || v.Seq != whole || v.Torn != (at > 0 && text[at-1] != '\n') {
			t.Fatalf("cut at %d: %+v, %v; want %d", at, v, err, whole)
		}
	}
}

func TestVerifyFileWithALineThatNeverEnds(t *testing.T) {
	text := logOf(t, chainOf(t, 1)) + strings.Repeat("x", longestLine+1)
	if _, err := VerifyFile(strings.NewReader(text), ""); said(err) != "after entry 1: bufio.Scanner: token too long" {
		t.Errorf("%v", err)
	}
}

func BenchmarkVerifyFile(b *testing.B) {
	text := logOf(b, chainOf(b, 100_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if v, err := VerifyFile(strings.NewReader(text), ""); err != nil || v.Seq != 100_000 {
			b.Fatalf("%+v, %v", v, err)
		}
	}
}
