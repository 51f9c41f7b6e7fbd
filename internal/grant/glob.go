package grant

import (
	"path"
	"slices"
	"strings"
)

// The patterns of the config have two syntaxes. The bucket of a rule and S3
// actions follow [path.Match]. In prefixes and principals * is the only special
// character, because an S3 key may contain the others, and it matches slashes.
//
// The matchers are here and not in a package of their own, because this package
// imports no other of this module. Package policy has AWS's syntax.

// matchBucket matches the name of a bucket.
func matchBucket(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// MatchAction reports whether one of the patterns matches an S3 action, in any
// case.
func MatchAction(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(strings.ToLower(p), strings.ToLower(action))
		return ok && err == nil
	})
}

// matchAny reports whether one of the patterns matches all of s; no pattern
// matches everything. builds/* matches everything under builds, and builds
// itself.
func matchAny(globs []string, s string) bool {
	if len(globs) == 0 {
		return true
	}
	return slices.ContainsFunc(globs, func(g string) bool {
		return glob(g, s) || strings.HasSuffix(g, "/*") && glob(strings.TrimSuffix(g, "/*"), s) && s != ""
	})
}

// glob matches s against a pattern with * as the only special character.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == s
	}
	s, begins := strings.CutPrefix(s, parts[0])
	s, ends := strings.CutSuffix(s, parts[last])
	if !begins || !ends {
		return false
	}
	for _, part := range parts[1:last] {
		_, rest, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = rest
	}
	return true
}
