package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Describe returns the difference between two documents as one sentence and as
// a diff of pretty-printed statements. Statements with the same meaning are no
// difference, wherever they are.
func Describe(before, after Document) (sentence, diff string) {
	c := compare(before, after)
	return c.sentence(before, after), c.diff()
}

// A comparison sorts the statements. Each one of the old document is kept,
// changed or removed; each one of the new document is kept, changed or added.
type comparison struct {
	added, removed []Statement
	changed        [][2]Statement
	kept           int
}

func compare(before, after Document) (c comparison) {
	old := map[string]int{} // statements in before, by meaning
	for _, s := range before.Statements() {
		old[s.canonical()]++
	}
	same := map[string]int{} // how many of those are in after too
	for _, s := range after.Statements() {
		if key := s.canonical(); same[key] < old[key] {
			same[key]++
			c.kept++
		} else {
			c.added = append(c.added, s)
		}
	}
	for _, s := range before.Statements() {
		if key := s.canonical(); same[key] > 0 {
			same[key]--
		} else {
			c.removed = append(c.removed, s)
		}
	}
	c.pair()
	return c
}

// pair turns a removed and an added statement with the same Sid into a change,
// if the Sid occurs once on each side.
func (c *comparison) pair() {
	count := func(all []Statement, sid string) (n int) {
		for _, s := range all {
			if s.Sid() == sid {
				n++
			}
		}
		return n
	}
	var removed []Statement
	for _, s := range c.removed {
		sid := s.Sid()
		if sid == "" || count(c.removed, sid) != 1 || count(c.added, sid) != 1 {
			removed = append(removed, s)
			continue
		}
		at := slices.IndexFunc(c.added, func(t Statement) bool { return t.Sid() == sid })
		c.changed = append(c.changed, [2]Statement{s, c.added[at]})
		c.added = slices.Delete(slices.Clone(c.added), at, at+1)
	}
	c.removed = removed
}

func (c comparison) sentence(before, after Document) string {
	var parts []string
	say := func(verb string, all []Statement) {
		if len(all) > 0 {
			parts = append(parts, verb+" "+list(labels(all)))
		}
	}
	var changed []Statement
	for _, pair := range c.changed {
		changed = append(changed, pair[1])
	}
	say("adds", c.added)
	say("changes", changed)
	say("removes", c.removed)
	if v, w := before.effectiveVersion(), after.effectiveVersion(); v != w && !before.IsEmpty() && !after.IsEmpty() {
		parts = append(parts, fmt.Sprintf("changes the Version from %s to %s", v, w))
	}
	switch {
	case len(parts) == 0 && Equivalent(before, after):
		return "Changes nothing."
	case len(parts) == 0:
		return "Changes the order of the statements only."
	case after.IsEmpty():
		parts = append(parts, "nothing is left, so the policy is deleted")
	case before.IsEmpty():
		parts = append(parts, "the bucket has no policy yet")
	case c.kept == 1:
		parts = append(parts, "keeps the other statement as it is")
	case c.kept > 1:
		parts = append(parts, fmt.Sprintf("keeps the %d other statements as they are", c.kept))
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

func labels(all []Statement) (names []string) {
	for _, s := range all {
		name := s.Sid()
		switch {
		case name == "":
			name = "a statement without a Sid"
		case strings.ContainsFunc(name,
			func(r rune) bool { return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }):
			name = strconv.Quote(name) // S3 accepts any text, line ends too
		}
		names = append(names, name)
	}
	return names
}

func (c comparison) diff() string {
	var b strings.Builder
	hunk := func(label string, before, after []string) {
		fmt.Fprintf(&b, "@@ %s @@\n", label)
		for _, line := range DiffLines(before, after) {
			b.WriteString(line + "\n")
		}
	}
	for _, s := range c.removed {
		hunk(labels([]Statement{s})[0], s.pretty(), nil)
	}
	for _, pair := range c.changed {
		hunk(labels(pair[1:])[0], pair[0].pretty(), pair[1].pretty())
	}
	for _, s := range c.added {
		hunk(labels([]Statement{s})[0], nil, s.pretty())
	}
	return b.String()
}

// pretty returns the lines of s, with its values as they were written.
func (s Statement) pretty() []string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(s.raw), "", "  ") != nil {
		return []string{s.raw}
	}
	return strings.Split(b.String(), "\n")
}
