package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// A node is a JSON value. Its objects keep the order of their members, because
// AWS returns the members of a policy in the order they were written.
type node struct {
	kind    nodeKind
	scalar  string // the value of a string; the literal of a number, true, false or null
	list    []node
	members []member
}

type nodeKind int

const (
	nodeString nodeKind = iota
	nodeOther           // number, true, false, null
	nodeList
	nodeObject
)

type member struct {
	key string
	val node
}

// parseJSON reads one JSON value and nothing after it.
func parseJSON(text string) (node, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	n, err := parseNode(dec)
	if err != nil {
		return node{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("text after the JSON value")
	}
	return n, nil
}

func parseNode(dec *json.Decoder) (node, error) {
	tok, err := dec.Token()
	if err != nil {
		return node{}, err
	}
	switch tok := tok.(type) {
	case json.Delim:
		return parseComposite(dec, tok)
	case string:
		return node{kind: nodeString, scalar: tok}, nil
	case json.Number:
		return node{kind: nodeOther, scalar: tok.String()}, nil
	case bool:
		if tok {
			return node{kind: nodeOther, scalar: "true"}, nil
		}
		return node{kind: nodeOther, scalar: "false"}, nil
	}
	return node{kind: nodeOther, scalar: "null"}, nil
}

func parseComposite(dec *json.Decoder, open json.Delim) (node, error) {
	n := node{kind: nodeList}
	if open == '{' {
		n.kind = nodeObject
	}
	for dec.More() {
		var key string
		if n.kind == nodeObject {
			tok, err := dec.Token()
			if err != nil {
				return node{}, err
			}
			key = tok.(string) // the decoder guarantees a string here
		}
		val, err := parseNode(dec)
		if err != nil {
			return node{}, err
		}
		if n.kind == nodeObject {
			n.members = append(n.members, member{key, val})
		} else {
			n.list = append(n.list, val)
		}
	}
	_, err := dec.Token() // the closing bracket
	return n, err
}

// get returns an object's member, and whether it exists.
func (n node) get(key string) (node, bool) {
	i := slices.IndexFunc(n.members, func(m member) bool { return m.key == key })
	if i < 0 {
		return node{}, false
	}
	return n.members[i].val, true
}

// strings returns a scalar, or a list of scalars, as strings. It is false for
// other values.
func (n node) strings() ([]string, bool) {
	switch n.kind {
	case nodeObject:
		return nil, false
	case nodeString, nodeOther:
		return []string{n.scalar}, true
	}
	out := make([]string, 0, len(n.list))
	for _, e := range n.list {
		if e.kind == nodeList || e.kind == nodeObject {
			return nil, false
		}
		out = append(out, e.scalar)
	}
	return out, true
}

// String returns compact JSON.
func (n node) String() string {
	var b bytes.Buffer
	n.write(&b)
	return b.String()
}

func (n node) write(b *bytes.Buffer) {
	switch n.kind {
	case nodeString:
		writeString(b, n.scalar)
	case nodeOther:
		b.WriteString(n.scalar)
	case nodeList:
		b.WriteByte('[')
		for i, e := range n.list {
			if i > 0 {
				b.WriteByte(',')
			}
			e.write(b)
		}
		b.WriteByte(']')
	case nodeObject:
		b.WriteByte('{')
		for i, m := range n.members {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, m.key)
			b.WriteByte(':')
			m.val.write(b)
		}
		b.WriteByte('}')
	}
}

func writeString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)       // encoding a string cannot fail
	b.Truncate(b.Len() - 1) // remove the line feed that Encode adds
}
