package grant

import "time"

// A drift is a change of a confirmed part outside s3share. The grant then wants
// no access until an approver, or the rule, restores the part.

func (Drift) authorise(Grant, time.Time) error { return nil }

func (a Drift) apply(g *Grant, ev *Event) {
	ev.Half, ev.Why = a.Half, a.Why
	g.DriftedAt = ev.At
	g.wake(ev.At)
}

func (a Restore) authorise(g Grant, _ time.Time) error {
	if err := a.authoriseDecider(g, a.By, EventRestore); err != nil {
		return err
	}
	return checkRestore(g, a.Drift)
}

func (a Restore) apply(g *Grant, ev *Event) {
	ev.By = a.By.Person
	g.Findings.refresh(a.Found)
	g.restore(ev.At)
}

func (a Heal) authorise(g Grant, _ time.Time) error {
	if a.Rule == nil || !a.Rule.Heal {
		return Refuse("The rule for %s does not restore access automatically.", g.Bucket.Name)
	}
	return checkRestore(g, time.Time{})
}

func (a Heal) apply(g *Grant, ev *Event) {
	g.Findings.refresh(a.Found)
	g.restore(ev.At)
}

func checkRestore(g Grant, drift time.Time) error {
	if g.DriftedAt.IsZero() {
		return Refuse("There is nothing to restore: nothing is missing, or it was restored already.")
	}
	return checkDrift(g, drift)
}

func (g *Grant) restore(now time.Time) {
	g.DriftedAt = time.Time{}
	for i := range g.Parts {
		g.Parts[i].Confirmed = time.Time{} // so that its absence now is no drift
	}
	g.wake(now)
}

// IsRestoring reports whether a restore is under way: an approver wants the
// changed part restored, and AWS has not shown both halves again. Until then
// the access is not open.
func (g Grant) IsRestoring() bool {
	last := g.Last(EventDrift, EventRestore)
	return g.State == Active && last != nil && last.Kind == EventRestore && !g.wasOpen()
}

func (Resumed) authorise(g Grant, _ time.Time) error {
	if !g.DriftedAt.IsZero() || !g.wasOpen() {
		return Refuse("AWS has not confirmed the access yet.")
	}
	return nil
}

func (Resumed) apply(*Grant, *Event) {}

// wasOpen reports whether both halves were confirmed, and neither was given up since.
func (g Grant) wasOpen() bool {
	return g.Half(OwnerHalf).WasConfirmed() && g.Half(GranteeHalf).WasConfirmed()
}

// checkDrift compares the change outside s3share that a person was asked about
// with the current one. An answer about an earlier change does not count for a
// later one.
func checkDrift(g Grant, drift time.Time) error {
	if drift.IsZero() || drift.Equal(g.DriftedAt) {
		return nil
	}
	return Refuse("That question was about an earlier change, and is already answered.").
		WithCommand("show "+string(g.ID), "shows its status; a later change has its own message.")
}
