package commands

import (
	"context"
	"fmt"

	"s3share/internal/grant"
)

// Consent records that the beneficiary confirmed a request made for them.
func (d *Decisions) Consent(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := d.decider.decide(ctx, c, id, func(ctx context.Context, _ []grant.Grant) decision {
		by := d.directory.actor(ctx, c, c.By, nil)
		return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) {
			return g.Apply(grant.Consent{By: by}, d.now())
		}}
	})
	return answer(g, err, func(g grant.Grant) string {
		return fmt.Sprintf("Confirmed. `%s` goes to the approvers once AWS checks pass.", g.ID)
	})
}

// Decline records that the beneficiary refused a request made for them. After a consent they have
// to cancel the request instead, because the old question can stay in Slack for hours after it was
// answered.
func (d *Decisions) Decline(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := d.decider.decide(ctx, c.closing(), id, func(ctx context.Context, _ []grant.Grant) decision {
		by := d.directory.actor(ctx, c, c.By, nil)
		return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) {
			if g.Last(grant.EventConsent) != nil && g.State.Open() {
				return g, grant.Refuse("You already confirmed this request.").
					WithHint("`/s3share cancel %s` cancels it.", g.ID)
			}
			return g.Apply(grant.Cancel{By: by}, d.now())
		}}
	})
	return answer(g, err, func(grant.Grant) string { return "Declined. " + PersonMark + " will be notified." })
}
