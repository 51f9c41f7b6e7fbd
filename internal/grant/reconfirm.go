package grant

import (
	"slices"
	"time"
)

// People may have forgotten a long grant by its end. The approvers are asked
// twice before the end whether it is still needed. Without an extension it
// ends.
const longGrant = 14 * 24 * time.Hour

// reconfirmations are how long before the end the approvers are asked.
func reconfirmations() []time.Duration {
	return []time.Duration{14 * 24 * time.Hour, 3 * 24 * time.Hour}
}

// isLong reports whether g lasts so long, extensions included, that it needs
// reconfirmation.
func isLong(g Grant) bool { return g.ExpiresAt.Sub(g.StartAt) > longGrant }

// Reconfirms reports whether an event of the history asks the approvers if a
// long grant is still needed.
func (g Grant) Reconfirms(event int) bool {
	ev := g.History[event]
	return ev.Kind == EventWarn && isLong(g) && slices.Contains(reconfirmations(), ev.Left)
}

// warnBefore adds the warnings that are still ahead at now.
func (g *Grant) warnBefore(now time.Time, lefts ...time.Duration) {
	for _, left := range lefts {
		if g.ExpiresAt.Add(-left).After(now) && !slices.Contains(g.Warnings, left) {
			g.Warnings = append(g.Warnings, left)
		}
	}
	slices.SortFunc(g.Warnings, func(a, b time.Duration) int { return int(b - a) })
}
