package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"s3share/internal/grant"
	"s3share/internal/preflight"
)

// If the machine's clock differs from AWS's by more than [preflight.ClockHolds], nothing is
// approved or added, and access still ends. The operators are alerted at a much smaller difference.
const (
	clockTold  = time.Minute
	clockSways = 10 * time.Second // hysteresis: the improvement that counts as better
)

// A clockState is the clock error that the operators were last told.
type clockState int

const (
	clockRight clockState = iota
	clockOff
	clockWrong
)

// tellClock alerts the operators when the clock becomes wrong or right, and returns the state that
// they know.
func (r *Reconciler) tellClock(ctx context.Context, told clockState) clockState {
	off := r.aws.ClockSkew()
	is := clockStateOf(off, told)
	if is == told {
		return told
	}
	text := "The clock of the machine that s3share runs on agrees with AWS's again: nothing is held back for it any more."
	switch is {
	case clockOff:
		text = fmt.Sprintf("The clock of the machine that s3share runs on is %s AWS's. Every end that it fixes is wrong by "+
			"as much. Please set it, and have it kept right (NTP): from %s on nothing is approved or opened.",
			preflight.Apart(off), grant.Term(preflight.ClockHolds/time.Minute))
	case clockWrong:
		text = fmt.Sprintf("The clock of the machine that s3share runs on is %s AWS's. Until it is right nothing is "+
			"approved or opened; what has to end still ends, by this clock or by AWS's, whichever comes first. Please set it, "+
			"and have it kept right (NTP).",
			preflight.Apart(off))
	}
	if err := r.alert(ctx, text); err != nil {
		r.log.ErrorContext(ctx, "an alert could not be kept", "err", err)
		return told
	}
	level := slog.LevelError
	if is == clockRight {
		level = slog.LevelInfo
	}
	r.log.Log(ctx, level, "the clock of this machine, against AWS's (hint: NTP)", "ahead", off, "held", is == clockWrong)
	return is
}

// clockStateOf returns the state of the clock. A clock that varies around a limit keeps the state
// that was told.
func clockStateOf(off time.Duration, told clockState) clockState {
	off = off.Abs()
	beyond := func(is clockState, limit time.Duration) bool {
		if told >= is {
			limit -= clockSways
		}
		return off > limit
	}
	switch {
	case beyond(clockWrong, preflight.ClockHolds):
		return clockWrong
	case beyond(clockOff, clockTold):
		return clockOff
	}
	return clockRight
}
