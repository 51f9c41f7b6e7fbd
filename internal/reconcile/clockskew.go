package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"s3share/internal/alarm"
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

// The keys of the alerts about the clock.
const (
	clockOffAlert   = "clock off"
	clockWrongAlert = "clock wrong"
)

// toldClock returns the state that the operators were told by an earlier run.
func toldClock(ctx context.Context, alerts Alerts) (clockState, error) {
	lasting, err := alerts.Raised(ctx)
	if _, wrong := lasting[clockWrongAlert]; wrong {
		return clockWrong, err
	}
	if _, off := lasting[clockOffAlert]; off {
		return clockOff, err
	}
	return clockRight, err
}

// tellClock alerts the operators when the clock becomes wrong or right, and returns the state that
// they know.
func (r *Reconciler) tellClock(ctx context.Context, told clockState) clockState {
	off := r.aws.ClockSkew()
	is := clockStateOf(off, told)
	if is == told {
		return told
	}
	if err := changeClockAlert(ctx, r.alerts, is, off); err != nil {
		r.log.ErrorContext(ctx, "an alert about the clock could not be stored", "err", err)
		return told
	}
	level := slog.LevelError
	if is == clockRight {
		level = slog.LevelInfo
	}
	r.log.Log(ctx, level, "the clock of this machine, against AWS's (hint: NTP)", "ahead", off, "held", is == clockWrong)
	return is
}

// changeClockAlert ends the alerts of other states, and raises that of this one.
func changeClockAlert(ctx context.Context, alerts Alerts, is clockState, off time.Duration) error {
	clock := fmt.Sprintf("The clock of the machine that s3share runs on is %s AWS's.", preflight.Apart(off))
	const right = "the clock agrees with AWS's again"
	switch is {
	case clockOff:
		return errors.Join(
			alerts.End(ctx, clockWrongAlert, "the clock is "+preflight.Apart(off)+" AWS's, and s3share grants again"),
			raise(ctx, alerts, alarm.Alert{Key: clockOffAlert, Text: fmt.Sprintf("%s Every end that s3share sets is wrong by "+
				"as much. Set the clock and keep it right (NTP): from %s on, s3share approves and grants nothing.",
				clock, grant.Term(preflight.ClockHolds/time.Minute))}))
	case clockWrong:
		return raise(ctx, alerts, alarm.Alert{Key: clockWrongAlert, Text: clock + " s3share approves and grants nothing " +
			"until it is right. Access still ends, by this clock or AWS's, whichever comes first. Set the clock " +
			"and keep it right (NTP)."})
	}
	return errors.Join(alerts.End(ctx, clockWrongAlert, right+", and s3share grants again"),
		alerts.End(ctx, clockOffAlert, right))
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
