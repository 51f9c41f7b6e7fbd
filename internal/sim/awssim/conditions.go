package awssim

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An operator compares one value of the request with one value of the policy.
// It is false if either value has the wrong type.
type operator struct {
	negated bool // the condition holds if the comparison is false
	compare func(ctx values, modern bool, have, want string) bool
}

var operators = map[string]operator{
	"stringequals":              {false, stringEquals},
	"stringnotequals":           {true, stringEquals},
	"stringequalsignorecase":    {false, stringFold},
	"stringnotequalsignorecase": {true, stringFold},
	"stringlike":                {false, stringLike},
	"stringnotlike":             {true, stringLike},
	"arnequals":                 {false, arnLike},
	"arnlike":                   {false, arnLike},
	"arnnotequals":              {true, arnLike},
	"arnnotlike":                {true, arnLike},
	"bool":                      {false, stringFold},
	"binaryequals":              {false, stringEquals}, // in base64
	"ipaddress":                 {false, inRange},
	"notipaddress":              {true, inRange},

	"numericequals":            {false, numeric(func(c int) bool { return c == 0 })},
	"numericnotequals":         {true, numeric(func(c int) bool { return c == 0 })},
	"numericlessthan":          {false, numeric(func(c int) bool { return c < 0 })},
	"numericlessthanequals":    {false, numeric(func(c int) bool { return c <= 0 })},
	"numericgreaterthan":       {false, numeric(func(c int) bool { return c > 0 })},
	"numericgreaterthanequals": {false, numeric(func(c int) bool { return c >= 0 })},

	"dateequals":            {false, date(func(c int) bool { return c == 0 })},
	"datenotequals":         {true, date(func(c int) bool { return c == 0 })},
	"datelessthan":          {false, date(func(c int) bool { return c < 0 })},
	"datelessthanequals":    {false, date(func(c int) bool { return c <= 0 })},
	"dategreaterthan":       {false, date(func(c int) bool { return c > 0 })},
	"dategreaterthanequals": {false, date(func(c int) bool { return c >= 0 })},
}

// splitOperator splits a name such as "ForAnyValue:StringLikeIfExists". The set
// is "", "foranyvalue" or "forallvalues".
func splitOperator(name string) (set, base string, ifExists bool) {
	name = lower(name)
	if set, base, found := strings.Cut(name, ":"); found {
		base, ifExists = strings.CutSuffix(base, "ifexists")
		return set, base, ifExists
	}
	base, ifExists = strings.CutSuffix(name, "ifexists")
	return "", base, ifExists
}

// knownOperator reports whether AWS has this operator and it is modelled.
func knownOperator(name string) bool {
	set, base, ifExists := splitOperator(name)
	if base == "null" {
		return set == "" && !ifExists
	}
	_, ok := operators[base]
	return ok && (set == "" || set == "foranyvalue" || set == "forallvalues")
}

// holds reports whether the condition is met. An unknown operator is never met.
func (c condition) holds(ctx values, modern bool) bool {
	set, base, ifExists := splitOperator(c.operator)
	have, present := ctx[lower(c.key)]
	if base == "null" {
		return slices.ContainsFunc(c.values, func(v string) bool {
			return lower(v) == strconv.FormatBool(!present)
		})
	}
	op, ok := operators[base]
	if !ok {
		return false
	}
	one := func(h string) bool {
		return op.negated != slices.ContainsFunc(c.values, func(want string) bool {
			return op.compare(ctx, modern, h, want)
		})
	}
	switch set {
	case "forallvalues":
		return !slices.ContainsFunc(have, func(h string) bool { return !one(h) })
	case "foranyvalue":
		return slices.ContainsFunc(have, one) || !present && ifExists
	case "":
		if !present {
			return ifExists || op.negated
		}
		return slices.ContainsFunc(have, one)
	}
	return false
}

func stringEquals(ctx values, modern bool, have, want string) bool {
	literal, ok := literally(ctx, modern, want)
	return ok && have == literal
}

func stringFold(ctx values, modern bool, have, want string) bool {
	literal, ok := literally(ctx, modern, want)
	return ok && strings.EqualFold(have, literal)
}

// literally expands variables only. In this form * and ? are ordinary
// characters; only StringLike treats them as wildcards.
func literally(ctx values, modern bool, want string) (string, bool) {
	pattern, ok := expand(want, modern, ctx)
	for i, r := range pattern {
		switch r {
		case anyRun:
			pattern[i] = '*'
		case anyOne:
			pattern[i] = '?'
		}
	}
	return string(pattern), ok
}

func stringLike(ctx values, modern bool, have, want string) bool {
	pattern, ok := expand(want, modern, ctx)
	return ok && glob(pattern, have)
}

// arnLike compares each of the six parts separately, so a wildcard does not
// cross a colon.
func arnLike(ctx values, modern bool, have, want string) bool {
	h, p := strings.SplitN(have, ":", 6), strings.SplitN(want, ":", 6)
	if len(h) != 6 || len(p) != 6 {
		return false
	}
	for i := range p {
		if !stringLike(ctx, modern, h[i], p[i]) {
			return false
		}
	}
	return true
}

func inRange(_ values, _ bool, have, want string) bool {
	ip, err := netip.ParseAddr(have)
	if err != nil {
		return false
	}
	if prefix, err := netip.ParsePrefix(want); err == nil {
		return prefix.Contains(ip)
	}
	single, err := netip.ParseAddr(want)
	return err == nil && single == ip
}

func numeric(is func(int) bool) func(values, bool, string, string) bool {
	return func(_ values, _ bool, have, want string) bool {
		h, errH := strconv.ParseFloat(have, 64)
		w, errW := strconv.ParseFloat(want, 64)
		switch {
		case errH != nil || errW != nil:
			return false
		case h < w:
			return is(-1)
		case h > w:
			return is(1)
		}
		return is(0)
	}
}

func date(is func(int) bool) func(values, bool, string, string) bool {
	return func(_ values, _ bool, have, want string) bool {
		h, okH := parseDate(have)
		w, okW := parseDate(want)
		return okH && okW && is(h.Compare(w))
	}
}

// The date formats of W3C's note on dates. The IAM user guide refers to it.
var dateForms = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006",
}

// parseDate parses ISO 8601, or seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	if len(s) > 4 {
		if sec, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.Unix(sec, 0), true
		}
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
