package awssim

import "strings"

func lower(s string) string { return strings.ToLower(s) }

// Wildcards in an expanded pattern. They replace * and ?, because these are
// ordinary characters in the value of a variable.
const (
	anyRun = '\uE000'
	anyOne = '\uE001'
)

// wild converts a pattern without variables: its * and ? become wildcards.
func wild(pattern string) []rune {
	runes := []rune(pattern)
	for i, r := range runes {
		switch r {
		case '*':
			runes[i] = anyRun
		case '?':
			runes[i] = anyOne
		}
	}
	return runes
}

// glob reports whether all of s matches the pattern.
func glob(pattern []rune, s string) bool {
	text := []rune(s)
	p, t := 0, 0
	star, mark := -1, 0 // where to resume when the last anyRun takes one more rune
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == anyRun:
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == anyOne || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyRun {
		p++
	}
	return p == len(pattern)
}

// globFold matches case-insensitively, as for actions.
func globFold(pattern, s string) bool { return glob(wild(lower(pattern)), lower(s)) }

// expand replaces a pattern's variables by their values in ctx, and its
// wildcards by private runes. It is false if a variable does not have exactly
// one value; such a pattern matches nothing.
func expand(pattern string, modern bool, ctx values) ([]rune, bool) {
	var out []rune
	for rest := pattern; rest != ""; {
		at := strings.Index(rest, "${")
		end := -1
		if at >= 0 && modern {
			end = strings.IndexByte(rest[at:], '}')
		}
		if end < 0 {
			return append(out, wild(rest)...), true
		}
		out = append(out, wild(rest[:at])...)
		value, ok := ctx.variable(rest[at+2 : at+end])
		if !ok {
			return nil, false
		}
		out = append(out, []rune(value)...)
		rest = rest[at+end+1:]
	}
	return out, true
}

// values are the facts about a request, by condition key in lower case.
type values map[string][]string

// variable returns the value of ${name}, ${name, 'default'}, ${*}, ${?} or
// ${$}.
func (ctx values) variable(name string) (string, bool) {
	name, fallback, hasFallback := strings.Cut(name, ",")
	name = strings.TrimSpace(name)
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	if v := ctx[lower(name)]; len(v) == 1 {
		return v[0], true
	}
	return strings.Trim(strings.TrimSpace(fallback), "'"), hasFallback
}
