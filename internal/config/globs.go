package config

import (
	"path"
	"strings"
)

// globChars are the special characters of a bucket pattern, as in path.Match.
const globChars = "*?["

// hides reports whether earlier matches every bucket that later matches. True
// is always right; false may be wrong. A star in later, read as a character, is
// matched only by a star in earlier, unless earlier has another wildcard.
func hides(earlier, later string) bool {
	if strings.ContainsAny(later, globChars) && strings.ContainsAny(earlier, "?[") {
		return false
	}
	ok, _ := path.Match(earlier, later)
	return ok
}

// overlap reports whether some string matches both patterns. Only * is special:
// any run of characters.
func overlap(a, b string) bool {
	// can[j] tells whether a[i:] and b[j:] have a common string. i counts down,
	// so each row needs only the previous one.
	can := make([]bool, len(b)+1)
	for i := len(a); i >= 0; i-- {
		below := can
		can = make([]bool, len(b)+1)
		for j := len(b); j >= 0; j-- {
			switch {
			case i == len(a) && j == len(b):
				can[j] = true
			case i < len(a) && a[i] == '*':
				can[j] = below[j] || j < len(b) && can[j+1]
			case j < len(b) && b[j] == '*':
				can[j] = can[j+1] || i < len(a) && below[j]
			case i < len(a) && j < len(b):
				can[j] = a[i] == b[j] && below[j+1]
			}
		}
	}
	return can[0]
}
