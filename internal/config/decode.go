package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"s3share/internal/grant"
)

// decodeMain reads the main config file.
func decodeMain(root node, p *problems) (f file) {
	const what = "the config"
	p.fill(&f, p.asMapping(root, what), what)
	return f
}

// decodeIncluded adds the contents of an included file.
func (f *file) decodeIncluded(root node, main *source, p *problems) {
	var more included
	const what = "an included file"
	root = p.asMapping(root, what)
	root.entries = slices.DeleteFunc(slices.Clone(root.entries), func(e entry) bool {
		misplaced := slices.Contains(keys(*f), e.key) && !slices.Contains(keys(more), e.key)
		if misplaced {
			p.add(e.mark, "%s is not allowed in an included file: move it to %s", e.key, main.name)
		}
		return misplaced
	})
	p.fill(&more, root, what)
	f.Accounts = append(f.Accounts, more.Accounts...)
	f.People = append(f.People, more.People...)
	f.Rules = append(f.Rules, more.Rules...)
	f.Levels = append(f.Levels, more.Levels...)
}

// A decoder is a value with its own way of reading.
type decoder interface {
	decode(p *problems, n node, key string, tag reflect.StructTag)
}

// fill reads n into the struct that to points to, whose tags name the keys.
// Other keys are reported. If n cannot be used, neither can any field.
func (p *problems) fill(to any, n node, what string) {
	if to, ok := to.(interface{ locate(mark) }); ok {
		to.locate(n.mark)
	}
	v := reflect.ValueOf(to).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if key := f.Tag.Get("yaml"); key != "" {
			p.field(v.FieldByIndex(f.Index), p.value(n, key, f.Tag), key, f.Tag)
		}
	}
	known := keys(v.Interface())
	for _, e := range n.entries {
		switch {
		case slices.Contains(known, e.key):
		case secretKey.MatchString(e.key):
			p.add(e.mark, noCredentials)
		default:
			p.add(e.mark, "%q is not a key of %s: %s", clip(e.key), what, suggest(e.key, known))
		}
	}
}

// keys returns the keys of a struct, in the order of its fields.
func keys(of any) (all []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
		if key := f.Tag.Get("yaml"); key != "" {
			all = append(all, key)
		}
	}
	return all
}

// value returns the value of a key. A missing key has a node without a kind; an
// unusable value was reported.
func (p *problems) value(n node, key string, tag reflect.StructTag) node {
	if n.kind != mapKind {
		return node{mark: n.mark, kind: n.kind}
	}
	i := slices.IndexFunc(n.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return node{mark: n.mark}
	}
	v := n.entries[i].value
	switch anyText := tag.Get("text") == "any"; {
	case anyText && v.kind == nullKind:
		v.kind, v.text = textKind, ""
	case anyText && v.kind == numberKind: // kept as written: 9090 is a port and no address
		v.kind = textKind
	case v.kind == nullKind:
		p.add(n.entries[i].mark, "%s has no value: set one or remove the key", key)
		v.kind = badKind
	}
	return v
}

// field fills a value, a list of structs, a struct that may be missing (a
// pointer), or a struct.
func (p *problems) field(to reflect.Value, n node, key string, tag reflect.StructTag) {
	switch d, ok := to.Addr().Interface().(decoder); {
	case ok:
		d.decode(p, n, key, tag)
	case to.Kind() == reflect.Slice:
		var list found[[]node]
		list.decode(p, n, key, tag)
		for _, item := range list.v {
			if p.isMapping(item, tag.Get("each")) {
				to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
				p.fill(to.Index(to.Len()-1).Addr().Interface(), item, tag.Get("each"))
			}
		}
	case to.Kind() == reflect.Pointer:
		if n.kind != "" && n.kind != badKind {
			to.Set(reflect.New(to.Type().Elem()))
			p.fill(to.Interface(), p.asMapping(n, key), key)
		}
	default:
		if n.kind != "" && !p.isMapping(n, key) {
			n = node{mark: n.mark, kind: badKind}
		}
		p.fill(to.Addr().Interface(), n, key)
	}
}

// isMapping reports every other value that was not reported before.
func (p *problems) isMapping(n node, what string) bool {
	if n.kind != mapKind && n.kind != badKind {
		p.add(n.mark, "%s must be keys with values, but is %s", what, n.kind)
	}
	return n.kind == mapKind
}

// asMapping returns an empty mapping for any other value, after a report.
func (p *problems) asMapping(n node, what string) node {
	if !p.isMapping(n, what) {
		return node{mark: n.mark, kind: mapKind}
	}
	return n
}

// decode reads n, and reports a value of the wrong type.
func (f *found[T]) decode(p *problems, n node, key string, tag reflect.StructTag) {
	f.mark = n.mark
	if n.kind != "" {
		f.ok = n.kind != badKind && p.read(&f.v, n, key, tag.Get("like"))
		f.bad = !f.ok
	}
}

// read sets the value that to points to, or reports why not. like is an example
// of a list.
func (p *problems) read(to any, n node, key, like string) bool {
	want := ""
	switch to := to.(type) {
	case *string:
		switch n.kind {
		case textKind:
			*to = n.text
			return true
		case numberKind, boolKind:
			p.add(n.mark, `%s is %s in YAML: put it in quotes, like "%s"`, key, n.kind, clip(n.text))
			return false
		}
		want = "text"
	case *int:
		if v, err := strconv.Atoi(n.text); n.kind == numberKind && err == nil {
			*to = v
			return true
		}
		want = "a whole number like 2"
	case *bool:
		if n.kind == boolKind {
			*to = strings.EqualFold(n.text, "true")
			return true
		}
		want = "true or false"
	case *grant.Term:
		if n.kind == textKind {
			v, err := grant.ParseTerm(n.text)
			if err != nil {
				p.add(n.mark, "%s is wrong: %s", key, reason(err))
			}
			*to = v
			return err == nil
		}
		want = "a duration like 45m, 8h or 3d"
	case *time.Duration: // may have seconds, unlike a term
		if v, err := time.ParseDuration(n.text); n.kind == textKind && err == nil {
			*to = v
			return true
		}
		var term grant.Term
		ok := p.read(&term, n, key, like)
		*to = term.Duration()
		return ok
	case *[]node:
		if n.kind == listKind {
			*to = n.items
			return true
		}
		want = "a list like " + like
	case *[]found[grant.Term]:
		return readList(p, to, n, key, like)
	case *[]found[string]:
		ok := readList(p, to, n, key, like)
		p.dropRepeated(to, key)
		return ok
	}
	p.add(n.mark, "%s must be %s, but is %s", key, want, shown(n))
	return false
}

// readList leaves out unreadable items, after a report.
func readList[T any](p *problems, to *[]found[T], n node, key, like string) bool {
	var items []node
	ok := p.read(&items, n, key, like)
	for _, item := range items {
		var f found[T]
		if f.decode(p, item, key, ""); f.ok {
			*to = append(*to, f)
		}
	}
	return ok
}

func (p *problems) dropRepeated(list *[]found[string], key string) {
	seen := map[string]bool{}
	*list = slices.DeleteFunc(*list, func(f found[string]) bool {
		twice := seen[f.v]
		if twice {
			p.add(f.mark, "%s lists %q twice: remove one", key, clip(f.v))
		}
		seen[f.v] = true
		return twice
	})
}

// shown quotes a scalar, and names the kind of any other value.
func shown(n node) string {
	if n.kind == textKind || n.kind == numberKind {
		return strconv.Quote(clip(n.text))
	}
	return string(n.kind)
}
