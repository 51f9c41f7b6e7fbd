package grant

import "time"

const (
	// stuckAlertDelay is how long a half fails before people are alerted.
	stuckAlertDelay = 2 * time.Minute
	// stuckAlertInterval is the time until the next alert.
	stuckAlertInterval = 6 * time.Hour
)

// Retry returns the grant after one failed attempt at the half. The next attempt
// follows after a pause: 5 seconds in the first minute, growing to 5 minutes.
// spread, from 0 to 1, shortens it by up to a fifth, which keeps many grants from
// retrying at the same moment. After stuckAlertDelay people are alerted.
//
// The pause grows with the time since the first failure, and not with the number
// of attempts as in package backoff: extra attempts, made in a pass for another
// grant, do not lengthen it.
func (h GrantHalf) Retry(fault string, now time.Time, spread float64) Grant {
	next := h.grant
	p := next.half(h.name)
	p.retry(fault, now, spread)
	untold := p.AlertedAt.IsZero() || !now.Before(p.AlertedAt.Add(stuckAlertInterval))
	if untold && !now.Before(p.FailingAt.Add(stuckAlertDelay)) && next.State.InAWS() {
		if stuck, err := next.Apply(Stalled{h.name, fault}, now); err == nil {
			return stuck
		}
	}
	return next
}

func (Stalled) authorise(Grant, time.Time) error { return nil }

func (a Stalled) apply(g *Grant, ev *Event) {
	ev.Half, ev.Why = a.Half, a.Why
	p := g.half(a.Half)
	p.AlertedAt, ev.Since = ev.At, p.FailingAt
}

// RetryFromScratch is Retry after an unrelated failure: the count starts again.
func (h GrantHalf) RetryFromScratch(fault string, now time.Time, spread float64) Grant {
	h.grant.half(h.name).restart(now)
	return h.Retry(fault, now, spread)
}

// RecheckAt returns the grant with the half due at a time. A read-back that does
// not show a write yet is not a failure.
func (h GrantHalf) RecheckAt(at time.Time) Grant {
	h.grant.half(h.name).NextAttemptAt = at
	return h.grant
}

// RetryCheck returns g after a failed check with AWS.
func (g Grant) RetryCheck(fault string, now time.Time, spread float64) Grant {
	g.Check.retry(fault, now, spread)
	return g
}

// PostponeCheck returns g with its check due at a time. This is not a failure.
func (g Grant) PostponeCheck(at time.Time) Grant {
	g.Check.NextAttemptAt = at
	return g
}

func (p *HalfStatus) retry(fault string, now time.Time, spread float64) {
	if p.Attempts == 0 {
		p.FailingAt = now
	}
	p.Attempts++
	p.LastError = fault
	p.AbsentAt = time.Time{}
	pause := 5 * time.Second
	if now.Sub(p.FailingAt) >= time.Minute {
		pause = min(5*time.Minute, now.Sub(p.FailingAt)/4)
	}
	p.NextAttemptAt = now.Add(pause - time.Duration(spread*float64(pause)/5))
}

// restart makes p due at now and clears its failures.
func (p *HalfStatus) restart(now time.Time) {
	p.NextAttemptAt, p.Attempts, p.FailingAt, p.LastError, p.AlertedAt = now, 0, time.Time{}, "", time.Time{}
}
