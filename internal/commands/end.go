package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Endings ends, cancels and closes. It has no preflight and heeds no freeze: access can always be
// ended.
type Endings struct {
	store     store.Store
	decider   *decider
	records   *records
	rules     *ruleBook
	directory *directory
	announce  func(ctx context.Context, by grant.Person, did, why string)
	now       func() time.Time
	log       *slog.Logger
}

// End ends access early, for the requester, an approver or a responder.
func (e *Endings) End(ctx context.Context, c Invocation, id grant.ID, reason string) (Answer, error) {
	return e.end(ctx, c, id, grant.Action{Kind: grant.EventEnd, Why: strings.TrimSpace(reason)})
}

// EndChanged ends a grant that was changed outside s3share at time drift.
func (e *Endings) EndChanged(ctx context.Context, c Invocation, id grant.ID, drift time.Time) (Answer, error) {
	return e.end(ctx, c, id, grant.Action{Kind: grant.EventEnd, Drift: drift})
}

func (e *Endings) end(ctx context.Context, c Invocation, id grant.ID, what grant.Action) (Answer, error) {
	g, err := e.store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrUnreadable):
		return e.endDamaged(ctx, c, id, what)
	case err != nil:
		return Answer{}, notFound(id, err)
	}
	g, err = e.decider.decideLoaded(ctx, c, g, e.close(c, what))
	return answer(g, err, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is over. Both halves are being removed; the person who asked is told once AWS has "+
			"confirmed it.", g.ID)
	})
}

// close returns the verb of one person's act that only closes.
func (e *Endings) close(c Invocation, what grant.Action) verb {
	return func(ctx context.Context, batch []grant.Grant) decision {
		act := e.actOf(ctx, c, batch[0], what)
		return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) { return g.Next(act(g)) }}
	}
}

// actOf returns a function that completes a person's act for the current state of a grant. It takes
// the rule and the caller's groups from the grant as seen.
func (e *Endings) actOf(ctx context.Context, c Invocation, seen grant.Grant, what grant.Action) func(
	grant.Grant) grant.Action {
	rule, covered := e.rules.RuleFor(seen)
	if !covered {
		rule = seen.Rule // an approver of the grant's own rule may still end it
	}
	by := e.directory.actor(ctx, c, c.By, append(rule.Groups(), e.rules.Responders.Groups...))
	return func(g grant.Grant) grant.Action {
		act := what
		act.At, act.By, act.Rule, act.PrincipalOwners = e.now(), by, &rule, e.rules.OwnersOf(g.Principal.ARN)
		act.Responds = (act.Kind == grant.EventEnd || act.Kind == grant.EventSettle) && e.rules.Responders.Include(by)
		return act
	}
}
