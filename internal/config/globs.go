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
