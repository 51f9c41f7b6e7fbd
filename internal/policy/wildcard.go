package policy

import "strings"

// Overlap reports whether some text matches both patterns. In a pattern *
// stands for any text and ? for any one character.
func Overlap(p, q string) bool {
	// can[j] is whether p[i:] and q[j:] have a text in common; i counts down.
	can := make([]bool, len(q)+1)
	next := make([]bool, len(q)+1)
	for i := len(p); i >= 0; i-- {
		can, next = next, can
		for j := len(q); j >= 0; j-- {
			starP, starQ := i < len(p) && p[i] == '*', j < len(q) && q[j] == '*'
			switch {
			case i == len(p) && j == len(q):
				can[j] = true
			case starP && starQ:
				can[j] = next[j] || can[j+1]
			case starP:
				can[j] = next[j] || j < len(q) && can[j+1]
			case starQ:
				can[j] = can[j+1] || i < len(p) && next[j]
			case i == len(p) || j == len(q):
				can[j] = false
			default:
				can[j] = next[j+1] && (p[i] == q[j] || p[i] == '?' || q[j] == '?')
			}
		}
	}
	return can[0]
}

// covers reports whether p matches every text that q matches. True is always
// right; false may be wrong, as for ?* and *.
func covers(p, q string) bool {
	i, j := 0, 0
	star, resume := -1, 0 // the last * in p, and where in q to resume after it
	for j < len(q) {
		switch {
		case i < len(p) && p[i] == '*':
			star, resume = i, j
			i++
		case i < len(p) && q[j] != '*' && (p[i] == q[j] || p[i] == '?'):
			i, j = i+1, j+1
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(p[i:], "*") == ""
}

// loosen replaces the policy variables in a pattern by *, so that it matches
// all values they can have.
func loosen(pattern string) string {
	before, rest, found := strings.Cut(pattern, "${")
	if !found {
		return pattern
	}
	_, after, closed := strings.Cut(rest, "}")
	if !closed {
		return before + "*"
	}
	return before + "*" + loosen(after)
}
