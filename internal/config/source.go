package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"s3share/internal/grant"
)

// A source is one file, by the name that people know it under.
type source struct {
	name  string // as an error names it
	short string // relative to the config file's directory, as a rule is named after it
	order int    // its place among the files
}

// A mark is where something stands. Line and column count from 1; both are 0
// for what is said of a whole file.
type mark struct {
	in        *source
	line, col int
}

// brief says where m is for a rule's name or in a sentence about another line.
func (m mark) brief() string { return fmt.Sprintf("%s:%d", m.in.short, m.line) }

// A problem is one thing that is wrong with a file.
type problem struct {
	mark
	sentence string
}

func (p problem) Error() string {
	if p.line == 0 {
		return p.in.name + ": " + p.sentence
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.in.name, p.line, p.col, p.sentence)
}

// problems gathers everything that is wrong, in whatever order it is found, and what
// is odd and can be meant.
type problems struct{ all, odd []problem }

func (p *problems) add(at mark, format string, args ...any) {
	p.all = append(p.all, problem{at, printable(fmt.Sprintf(format, args...))})
}

func (p *problems) warn(at mark, format string, args ...any) {
	p.odd = append(p.odd, problem{at, printable(fmt.Sprintf(format, args...))})
}

// printable is a sentence in one line: what a file has in it must neither break
// the line nor steer the terminal that shows it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// err returns all problems in the order of the lines, or nil.
func (p *problems) err() error {
	var errs []error
	for _, one := range inOrder(p.all) {
		errs = append(errs, one)
	}
	return errors.Join(errs...)
}

// warnings returns what is odd, in the order of the lines.
func (p *problems) warnings() (all []string) {
	for _, one := range inOrder(p.odd) {
		all = append(all, one.Error())
	}
	return all
}

// inOrder returns a copy that is sorted by place and tells each problem once.
func inOrder(all []problem) []problem {
	all = slices.Clone(all) // compacting in place would leave empty problems behind for the next caller
	slices.SortStableFunc(all, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.in.order, b.in.order), cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col))
	})
	// An anchor is read once for each of its aliases, a credential is seen both
	// by its key and by its value: say it once.
	return slices.CompactFunc(all, func(a, b problem) bool {
		return a.in == b.in && a.line == b.line && a.sentence == b.sentence
	})
}

// reason turns an answer of the domain, which is made of sentences, into the
// end of one.
func reason(err error) string {
	r, ok := errors.AsType[*grant.Refusal](err)
	if !ok {
		return err.Error()
	}
	s := decapitalise(r.Sentence)
	if r.Hint != "" {
		s += "; " + decapitalise(r.Hint)
	}
	return s
}

// decapitalise takes the capital of a sentence's first word and its full stop.
// "S3 cannot …" and other words with a second capital or digit stay.
func decapitalise(s string) string {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] == ' ' || s[1] >= 'a' && s[1] <= 'z') {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// clip cuts what somebody wrote for a sentence that quotes it.
func clip(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
