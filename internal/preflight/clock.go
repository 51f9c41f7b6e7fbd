package preflight

import (
	"time"

	"s3share/internal/grant"
)

// ClockHolds is the largest difference between the bot's clock and AWS's that allows additions. The
// bot sets an end by its clock, and AWS closes access by its own.
const ClockHolds = 5 * time.Minute

// WrongClock returns a refusal if the bot's clock is too far ahead of AWS's. A
// negative value means behind.
func WrongClock(ahead time.Duration) error {
	if ahead.Abs() <= ClockHolds {
		return nil
	}
	return grant.Refuse("Nothing was approved or opened: s3share's clock is %s AWS's.", Apart(ahead)).
		WithHint("The operators of s3share have been told. Try again once the clock is right.")
}

// Apart formats the difference of the clocks.
func Apart(ahead time.Duration) string {
	t := grant.Term(ahead.Abs().Round(time.Minute) / time.Minute)
	if ahead < 0 {
		return t.String() + " behind"
	}
	return t.String() + " ahead of"
}

// clock judges the bot's clock by the times in AWS's answers.
func (p *Preflight) clock(o Options) (f Finding, wrong bool) {
	if !o.asks(Approval | Extension | Restore) {
		return f, false
	}
	found, _ := blockers(Skewed, Source{Document: Clock}, WrongClock(p.aws.ClockSkew()))
	if len(found) == 0 {
		return f, false
	}
	found[0].Check = clockCheck
	return found[0], true
}
