package grant

import (
	"slices"
	"time"
)

// A long grant is one that people may have forgotten by its end. Those who
// decide are asked twice before it whether it is still needed: if nobody extends
// it, it ends.
const longGrant = 14 * 24 * time.Hour

// reconfirmations are how long before the end they are asked.
func reconfirmations() []time.Duration {
	return []time.Duration{14 * 24 * time.Hour, 3 * 24 * time.Hour}
}

// isLong reports whether g lasts, with its extensions, so long that it has to
// be confirmed again.
func (g Grant) isLong() bool { return g.ExpiresAt.Sub(g.StartAt) > longGrant }

// Reconfirms reports whether an event of the history is the moment at which
// those who decide are asked whether a long grant is still needed.
func (g Grant) Reconfirms(event int) bool {
	ev := g.History[event]
	return ev.Kind == Warn && g.isLong() && slices.Contains(reconfirmations(), ev.Left)
}

// warnBefore adds moments at which people are warned, of those that come after now.
func (g *Grant) warnBefore(now time.Time, lefts ...time.Duration) {
	for _, left := range lefts {
		if g.ExpiresAt.Add(-left).After(now) && !slices.Contains(g.Warnings, left) {
			g.Warnings = append(g.Warnings, left)
		}
	}
	slices.SortFunc(g.Warnings, func(a, b time.Duration) int { return int(b - a) })
}
