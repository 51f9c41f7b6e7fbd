package grant

import (
	"slices"
	"time"
)

func (Check) authorise(g Grant, _ time.Time) error {
	if g.NeedsConsent() {
		return Refuse("The beneficiary has not confirmed this request yet.")
	}
	return nil
}

func (a Check) apply(g *Grant, _ *Event) {
	if a.Principal != nil {
		g.Principal = *a.Principal
	}
	if a.Bucket != nil {
		g.Bucket = *a.Bucket
	}
	if a.Rule != nil {
		g.Rule = *a.Rule
	}
	for _, u := range a.PrincipalOwners {
		if !slices.Contains(g.PrincipalOwners, u) {
			g.PrincipalOwners = append(slices.Clip(g.PrincipalOwners), u)
		}
	}
	g.Findings = a.Findings
	g.Check = HalfStatus{}
}

func (Delayed) authorise(Grant, time.Time) error { return nil }
func (a Delayed) apply(_ *Grant, ev *Event)      { ev.Why = a.Why }

func (Reject) authorise(Grant, time.Time) error { return nil }
func (a Reject) apply(g *Grant, ev *Event)      { ev.Why, g.Why = a.Why, a.Why }
