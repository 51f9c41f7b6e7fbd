package grant

import "time"

// NeedsConsent reports whether a request for another person still waits for
// that person's confirmation.
func (g Grant) NeedsConsent() bool {
	return g.State == Checking && !g.Beneficiary.Same(g.Requester) && g.Last(EventConsent) == nil
}

// WantsConsent reports whether the beneficiary has to be asked for
// confirmation now: it is missing, and Slack says that they can give it.
func (g Grant) WantsConsent() bool {
	return g.IsBatchLead() && g.NeedsConsent() && g.Check.NextAttemptAt.IsZero()
}

// WithConsentAllowed returns g after Slack confirmed that the beneficiary can be
// asked. The check waits for their confirmation.
func (g Grant) WithConsentAllowed() Grant {
	g.Check = HalfStatus{}
	return g
}

// authorise lets only the beneficiary confirm the request.
func (a Consent) authorise(g Grant, _ time.Time) error {
	if err := a.By.check(); err != nil {
		return err
	}
	switch {
	case !g.Beneficiary.Same(a.By.Person):
		return Refuse("Only the beneficiary can confirm this request.")
	case !g.NeedsConsent():
		return Refuse("You already confirmed this request.")
	}
	return nil
}

// apply makes the check due; the first grant of a batch is checked for all.
func (a Consent) apply(g *Grant, ev *Event) {
	ev.By = a.By.Person
	if g.IsBatchLead() {
		g.Check.NextAttemptAt = ev.At
	}
}
