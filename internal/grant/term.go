package grant

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// A Term is how long a grant lasts, in whole minutes, counted from its
// approval.
type Term int

// Duration returns t as a duration.
func (t Term) Duration() time.Duration { return time.Duration(t) * time.Minute }

// String formats t as people type it: 45m, 8h, 1h30m, 3d.
func (t Term) String() string {
	d, h, m := int(t)/(24*60), int(t)/60%24, int(t)%60
	var b strings.Builder
	for _, part := range []struct {
		n    int
		unit string
	}{{d, "d"}, {h, "h"}, {m, "m"}} {
		if part.n != 0 {
			fmt.Fprintf(&b, "%d%s", part.n, part.unit)
		}
	}
	if b.Len() == 0 {
		return "0m"
	}
	return b.String()
}

// maxTerm is ten years: longer than any rule allows, and small enough that sums
// of minutes do not overflow.
const maxTerm = 10 * 366 * 24 * 60

// minutes are the units of a term.
var minutes = map[string]int64{
	"m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1,
	"h": 60, "hr": 60, "hrs": 60, "hour": 60, "hours": 60,
	"d": 24 * 60, "day": 24 * 60, "days": 24 * 60,
	"w": 7 * 24 * 60, "week": 7 * 24 * 60, "weeks": 7 * 24 * 60,
}

// ParseTerm reads a term like 45m, 8h, 1.5h, 1h30m, 3d or 2days. It refuses
// zero, negative terms, and fractions of a minute.
func ParseTerm(s string) (Term, error) {
	bad := func() error {
		return Refuse("%q is not a duration.", clip(s, 40)).WithHint("Try 45m, 8h or 3d.")
	}
	rest := strings.ToLower(strings.TrimSpace(s))
	if strings.HasPrefix(rest, "-") {
		return 0, Refuse("A duration of %s is not possible: it has to be longer than zero.", clip(s, 40)).
			WithHint("Try 45m, 8h or 3d.")
	}
	if rest == "" {
		return 0, bad()
	}
	total := new(big.Rat) // exact: 1.15h is 69 minutes, which a float misses
	for rest != "" {
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
		if n <= 0 {
			return 0, bad()
		}
		value, ok := new(big.Rat).SetString(rest[:n])
		if !ok {
			return 0, bad()
		}
		rest = rest[n:]
		u := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if u < 0 {
			u = len(rest)
		}
		unit, known := minutes[rest[:u]]
		if !known {
			return 0, bad()
		}
		total.Add(total, value.Mul(value, big.NewRat(unit, 1)))
		rest = rest[u:]
	}
	switch {
	case total.Sign() == 0:
		return 0, Refuse("A duration of %s is not possible: it has to be longer than zero.", clip(s, 40)).
			WithHint("Try 45m, 8h or 3d.")
	case total.Cmp(big.NewRat(maxTerm, 1)) > 0:
		return 0, Refuse("%s is longer than any access can last.", clip(s, 40)).WithHint("Try 45m, 8h or 3d.")
	case !total.IsInt():
		return 0, Refuse("%s is not a whole number of minutes.", clip(s, 40)).WithHint("Try 45m, 8h or 3d.")
	}
	return Term(total.Num().Int64()), nil
}
