package policy

import (
	"fmt"
	"slices"
	"strings"
)

// what says in words which actions the statement is about.
func (v *view) what() string {
	switch {
	case v.notActions != nil:
		return "every action but " + list(v.notActions)
	case len(v.actions) == 0:
		return "actions"
	}
	return list(v.actions)
}

// whom says in words to whom the statement applies, seen from this principal.
func (v *view) whom(principal string) string {
	switch {
	case v.notWho != nil:
		return "everybody but those it names"
	case v.forEverybody():
		return "everybody"
	case slices.Contains(v.who["AWS"], principal):
		return "this principal"
	case slices.ContainsFunc(v.who["AWS"], func(p string) bool { return strings.Contains(principal, ":"+sameAccount(p)+":") }):
		return "this principal's account"
	}
	return "principals that may include this one"
}

// when says in words on what it depends whether a statement applies, and what
// follows for the grant. keys leave that open.
func when(hit truth, conditions int, keys []string) string {
	const cannot = "this grant cannot open that"
	switch {
	case hit == always && conditions == 0:
		return "without a condition: " + cannot
	case hit == always:
		return "on a condition that this grant meets: " + cannot
	case len(keys) == 0:
		return "which may stop this grant"
	}
	return "depending on " + list(keys) + ": it may stop this grant"
}

// conditionKeys are what the statement depends on, each once.
func (v *view) conditionKeys() []string {
	var keys []string
	for _, c := range v.conditions {
		keys = append(keys, c.key)
	}
	return set(keys, asIs)
}

// list joins words, the first few of them.
func list(words []string) string {
	const most = 4
	if len(words) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
