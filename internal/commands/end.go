package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// End ends access early, for the requester, an approver or a responder.
func (e *Endings) End(ctx context.Context, c Invocation, id grant.ID, reason string) (Answer, error) {
	return e.end(ctx, c, id, grant.End{Why: strings.TrimSpace(reason)})
}

// EndChanged ends a grant that was changed outside s3share at time drift.
func (e *Endings) EndChanged(ctx context.Context, c Invocation, id grant.ID, drift time.Time) (Answer, error) {
	return e.end(ctx, c, id, grant.End{Drift: drift})
}

func (e *Endings) end(ctx context.Context, c Invocation, id grant.ID, what grant.End) (Answer, error) {
	g, err := e.store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrUnreadable):
		return e.endDamaged(ctx, c, id, what)
	case err != nil:
		return Answer{}, notFound(id, err)
	}
	g, err = e.decider.decideLoaded(ctx, c, g, e.close(c, e.ends(what)))
	a, err := answer(g, err, func(g grant.Grant) string { return endReply(g, c.By) })
	if g.Requester.Same(c.By) {
		a.Person = g.Beneficiary
	}
	return a, err
}

// endReply returns the answer to an early end. The notice of the end goes to the requester and the
// beneficiary.
func endReply(g grant.Grant, by grant.Person) string {
	switch {
	case g.State == grant.Ended && g.Beneficiary.Same(by): // a redelivery
		return "Your access has ended."
	case g.State == grant.Ended:
		return fmt.Sprintf("`%s` has ended.", g.ID)
	case g.Beneficiary.Same(by):
		return "Ending your access. I'll confirm in a direct message when AWS has removed it."
	}
	return fmt.Sprintf("Ending `%s`. "+PersonMark+" will be notified.", g.ID)
}
