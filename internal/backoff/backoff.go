// Package backoff computes the pauses between the attempts of a retry.
//
// [Backoff.Pause] is the one formula: the pause grows by a factor with each
// failure, up to a ceiling, and jitter spreads many callers. It has no state,
// because some callers keep their number of failures on disk. [Wait] waits for
// a pause and stops early with a context.
//
// Two formulas are elsewhere. A half of a grant retries by the time since its
// first failure (grant.GrantHalf.Retry), so that extra attempts do not lengthen the
// pause. Approvers are reminded at growing intervals
// (grant/timers.go), which are no retries. Both are in package grant, which
// imports no package of this module.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// A Backoff is a schedule of pauses. It is safe for concurrent use if Random
// is.
type Backoff struct {
	First  time.Duration // the pause before the first retry
	Max    time.Duration // the longest pause
	Factor int           // growth from one pause to the next; zero: 2
	// Jitter is the largest share by which a pause is shortened: 0.2 means by
	// up to a fifth, 0 means never.
	Jitter float64
	Random func() float64 // returns a number in [0,1); nil: a random one
}

// Pause returns the pause after a number of earlier failures; 0 or less gives
// the first pause.
func (b Backoff) Pause(failures int) time.Duration {
	factor, random := time.Duration(b.Factor), b.Random
	if factor == 0 {
		factor = 2
	}
	if random == nil {
		random = rand.Float64
	}
	d := b.First
	for ; failures > 0 && d < b.Max; failures-- {
		if d > b.Max/factor {
			d = b.Max
			break
		}
		d *= factor
	}
	d = min(d, b.Max)
	if b.Jitter > 0 {
		d -= time.Duration(b.Jitter * random() * float64(d))
	}
	return d
}

// Wait waits, and reports whether it waited to the end. It returns false once
// ctx is done.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
