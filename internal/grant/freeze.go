package grant

import "time"

// A Freeze blocks all additions in AWS.
type Freeze struct {
	By  Person
	At  time.Time
	Why string
}

// ExpandsAccess reports whether next wants more from AWS than old: access, a later end,
// or a restored part. A freeze forbids that.
func ExpandsAccess(old, next Grant) bool {
	asks := func(g Grant) bool { return (g.State == Approved || g.State == Active) && g.DriftedAt.IsZero() }
	return asks(next) && (!asks(old) || next.ExpiresAt.After(old.ExpiresAt))
}
