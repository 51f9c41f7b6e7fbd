package blocks

import (
	"fmt"
	"slices"
	"strings"

	"s3share/internal/grant"
)

// A narrowed request shows its current values everywhere, and the original ones only as "was 8h".

// changes describes how approvers narrowed the request: "Narrowed by @Ada: 4h (was 8h)".
func changes(g grant.Grant) string {
	if g.Original == nil {
		return ""
	}
	var names, values []string
	for _, ev := range g.History {
		if name := Mention(ev.By); ev.Kind == grant.EventNarrow && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, v := range narrowedValues(g) {
		values = append(values, fmt.Sprintf("%s (was %s)", v.now, v.before))
	}
	by := listed(names[max(0, len(names)-named):], "and")
	if len(values) == 0 {
		return "Narrowed and changed back by " + by
	}
	return "Narrowed by " + by + ": " + strings.Join(values, ", ")
}

// narrowing describes the changes by approvers: "8h → 4h".
func narrowing(g grant.Grant) string {
	var all []string
	for _, v := range narrowedValues(g) {
		all = append(all, v.before+" → "+v.now)
	}
	return strings.Join(all, ", ")
}

// A narrowedValue is one value of a narrowed request, and the original one.
type narrowedValue struct{ now, before string }

func narrowedValues(g grant.Grant) (all []narrowedValue) {
	asked := g.AskedFor()
	for _, v := range []narrowedValue{
		{folderName(g.Prefix), folderName(asked.Prefix)},
		{nameInText(g.Level.Name, 40), nameInText(asked.Level.Name, 40)},
		{g.Term.String(), asked.Term.String()},
	} {
		if v.now != v.before {
			all = append(all, v)
		}
	}
	return all
}

func folderName(prefix string) string {
	if prefix == "" {
		return "the whole bucket"
	}
	return nameInText(prefix, 300) + "/"
}

// currentlyTyped returns the typed words of a request. An approver's value replaces the word that it
// narrowed.
func currentlyTyped(g grant.Grant) grant.Typed {
	typed, asked := g.Typed, g.AskedFor()
	if g.Prefix != asked.Prefix {
		typed.Target = Target(g)
	}
	if g.Level.Name != asked.Level.Name {
		typed.Level = g.Level.Name
	}
	if g.Term != asked.Term {
		typed.Term = g.Term.String()
	}
	return typed
}
