package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Matches reports whether s, as AWS returned it, means the same as want. AWS
// sorts lists, unwraps lists of one, and ignores case in actions, condition
// operators and condition keys.
func (s Statement) Matches(want Allow) bool {
	text, err := want.text()
	return err == nil && s.Err() == nil && s.canonical() == newStatement(text).canonical()
}

// Equivalent reports whether a and b mean the same after AWS's normalisation:
// equivalent statements in the same order, and the same Version.
func Equivalent(a, b Document) bool {
	return SameForeign(a, b, func(Statement) bool { return false })
}

// SameForeign reports whether the foreign statements of a and b have the same
// order and meaning. A statement is foreign if ours returns false for it.
func SameForeign(a, b Document, ours func(Statement) bool) bool {
	a, b = a.Without(ours), b.Without(ours)
	if a.IsEmpty() && b.IsEmpty() {
		return true
	}
	same := func(x, y item) bool { return x.statement.canonical() == y.statement.canonical() }
	return a.effectiveVersion() == b.effectiveVersion() && slices.EqualFunc(a.items, b.items, same)
}

// canonical returns a text that is equal for two statements if and only if AWS
// treats them as the same. An unreadable statement equals only its own text.
func (s Statement) canonical() string {
	v := s.look()
	if v.err != nil {
		return "unreadable " + compact(s.raw)
	}
	var lines []string
	add := func(name string, values []string, each func(string) string) {
		if values != nil {
			lines = append(lines, fmt.Sprintf("%s %q", name, set(values, each)))
		}
	}
	add("sid", []string{v.sid}, asIs)
	add("effect", []string{v.effect}, asIs)
	add("action", v.actions, strings.ToLower)
	add("not action", v.notActions, strings.ToLower)
	add("resource", v.resources, asIs)
	add("not resource", v.notResources, asIs)
	for _, c := range v.conditions {
		operator := strings.ToLower(c.operator)
		each := asIs
		if strings.Contains(operator, "date") {
			each = sameInstant
		}
		add(fmt.Sprintf("condition %q %q", operator, strings.ToLower(c.key)), c.values, each)
	}
	lines = append(lines, v.who.canonical("principal")...)
	lines = append(lines, v.notWho.canonical("not principal")...)
	lines = append(lines, v.unknown...)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (p principals) canonical(name string) (lines []string) {
	if p != nil {
		lines = append(lines, name)
	}
	for kind, values := range p {
		each := asIs
		if kind == "AWS" {
			each = sameAccount
		}
		lines = append(lines, fmt.Sprintf("%s %q %q", name, kind, set(values, each)))
	}
	return lines
}

// set returns the distinct values after each was mapped, sorted.
func set(values []string, each func(string) string) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = each(v)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func asIs(s string) string { return s }

// sameAccount returns the account id for the ARN of an account's root. AWS
// rewrites the id to that ARN.
func sameAccount(principal string) string {
	if account, found := strings.CutSuffix(principal, ":root"); found {
		if f := strings.Split(account, ":"); len(f) == 5 && f[0] == "arn" && f[2] == "iam" && f[3] == "" {
			return f[4]
		}
	}
	return principal
}

func sameInstant(date string) string {
	if t, ok := parseDate(date); ok {
		return t.Format(time.RFC3339Nano)
	}
	return date
}

func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}
