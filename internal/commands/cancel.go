package commands

import (
	"context"
	"fmt"

	"s3share/internal/grant"
)

// Cancel cancels a request.
func (e *Endings) Cancel(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	c = c.closing()
	g, err := e.decider.decide(ctx, c, id, e.close(c, func(g grant.Grant, by grant.Actor) grant.Action {
		return grant.Cancel{By: by, PrincipalOwners: e.rules.OwnersOf(g.Principal.ARN)}
	}))
	return answer(g, err, func(g grant.Grant) string { return fmt.Sprintf("Cancelled %s.", grantsOf(g)) })
}

// cancelExtension cancels a pending extension. The grant itself stays unchanged.
func (e *Endings) cancelExtension(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := e.decider.decide(ctx, c, id, e.close(c, func(g grant.Grant, by grant.Actor) grant.Action {
		return grant.CancelExtension{By: by, PrincipalOwners: e.rules.OwnersOf(g.Principal.ARN)}
	}))
	return answer(g, err, func(g grant.Grant) string {
		return fmt.Sprintf("Extension cancelled. Access to `%s` still ends %s.", g.ID, day(g.ExpiresAt))
	})
}

// cancelTyped cancels a request or a pending extension.
func (e *Endings) cancelTyped(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := e.records.get(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	redelivered, err := e.records.committed(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	last := g.Last(grant.EventCancel, grant.EventCancelExtension)
	if g.PendingExtension != nil || redelivered && last != nil && last.Kind == grant.EventCancelExtension {
		return e.cancelExtension(ctx, c, g.ID)
	}
	return e.Cancel(ctx, c, g.ID)
}
