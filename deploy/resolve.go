package deploy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A tagger returns the value for a tagged node, such as !Ref or !If.
type tagger interface {
	tag(tag, text string) (any, error)
	choose(*ast.SequenceNode) (any, error)
}

// noTags refuses all tags.
type noTags struct{}

func (noTags) tag(tag, _ string) (any, error) { return nil, fmt.Errorf("%s has no place there", tag) }
func (noTags) choose(*ast.SequenceNode) (any, error) {
	return nil, errors.New("!If has no place there")
}

// A resolver replaces references and conditions as CloudFormation does.
type resolver struct {
	given    Parameters
	declared map[string]Parameter

	conditions map[string]string // by name: the list that must not be empty
}

// noValue is AWS::NoValue: a key with this value is omitted.
type noValue struct{}

// conditions reads the only form of condition in the templates: a list is not
// empty.
func conditions(n ast.Node) map[string]string {
	all := map[string]string{}
	for _, m := range members(n) {
		all[m.Key.GetToken().Value] = ""
		ast.Walk(finder(func(tag, text string) {
			if tag == "!Ref" {
				all[m.Key.GetToken().Value] = text
			}
		}), m.Value)
	}
	return all
}

type finder func(tag, text string)

func (f finder) Visit(n ast.Node) ast.Visitor {
	if tag, ok := n.(*ast.TagNode); ok {
		f(tag.Start.Value, tag.Value.GetToken().Value)
	}
	return f
}

// choose resolves !If.
func (r resolver) choose(n *ast.SequenceNode) (any, error) {
	if len(n.Values) != 3 {
		return nil, errors.New("!If takes three values")
	}
	list, known := r.conditions[n.Values[0].GetToken().Value]
	if !known || list == "" {
		return nil, fmt.Errorf("the condition %s is more than this reader knows", n.Values[0].GetToken().Value)
	}
	if r.given[list] != "" {
		return plain(n.Values[1], r)
	}
	return plain(n.Values[2], r)
}

func (r resolver) tag(tag, text string) (any, error) {
	switch tag {
	case "!Ref":
		return r.ref(text)
	case "!Sub":
		return r.sub(text)
	case "!GetAtt":
		return text, nil // the package's users need no value for it
	}
	return nil, fmt.Errorf("%s is more than this reader knows", tag)
}

// ref returns the value of a parameter, or the name of a resource.
func (r resolver) ref(name string) (any, error) {
	declared, isParameter := r.declared[name]
	value, given := r.given[name]
	switch {
	case name == "AWS::NoValue":
		return noValue{}, nil
	case !given && declared.Default != "":
		value = declared.Default
	case !given && (isParameter || strings.Contains(name, "::")):
		return nil, fmt.Errorf("the parameter %s is missing", name)
	case !given:
		return name, nil
	}
	if declared.Type != "CommaDelimitedList" {
		return value, nil
	}
	var list []any
	for _, item := range strings.Split(value, ",") {
		list = append(list, strings.TrimSpace(item))
	}
	return list, nil
}

func (r resolver) sub(text string) (any, error) {
	before, rest, found := strings.Cut(text, "${")
	if !found {
		return text, nil
	}
	name, after, closed := strings.Cut(rest, "}")
	value, given := r.given[name]
	if !given {
		value = r.declared[name].Default
	}
	if !closed || value == "" {
		return nil, fmt.Errorf("the parameter %s is missing", name)
	}
	tail, err := r.sub(after)
	if err != nil {
		return nil, err
	}
	return before + value + tail.(string), nil
}

func parse(text []byte) (ast.Node, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, errors.New("it is not one document")
	}
	return file.Docs[0].Body, nil
}

// section returns the value of a key at the top, or nil.
func section(body ast.Node, name string) ast.Node {
	for _, m := range members(body) {
		if m.Key.GetToken().Value == name {
			return m.Value
		}
	}
	return nil
}

func members(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// plain converts n to the values that encoding/json would decode: maps, lists
// and scalars.
func plain(n ast.Node, tag tagger) (any, error) {
	switch n := n.(type) {
	case nil:
		return nil, nil
	case *ast.MappingNode, *ast.MappingValueNode:
		all := map[string]any{}
		for _, m := range members(n) {
			value, err := plain(m.Value, tag)
			if err != nil {
				return nil, err
			}
			all[m.Key.GetToken().Value] = value
		}
		return all, nil
	case *ast.SequenceNode:
		all := []any{}
		for _, item := range n.Values {
			value, err := plain(item, tag)
			if err != nil {
				return nil, err
			}
			if _, left := value.(noValue); !left {
				all = append(all, value)
			}
		}
		return all, nil
	case *ast.TagNode:
		if list, ok := n.Value.(*ast.SequenceNode); ok && n.Start.Value == "!If" {
			return tag.choose(list)
		}
		return tag.tag(n.Start.Value, n.Value.GetToken().Value)
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case ast.ScalarNode:
		return n.GetValue(), nil
	}
	return nil, fmt.Errorf("line %d: %T is more than this reader knows", n.GetToken().Position.Line, n)
}
