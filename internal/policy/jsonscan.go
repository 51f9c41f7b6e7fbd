package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth is far more than a policy needs (a condition's value is six deep)
// and far less than a stack overflow takes.
const maxDepth = 64

// checkJSON returns an error if text is not the JSON of a policy. The functions
// below rely on this check: they only look for the ends of values.
func checkJSON(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("the policy is not valid UTF-8")
	}
	if depth(text) > maxDepth {
		return fmt.Errorf("the policy is nested more than %d deep", maxDepth)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	var value json.RawMessage
	switch err := dec.Decode(&value); {
	case errors.Is(err, io.EOF):
		return errors.New("the policy is not JSON: there is no text")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the policy is not JSON: it ends too early")
	case err != nil:
		return fmt.Errorf("the policy is not JSON: %w", err)
	}
	if at := dec.InputOffset(); len(bytes.Trim(text[at:], whitespace)) > 0 {
		return fmt.Errorf("the policy is not JSON: something follows its end at byte %d", at)
	}
	return nil
}

const whitespace = " \t\r\n"

// depth returns how deep the brackets of text are nested, ignoring strings.
func depth(text []byte) (deepest int) {
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			open++
			deepest = max(deepest, open)
		case c == '}' || c == ']':
			open--
		}
	}
	return deepest
}

// A span is the position of a value in a text.
type span struct{ from, to int }

func (s span) of(text string) string { return text[s.from:s.to] }

// A member is a name and its value in an object.
type member struct {
	name  string // decoded
	value span
}

// members returns the members of the object at text[i] in order, duplicates
// included.
func members(text string, i int) (all []member) {
	i = skipSpace(text, i+1)
	for text[i] != '}' {
		end := skipString(text, i)
		name := unquote(text[i:end])
		i = skipSpace(text, skipSpace(text, end)+1) // the colon
		end = skipValue(text, i)
		all = append(all, member{name, span{i, end}})
		i = skipComma(text, end)
	}
	return all
}

// elements returns the elements of the list at text[i], and the position of its
// closing bracket.
func elements(text string, i int) (all []span, bracket int) {
	i = skipSpace(text, i+1)
	for text[i] != ']' {
		end := skipValue(text, i)
		all = append(all, span{i, end})
		i = skipComma(text, end)
	}
	return all, i
}

func skipSpace(text string, i int) int {
	for i < len(text) && strings.IndexByte(whitespace, text[i]) >= 0 {
		i++
	}
	return i
}

func skipComma(text string, i int) int {
	if i = skipSpace(text, i); text[i] == ',' {
		i = skipSpace(text, i+1)
	}
	return i
}

func skipString(text string, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipValue(text string, i int) int {
	for open := 0; i < len(text); {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			open++
			i++
			continue
		case '}', ']':
			open--
			i++
		case ' ', '\t', '\r', '\n', ',', ':':
			i++
			continue
		default: // a number, true, false or null
			i += len(text[i:]) - len(strings.TrimLeft(text[i:], "+-.0123456789abcdefghijklmnopqrstuvwxyzE"))
		}
		if open == 0 {
			return i
		}
	}
	return i
}

// unquote decodes a JSON string. Only escapes need the decoder.
func unquote(quoted string) string {
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		return quoted // impossible: checkJSON has read it
	}
	return s
}

// repeated returns a name that two members share, if any. It ignores case: JSON
// readers disagree on the value of such a name.
func repeated(all []member) (name string, found bool) {
	seen := make(map[string]bool, len(all))
	for _, m := range all {
		if seen[fold(m.name)] {
			return m.name, true
		}
		seen[fold(m.name)] = true
	}
	return "", false
}

// fold maps names that differ only by case to one text. Upper case first also
// folds the long s of "ſid" and the Kelvin sign.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
