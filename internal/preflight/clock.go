package preflight

import (
	"time"

	"s3share/internal/grant"
)

// ClockHolds is how far the bot's clock may be from AWS's: AWS opens and closes access
// by its own, and the bot fixes an end by that of the machine. By more nothing is
// approved or added.
const ClockHolds = 5 * time.Minute

// WrongClock returns a refusal if the bot's clock is ahead of AWS's by too much for it
// to fix an end; negative: it is behind.
func WrongClock(ahead time.Duration) error {
	if ahead.Abs() <= ClockHolds {
		return nil
	}
	return grant.Refuse("The clock of the machine that I run on is %s AWS's, and an end that I set now would be wrong by as much. Nothing was approved or opened.", Apart(ahead)).
		WithHint("Those who run s3share were told. Try again once the clock is right.")
}

// Apart words how far the clock is off.
func Apart(ahead time.Duration) string {
	t := grant.Term(ahead.Abs().Round(time.Minute) / time.Minute)
	if ahead < 0 {
		return t.String() + " behind"
	}
	return t.String() + " ahead of"
}

// clock judges the clock by what AWS's answers have shown of it.
func (p *Preflight) clock(o Options) (f Finding, wrong bool) {
	if !o.asks(Approval | Extension | Restore) {
		return f, false
	}
	found, _ := blockers(Skewed, Source{Document: Clock}, WrongClock(p.aws.Ahead()))
	if len(found) == 0 {
		return f, false
	}
	found[0].Check = clockCheck
	return found[0], true
}
