package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A truth tells whether a condition holds for a set of requests: for none, for
// some or possibly some, or for all. They are ordered, so min is "and" and max
// is "or".
type truth int

const (
	never truth = iota
	maybe
	always
)

func truthOf(holds bool) truth {
	if holds {
		return always
	}
	return never
}

func (t truth) not() truth { return always - t }

// either combines the truths for two sets of requests: equal ones stay, and
// different ones give maybe.
func either(a, b truth) truth {
	if a == b {
		return a
	}
	return maybe
}

// requests describes a set of requests by their known condition keys, in lower
// case. A key that is missing here is unknown.
type requests map[string]known

// known describes the values of one key over a set of requests.
type known struct {
	values   []string  // patterns with * and ? that the values match; nil: the key is absent
	optional bool      // some of the requests may lack the key
	from     time.Time // of aws:CurrentTime: the earliest; values is then ignored
}

var absent = known{}

func exactly(values ...string) known { return known{values: values} }

// holds reports whether c holds for the requests. Variables count as variables
// only in a policy of the modern Version.
func (c condition) holds(rs requests, modern bool) truth {
	set, base, ifExists := splitOperator(c.operator)
	k, found := rs[strings.ToLower(c.key)]
	switch {
	case !found:
		return maybe
	case base == "null":
		return c.holdsNull(k)
	case k.values == nil && k.from.IsZero():
		return c.holdsAbsent(set, base, ifExists)
	}
	present := c.holdsPresent(k, base, modern)
	if k.optional {
		return either(present, c.holdsAbsent(set, base, ifExists))
	}
	return present
}

func (c condition) holdsNull(k known) truth {
	has := func(word string) bool {
		return slices.ContainsFunc(c.values, func(value string) bool { return strings.EqualFold(value, word) })
	}
	missing, present := has("true"), has("false")
	switch {
	case !missing && !present: // AWS documents no other value
		return maybe
	case k.optional:
		return either(truthOf(missing), truthOf(present))
	case k.values == nil && k.from.IsZero():
		return truthOf(missing)
	}
	return truthOf(present)
}

// holdsAbsent follows the IAM user guide. Without the key, a negated operator
// and ForAllValues hold; every other operator holds only with IfExists.
func (c condition) holdsAbsent(set, base string, ifExists bool) truth {
	return truthOf(ifExists || set == "forallvalues" || set == "" && isNegated(base))
}

// holdsPresent compares each possible value of the key with the values of c.
func (c condition) holdsPresent(k known, base string, modern bool) truth {
	if !k.from.IsZero() {
		return c.holdsSince(k.from, base)
	}
	compare, found := comparisons[strings.Replace(base, "not", "", 1)]
	if !found {
		return maybe
	}
	var all []truth
	for _, have := range k.values {
		one := never
		for _, want := range c.values {
			if c.isLiteral(base, want, modern) && strings.ContainsAny(want, "*?") {
				continue // no principal and no account has them in its name
			}
			one = max(one, compare(have, want, modern))
		}
		if isNegated(base) {
			one = one.not()
		}
		all = append(all, one)
	}
	if slices.Min(all) == slices.Max(all) {
		return all[0]
	}
	return maybe
}

// isLiteral reports whether a value of c has no wildcards, for a key whose own
// values have none either.
func (c condition) isLiteral(base, want string, modern bool) bool {
	return strings.HasSuffix(strings.TrimSuffix(base, "ignorecase"), "equals") && strings.HasPrefix(base, "string") &&
		!strings.EqualFold(c.key, "s3:prefix") && !(modern && strings.Contains(want, "${"))
}

// holdsSince evaluates a date operator for every instant from on.
func (c condition) holdsSince(from time.Time, base string) truth {
	last := time.Time{}
	for _, value := range c.values {
		t, ok := parseDate(value)
		if !ok {
			return maybe
		}
		if t.After(last) {
			last = t
		}
	}
	switch {
	case base == "datelessthan" && !from.Before(last), base == "datelessthanequals" && from.After(last),
		base == "dateequals" && from.After(last):
		return never
	case base == "dategreaterthan" && from.After(last), base == "dategreaterthanequals" && !from.Before(last):
		return always
	}
	return maybe
}

// splitOperator splits an operator like ForAnyValue:StringLikeIfExists, in
// lower case.
func splitOperator(name string) (set, base string, ifExists bool) {
	base = strings.ToLower(name)
	if i := strings.Index(base, ":"); i >= 0 {
		set, base = base[:i], base[i+1:]
	}
	base, ifExists = strings.CutSuffix(base, "ifexists")
	return set, base, ifExists
}

func isNegated(base string) bool { return strings.Contains(base, "not") }

// comparisons compare a value of the request with a value of the policy, by
// operator name without "not". The request's value may be a pattern.
var comparisons = map[string]func(have, want string, modern bool) truth{
	"stringequals": compareText,
	"stringequalsignorecase": func(have, want string, modern bool) truth {
		return compareText(strings.ToLower(have), strings.ToLower(want), modern)
	},
	"stringlike":               comparePattern,
	"arnequals":                compareARN,
	"arnlike":                  compareARN,
	"bool":                     func(have, want string, _ bool) truth { return truthOf(strings.EqualFold(have, want)) },
	"numericequals":            compareNumber(func(have, want float64) bool { return have == want }),
	"numericlessthan":          compareNumber(func(have, want float64) bool { return have < want }),
	"numericlessthanequals":    compareNumber(func(have, want float64) bool { return have <= want }),
	"numericgreaterthan":       compareNumber(func(have, want float64) bool { return have > want }),
	"numericgreaterthanequals": compareNumber(func(have, want float64) bool { return have >= want }),
}

// compareText reads * and ? in the policy as plain characters.
func compareText(have, want string, modern bool) truth {
	switch {
	case modern && strings.Contains(want, "${"):
		return min(maybe, comparePattern(have, want, modern))
	case have == want && !strings.ContainsAny(have, "*?"):
		return always
	}
	return min(maybe, truthOf(Overlap(have, want)))
}

func comparePattern(have, want string, modern bool) truth {
	if modern && strings.Contains(want, "${") {
		return min(maybe, truthOf(Overlap(have, loosen(want))))
	}
	switch {
	case !Overlap(have, want):
		return never
	case covers(want, have):
		return always
	}
	return maybe
}

// compareARN compares the six parts of ARNs one by one. AWS does not document
// ARNs with fewer parts: they match at most maybe, compared as text.
func compareARN(have, want string, modern bool) truth {
	most := always
	if modern && strings.Contains(want, "${") {
		most, want = maybe, loosen(want)
	}
	h, w := strings.SplitN(have, ":", 6), strings.SplitN(want, ":", 6)
	if len(h) != 6 || len(w) != 6 {
		return min(maybe, comparePattern(have, want, false))
	}
	all := most
	for i := range w {
		all = min(all, comparePattern(h[i], w[i], false))
	}
	return all
}

func compareNumber(holds func(have, want float64) bool) func(have, want string, modern bool) truth {
	return func(have, want string, _ bool) truth {
		h, errHave := strconv.ParseFloat(have, 64)
		w, errWant := strconv.ParseFloat(want, 64)
		if errHave != nil || errWant != nil {
			return maybe
		}
		return truthOf(holds(h, w))
	}
}
