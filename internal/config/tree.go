package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// kind is the YAML type of a value.
type kind string

const (
	nullKind   kind = "nothing"
	textKind   kind = "text"
	numberKind kind = "a number"
	boolKind   kind = "true or false"
	listKind   kind = "a list"
	mapKind    kind = "a mapping"
	badKind    kind = "reported" // a problem with it was reported; report no other
)

// A node is a value with its position. Anchors, aliases and merges are
// resolved. A value of an anchor keeps the anchor's position, where it can be
// corrected.
type node struct {
	mark
	kind    kind
	text    string // of text, a number or a boolean: as written, without quotes
	items   []node
	entries []entry
	size    int // number of nodes in it, itself included
}

type entry struct {
	mark  // of the key
	key   string
	value node
}

// treeBuilder builds a tree from the parser's nodes.
type treeBuilder struct {
	in      *source
	p       *problems
	anchors map[string]node
}

func (t *treeBuilder) node(n ast.Node) node {
	at := markOf(t.in, n.GetToken())
	switch n := n.(type) {
	case *ast.MappingNode:
		return t.mapping(at, n.IsFlowStyle, n.Values)
	case *ast.MappingValueNode:
		return t.mapping(at, n.IsFlowStyle, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		list := node{mark: at, kind: listKind, size: 1}
		for _, v := range n.Values {
			list.add(t.node(v))
		}
		return list
	case *ast.AnchorNode:
		v := t.node(n.Value)
		t.anchors[n.Name.GetToken().Value] = v
		return v
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		v, ok := t.anchors[name]
		if !ok {
			t.p.add(at, "%s", noAnchor(name))
			return node{mark: at, kind: badKind, size: 1}
		}
		return v
	case *ast.TagNode:
		v := t.node(n.Value)
		if n.Start.Value == "!!str" && (v.kind == numberKind || v.kind == boolKind) {
			v.kind = textKind
		} else if n.Start.Value != "!!"+map[kind]string{textKind: "str", listKind: "seq", mapKind: "map"}[v.kind] {
			t.p.add(at, "the tag %s has no meaning here: remove it", clip(n.Start.Value))
			return node{mark: at, kind: badKind, size: v.size}
		}
		return v
	}
	return t.scalar(at, n)
}

func (t *treeBuilder) scalar(at mark, n ast.Node) node {
	v := node{mark: at, text: n.GetToken().Value, size: 1}
	switch n := n.(type) {
	case *ast.StringNode:
		v.kind, v.text = textKind, n.Value
	case *ast.LiteralNode:
		v.kind, v.text = textKind, n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		v.kind = numberKind
	case *ast.BoolNode:
		v.kind = boolKind
	case *ast.NullNode:
		v.kind = nullKind
	default:
		v.kind = badKind
		t.p.add(at, "this YAML syntax is not supported: use plain keys, lists and values")
	}
	if credential.MatchString(v.text) {
		t.p.add(at, noCredentials)
		v.kind, v.text = badKind, ""
	}
	return v
}

// mapping reads keys and values in order. A merge adds the keys that the
// mapping lacks, wherever in the mapping it is.
func (t *treeBuilder) mapping(at mark, flow bool, values []*ast.MappingValueNode) node {
	m := node{mark: at, kind: mapKind, size: 1}
	var merged []node
	seen := map[string]mark{}
	for i, v := range values {
		key := v.Key.GetToken()
		if a, ok := v.Key.(*ast.AnchorNode); ok {
			key = a.Value.GetToken()
		}
		where := markOf(t.in, key)
		if i == 0 && !flow {
			m.mark = where // the parser's position of a mapping is its first colon
		}
		value := node{mark: where, kind: nullKind, size: 1}
		if v.Value != nil {
			value = t.node(v.Value)
		}
		if v.Key.IsMergeKey() {
			merged = append(merged, value)
			continue
		}
		if credential.MatchString(key.Value) {
			t.p.add(where, noCredentials)
			continue
		}
		if first, twice := seen[key.Value]; twice {
			t.p.add(where, "%q is set twice, first on line %d: keep one", clip(key.Value), first.line)
			continue
		}
		seen[key.Value] = where
		m.set(entry{where, key.Value, value})
	}
	for _, base := range merged {
		t.merge(&m, base, seen)
	}
	return m
}

func (t *treeBuilder) merge(m *node, base node, seen map[string]mark) {
	bases := []node{base}
	if base.kind == listKind {
		bases = base.items
	}
	for _, b := range bases {
		if b.kind != mapKind && b.kind != badKind {
			t.p.add(b.mark, "<< needs a mapping, but this is %s: use the alias of a mapping", b.kind)
		}
		for _, e := range b.entries {
			if _, own := seen[e.key]; !own {
				seen[e.key] = e.mark
				m.set(e)
			}
		}
	}
}

func (n *node) add(item node) {
	n.items = append(n.items, item)
	n.grow(item)
}

func (n *node) set(e entry) {
	n.entries = append(n.entries, e)
	n.grow(e.value)
}

// grow stops one over the limit, so that aliases of aliases cannot overflow the
// count.
func (n *node) grow(by node) { n.size = min(n.size+by.size, mostValues+1) }

func markOf(in *source, tk *token.Token) mark {
	if tk == nil || tk.Position == nil {
		return mark{in: in}
	}
	return mark{in, tk.Position.Line, tk.Position.Column}
}

// noAnchor explains an alias without an anchor.
func noAnchor(alias string) string {
	return fmt.Sprintf("*%s is a YAML alias without the anchor &%s before it: put quotes around it if you mean the text",
		clip(alias), clip(alias))
}
