package grant

import "time"

// settledEvery is how often the parts of a settled grant are looked up, until
// AWS answers again.
const settledEvery = 6 * time.Hour

// authoriseSettle lets a responder close a grant when its account does not
// answer. The expiry must have passed: until then AWS may still allow access.
func (g Grant) authoriseSettle(a Action) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case !a.Responds:
		return Refuse("Only a responder can settle a grant.").WithHint("The config lists them under `responders`.")
	case g.ExpiresAt.IsZero() || a.At.Before(g.ExpiresAt):
		return Refuse("`%s` cannot be settled before its date: until %s, AWS may still let %s in.",
			g.ID, g.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC"), g.Principal.Name).
			WithHint("Take its statement out of the bucket's policy by hand, or wait until then.")
	}
	return checkReason(a.Why, "Say why AWS will not confirm the removal.")
}

// settle closes the record. The parts stay in it, so that they are removed if
// the account answers again.
func (g *Grant) settle(a Action, ev *Event) {
	g.Outcome, ev.Outcome = Settled, Settled
	g.Why, g.EndedAt = a.Why, a.At
	for _, h := range []Half{OwnerHalf, GranteeHalf} {
		p := g.half(h)
		p.restart(a.At)
		if p.NextAttemptAt = a.At.Add(settledEvery); !p.RemovedAt.IsZero() {
			p.NextAttemptAt = time.Time{}
		}
	}
}

// Unsettled reports whether the half of a settled grant is still unconfirmed.
func (g Grant) Unsettled(h Half) bool {
	return g.State == Ended && g.Outcome == Settled && g.Half(h).RemovedAt.IsZero()
}

// Answered records that AWS did show the half of a settled grant absent. The
// outcome stays: people were told that the removal was unconfirmed.
func (g Grant) Answered(h Half, now time.Time) Grant {
	next := g.clone()
	next.half(h).RemovedAt = now
	return next.RecheckAt(h, time.Time{})
}

// NextSettledLook returns when the half of a settled grant is looked up again.
func (g Grant) NextSettledLook(now time.Time) time.Time { return now.Add(settledEvery) }
