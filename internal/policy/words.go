package policy

import (
	"fmt"
	"slices"
	"strings"
)

// what lists the statement's actions, for a sentence.
func (v *view) what() string {
	switch {
	case v.notActions != nil:
		return "every action but " + list(v.notActions)
	case len(v.actions) == 0:
		return "actions"
	}
	return list(v.actions)
}

// whom lists the statement's principals, for a sentence about principal.
func (v *view) whom(principal string) string {
	switch {
	case v.notWho != nil:
		return "everybody but those it names"
	case v.forEverybody():
		return "everybody"
	case slices.Contains(v.who["AWS"], principal):
		return "this principal"
	case slices.ContainsFunc(v.who["AWS"],
		func(p string) bool { return strings.Contains(principal, ":"+sameAccount(p)+":") }):
		return "this principal's account"
	}
	return "principals that may include this one"
}

// conditionKeys are the distinct keys of the statement's conditions.
func (v *view) conditionKeys() []string {
	var keys []string
	for _, c := range v.conditions {
		keys = append(keys, c.key)
	}
	return set(keys, asIs)
}

// list joins words, the first four of them.
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
