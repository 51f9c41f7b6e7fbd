package reconcile

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"s3share/internal/grant"
	"s3share/internal/preflight"
)

// By more than [preflight.ClockHolds] between the machine's clock and AWS's nothing is
// approved or added; what has to end still ends. Those who run the bot are told long
// before that.
const (
	clockTold  = time.Minute
	clockSways = 10 * time.Second // by so much it has to be better than that, to count as better
)

// A clockState is how much of a wrong clock those who run the bot were told of.
type clockState int

const (
	clockRight clockState = iota
	clockOff
	clockWrong
)

// wrongClock returns a refusal while the bot's clock is too far from AWS's for it to
// fix an end.
func (r *Reconciler) wrongClock() error { return preflight.WrongClock(r.Access.ClockSkew()) }

// tellClock tells those who run the bot when its clock begins or ceases to be wrong,
// and returns what they know.
func (r *Reconciler) tellClock(ctx context.Context, told clockState) clockState {
	off := r.Access.ClockSkew()
	is := clockStateOf(off, told)
	if is == told {
		return told
	}
	text := "The clock of the machine that s3share runs on agrees with AWS's again: nothing is held back for it any more."
	switch is {
	case clockOff:
		text = fmt.Sprintf("The clock of the machine that s3share runs on is %s AWS's. Every end that it fixes is wrong by as much. Please set it, and have it kept right (NTP): from %s on nothing is approved or opened.",
			preflight.Apart(off), grant.Term(preflight.ClockHolds/time.Minute))
	case clockWrong:
		text = fmt.Sprintf("The clock of the machine that s3share runs on is %s AWS's. Until it is right nothing is approved or opened; what has to end still ends, by this clock or by AWS's, whichever comes first. Please set it, and have it kept right (NTP).",
			preflight.Apart(off))
	}
	if err := r.Alert(ctx, text); err != nil {
		r.Log.ErrorContext(ctx, "an alert could not be kept", "err", err)
		return told
	}
	level := slog.LevelError
	if is == clockRight {
		level = slog.LevelInfo
	}
	r.Log.Log(ctx, level, "the clock of this machine, against AWS's (hint: NTP)", "ahead", off, "held", is == clockWrong)
	return is
}

// clockStateOf sorts how far the clock is off, given what was told: what sways about
// a limit is not told again and again.
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
