package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/internal/grant"
)

// A found is a value with its position. A missing value has neither ok nor bad
// set, and the position of the mapping that lacks it.
type found[T any] struct {
	mark
	v   T
	ok  bool
	bad bool // present but unreadable; a problem was reported
}

func good[T any](n node, v T) found[T] { return found[T]{mark: n.mark, v: v, ok: true} }
func bad[T any](n node) found[T]       { return found[T]{mark: n.mark, bad: true} }

// absent is the value for a failed [table.get]: missing, or without a value.
func absent[T any](n node) found[T] { return found[T]{mark: n.mark, bad: n.kind != ""} }

// mistyped reports a value of the wrong type.
func (p *problems) mistyped(n node, format string, args ...any) {
	if n.kind != badKind {
		p.add(n.mark, format, args...)
	}
}

// or returns the value, or a default if it is missing.
func (f found[T]) or(otherwise T) T {
	if f.ok {
		return f.v
	}
	return otherwise
}

// A table reads one mapping. A key that was never read before close is unknown.
// So the known keys are listed only where they are read.
type table struct {
	p     *problems
	what  string // its description with an article: a rule
	n     node
	asked []string
}

func (p *problems) table(n node, what string) *table {
	if n.kind != mapKind {
		p.mistyped(n, "%s should be keys with values, and is %s", what, n.kind)
		n.entries = nil
	}
	return &table{p: p, what: what, n: n}
}

// tables reads a list of mappings. Other items are reported and left out.
func (t *table) tables(key, like, what string) []*table {
	var all []*table
	for _, n := range t.list(key, like).v {
		if item := t.p.table(n, what); n.kind == mapKind {
			all = append(all, item)
		}
	}
	return all
}

// get returns the value of a key. A missing key returns a node without a kind
// and false. An unusable value returns false after a report.
func (t *table) get(key string) (node, bool) {
	t.asked = append(t.asked, key)
	for _, e := range t.n.entries {
		if e.key != key {
			continue
		}
		if e.value.kind == nullKind {
			t.p.add(e.mark, "%s has no value: give it one, or take it away", key)
		}
		return e.value, e.value.kind != nullKind && e.value.kind != badKind
	}
	return node{mark: t.n.mark}, false
}

func (t *table) text(key string) found[string] {
	n, ok := t.get(key)
	if !ok {
		return absent[string](n)
	}
	return t.p.text(n, key)
}

func (p *problems) text(n node, key string) found[string] {
	switch n.kind {
	case textKind:
		return good(n, n.text)
	case numberKind, boolKind:
		p.mistyped(n, `%s is %s to YAML: put it in quotes, like "%s"`, key, n.kind, clip(n.text))
	default:
		p.mistyped(n, "%s should be text, and is %s", key, n.kind)
	}
	return bad[string](n)
}

func (t *table) number(key string) found[int] {
	n, ok := t.get(key)
	if !ok {
		return absent[int](n)
	}
	return t.p.number(n, key)
}

func (p *problems) number(n node, key string) found[int] {
	v, err := strconv.Atoi(n.text)
	if n.kind != numberKind || err != nil {
		p.mistyped(n, "%s should be a whole number like 2, and is %s", key, shown(n))
		return bad[int](n)
	}
	return good(n, v)
}

func (t *table) flag(key string) found[bool] {
	n, ok := t.get(key)
	if !ok {
		return absent[bool](n)
	}
	if n.kind != boolKind {
		t.p.mistyped(n, "%s should be true or false, and is %s", key, shown(n))
		return bad[bool](n)
	}
	return good(n, strings.EqualFold(n.text, "true"))
}

func (t *table) term(key string) found[grant.Term] {
	n, ok := t.get(key)
	if !ok {
		return absent[grant.Term](n)
	}
	return t.p.term(n, key)
}

func (p *problems) term(n node, key string) found[grant.Term] {
	if n.kind != textKind {
		p.mistyped(n, "%s should be a length of time like 45m, 8h or 3d, and is %s", key, shown(n))
		return bad[grant.Term](n)
	}
	v, err := grant.ParseTerm(n.text)
	if err != nil {
		p.add(n.mark, "%s is wrong: %s", key, reason(err))
		return bad[grant.Term](n)
	}
	return good(n, v)
}

// pause reads a duration that may have seconds, unlike a term.
func (t *table) pause(key string) found[time.Duration] {
	n, ok := t.get(key)
	if !ok {
		return absent[time.Duration](n)
	}
	if v, err := time.ParseDuration(n.text); n.kind == textKind && err == nil {
		return good(n, v)
	}
	term := t.p.term(n, key)
	return found[time.Duration]{term.mark, term.v.Duration(), term.ok, term.bad}
}

// list reads a list; like is an example for the error.
func (t *table) list(key, like string) found[[]node] {
	n, ok := t.get(key)
	switch {
	case !ok:
		return absent[[]node](n)
	case n.kind != listKind:
		t.p.mistyped(n, "%s should be a list like %s, and is %s", key, like, shown(n))
		return bad[[]node](n)
	}
	return good(n, n.items)
}

func (t *table) texts(key, like string) texts {
	nodes := t.list(key, like)
	list := texts{mark: nodes.mark, ok: nodes.ok, bad: nodes.bad}
	for _, n := range nodes.v {
		item := t.p.text(n, key)
		if !item.ok {
			continue
		}
		if slices.ContainsFunc(list.v, func(f found[string]) bool { return f.v == item.v }) {
			t.p.add(item.mark, "%s lists %q twice: take one away", key, clip(item.v))
			continue
		}
		list.v = append(list.v, item)
	}
	return list
}

// close reports every key that was not read. elsewhere maps keys that are valid
// in another place to their error.
func (t *table) close(elsewhere map[string]string) {
	for _, e := range t.n.entries {
		switch {
		case slices.Contains(t.asked, e.key):
		case elsewhere[e.key] != "":
			t.p.add(e.mark, "%s", elsewhere[e.key])
		case secretKey.MatchString(e.key):
			t.p.add(e.mark, noCredentials)
		default:
			t.p.add(e.mark, "%q is not a key of %s: %s", clip(e.key), t.what, suggest(e.key, t.asked))
		}
	}
}
