package config

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// parse reads one YAML document into a tree, and reports syntax errors.
func parse(in *source, data []byte, p *problems) (root node, ok bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > mostFileBytes:
		p.add(mark{in: in}, "the file is larger than 1 MiB: split it into included files")
		return node{}, false
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		p.add(mark{in: in}, "the file is not UTF-8 text: save it as UTF-8")
		return node{}, false
	}
	tokens := lexer.Tokenize(string(data))
	if at := secondDocument(tokens); at != nil {
		p.add(markOf(in, at), "a second YAML document begins here: keep one document in each file and include the other")
		return node{}, false
	}
	if at := tooDeep(tokens); at != nil {
		p.add(markOf(in, at), "the nesting is too deep: remove needless brackets and dashes")
		return node{}, false
	}
	body, err := document(tokens)
	if err != nil {
		p.addSyntax(in, err)
		return node{}, false
	}
	if body == nil {
		p.add(mark{in, 1, 1}, "the file is empty: it needs at least one key")
		return node{}, false
	}
	t := &treeBuilder{in: in, p: p, anchors: map[string]node{}}
	root = t.node(body)
	if root.size > mostValues {
		p.add(root.mark, "the file has more than %d values after its aliases are expanded: use fewer aliases", mostValues)
	}
	return root, root.size <= mostValues
}

// secondDocument returns the first token of a second document, or nil. It runs
// before the parser, which in some cases drops a second document.
func secondDocument(tokens token.Tokens) *token.Token {
	content, closed := false, false
	directive := 0 // line of the last directive; text on it is no content
	for _, tk := range tokens {
		switch tk.Type {
		case token.CommentType, token.SpaceType:
		case token.DirectiveType:
			directive = tk.Position.Line
		case token.DocumentHeaderType:
			if content {
				return tk
			}
		case token.DocumentEndType:
			closed = content
		default:
			if closed {
				return tk
			}
			content = content || tk.Position.Line != directive
		}
	}
	return nil
}

// tooDeep returns the token where the nesting exceeds the limit, or nil. The
// parser would take minutes for thousands of nested brackets, or of dashes in
// one line. Indentation cannot nest that deep in 1 MiB.
func tooDeep(tokens token.Tokens) *token.Token {
	depth, line, dashes := 0, 0, 0
	for _, tk := range tokens {
		if tk.Position.Line != line {
			line, dashes = tk.Position.Line, 0
		}
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			dashes++
		}
		if depth > deepestNesting || dashes > deepestNesting {
			return tk
		}
	}
	return nil
}

// document returns the body of the file's only document; nil if it is empty.
func document(tokens token.Tokens) (body ast.Node, err error) {
	// The parser indexes tokens that a malformed file may lack. A panic there
	// means a malformed file, and must not stop a running bot.
	defer func() {
		if r := recover(); r != nil {
			body, err = nil, errors.New("the parser failed")
		}
	}()
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	for _, doc := range f.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType || doc.Body.Type() == ast.CommentType {
			continue
		}
		return doc.Body, nil
	}
	return nil, nil
}

// addSyntax reports a syntax error. The parser's own text quotes nearby lines,
// which could contain a secret.
func (p *problems) addSyntax(in *source, err error) {
	syntax, ok := errors.AsType[*yaml.SyntaxError](err)
	if !ok || syntax.Token == nil {
		p.add(mark{in: in}, "this is not YAML: %v", clip(strings.Split(err.Error(), "\n")[0]))
		return
	}
	at := syntax.Token
	for _, tk := range []*token.Token{at, at.Prev} {
		if tk != nil && tk.Type == token.AliasType && tk.Position.Line == at.Position.Line {
			p.add(markOf(in, tk), `a bare * is a YAML alias: put quotes around it, like "*"`)
			return
		}
	}
	p.add(markOf(in, at), "this is not YAML: %s; look for a missing quote, colon or bracket, a tab, or a wrong indent",
		syntax.Message)
}
