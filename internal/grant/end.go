package grant

import "time"

// authorise lets the people on the grant's side, an approver and a responder end
// the access.
func (a End) authorise(g Grant, _ time.Time) error {
	if err := a.By.check(); err != nil {
		return err
	}
	if !a.Responder && !g.ConcernsToday(a.By.Person, a.PrincipalOwners) &&
		(a.Rule == nil || !a.Rule.Approvers.Include(a.By)) {
		return Refuse("Only the requester, an approver or a responder can end this access.")
	}
	if err := checkDrift(g, a.Drift); err != nil {
		return err
	}
	return checkOptionalReason(a.Why)
}

// apply ends the access. People on the grant's side relinquish it; other people
// revoke it.
func (a End) apply(g *Grant, ev *Event) {
	ev.By = a.By.Person
	outcome := Revoked
	if g.ConcernsToday(a.By.Person, a.PrincipalOwners) {
		outcome = Relinquished
	}
	g.end(ev, outcome, a.Why)
}

func (Expire) authorise(g Grant, now time.Time) error {
	if now.Before(g.ExpiresAt) {
		return Refuse("This grant has not expired yet.")
	}
	return nil
}

func (Expire) apply(g *Grant, ev *Event) { g.end(ev, Expired, "") }

func (Fail) authorise(Grant, time.Time) error { return nil }
func (a Fail) apply(g *Grant, ev *Event)      { g.end(ev, Failed, a.Why) }

func (g *Grant) end(ev *Event, outcome Outcome, why string) {
	ev.Outcome, ev.Why = outcome, why
	g.Outcome, g.Why = outcome, why
	g.PendingExtension = nil // an extension that was not decided in time
	g.Owner.restart(ev.At)
	g.Grantee.restart(ev.At)
}

// settledEvery is how often the parts of a settled grant are looked up, until
// AWS answers again.
const settledEvery = 6 * time.Hour

// authorise lets a responder close a grant when its account does not answer. The
// expiry must have passed: until then AWS may still allow access.
func (a Settle) authorise(g Grant, now time.Time) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case !a.Responder:
		return Refuse("Only a responder can settle a grant.").WithHint("The config lists the responders under " +
			"`responders`.")
	case g.ExpiresAt.IsZero() || now.Before(g.ExpiresAt):
		return Refuse("`%s` can't be settled before it expires: until %s, AWS may still let %s in.",
			g.ID, g.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC"), g.Principal.Name).
			WithHint("Remove its statement from the bucket policy by hand, or wait until then.")
	}
	return checkReason(a.Why, "Say why AWS can't confirm the removal.")
}

// apply closes the record. The parts stay in it, so that they are removed if the
// account answers again.
func (a Settle) apply(g *Grant, ev *Event) {
	ev.By, ev.Outcome, ev.Why = a.By.Person, Settled, a.Why
	g.Outcome, g.Why, g.EndedAt = Settled, a.Why, ev.At
	for _, h := range []Half{OwnerHalf, GranteeHalf} {
		p := g.half(h)
		p.restart(ev.At)
		if p.NextAttemptAt = ev.At.Add(settledEvery); !p.RemovedAt.IsZero() {
			p.NextAttemptAt = time.Time{}
		}
	}
}

// IsUnsettled reports whether the half of a settled grant is still unconfirmed.
func (h GrantHalf) IsUnsettled() bool {
	return h.grant.State == Ended && h.grant.Outcome == Settled && h.RemovedAt.IsZero()
}

// RecordAnswer records that AWS did show the half of a settled grant absent. The
// outcome stays: people were told that the removal was unconfirmed.
func (h GrantHalf) RecordAnswer(now time.Time) Grant {
	h.grant.half(h.name).RemovedAt = now
	return h.RecheckAt(time.Time{})
}

// NextSettledLook returns when the half of a settled grant is looked up again.
func NextSettledLook(now time.Time) time.Time { return now.Add(settledEvery) }
