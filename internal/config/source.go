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

// A source is one file, with its names for people.
type source struct {
	name  string // as in an error
	short string // relative to the config file's directory; part of a rule's name
	order int    // its place among the files
}

// A mark is a position in a file. Line and column count from 1; both are 0 for
// a whole file.
type mark struct {
	in        *source
	line, col int
}

// locate sets the position of a struct that embeds it.
func (m *mark) locate(at mark) { *m = at }

// brief returns a short form of the position, for a rule's name or another
// sentence.
func (m mark) brief() string { return fmt.Sprintf("%s:%d", m.in.short, m.line) }

// A problem is one mistake in a file.
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

// problems collects errors and warnings in any order.
type problems struct{ all, odd []problem }

func (p *problems) add(at mark, format string, args ...any) {
	p.all = append(p.all, problem{at, printable(fmt.Sprintf(format, args...))})
}

func (p *problems) warn(at mark, format string, args ...any) {
	p.odd = append(p.odd, problem{at, printable(fmt.Sprintf(format, args...))})
}

// printable makes s one safe line: text from a file must neither break the line
// nor control the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// err returns all problems in file order, or nil.
func (p *problems) err() error {
	var errs []error
	for _, one := range inOrder(p.all) {
		errs = append(errs, one)
	}
	return errors.Join(errs...)
}

// warnings returns the warnings in file order.
func (p *problems) warnings() (all []string) {
	for _, one := range inOrder(p.odd) {
		all = append(all, one.Error())
	}
	return all
}

// inOrder returns a copy, sorted by position and without duplicates.
func inOrder(all []problem) []problem {
	all = slices.Clone(all) // compacting in place would leave empty problems for the next caller
	slices.SortStableFunc(all, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.in.order, b.in.order), cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col))
	})
	// An anchor is read once for each alias, and a credential is found by its
	// key and by its value. Report it once.
	return slices.CompactFunc(all, func(a, b problem) bool {
		return a.in == b.in && a.line == b.line && a.sentence == b.sentence
	})
}

// reason turns a refusal, which is made of sentences, into the end of a
// sentence.
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

// decapitalise removes the first capital letter and the full stop. Words with a
// second capital or a digit, such as S3, stay.
func decapitalise(s string) string {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] == ' ' || s[1] >= 'a' && s[1] <= 'z') {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// clip shortens text of the file for quoting.
func clip(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
