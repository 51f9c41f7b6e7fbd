package config

import (
	"path"
	"strings"
)

// globChars are special in the pattern of a bucket, as path.Match reads it.
const globChars = "*?["

// hides reports whether every bucket that later matches is matched by earlier
// too. It may miss some, and is never wrong when it says yes: a star of later
// can be matched, as a character, by a star of earlier alone, unless earlier has
// something else that matches any character.
func hides(earlier, later string) bool {
	if strings.ContainsAny(later, globChars) && strings.ContainsAny(earlier, "?[") {
		return false
	}
	ok, _ := path.Match(earlier, later)
	return ok
}

// overlap reports whether some string matches both patterns, in which only * is
// special: any run of characters.
func overlap(a, b string) bool {
	// can[j] is whether a from i on and b from j on have a string in common; i
	// runs from the end, so that each row needs the one before it alone.
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
