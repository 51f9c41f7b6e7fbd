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
	return answer(g, err, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is over. Both halves are being removed; the person who asked is told once AWS has "+
			"confirmed it.", g.ID)
	})
}

// A closing returns a person's action on g that only closes.
type closing func(g grant.Grant, by grant.Actor) grant.Action

// ends completes an end for its person and grant.
func (e *Endings) ends(what grant.End) closing {
	return func(g grant.Grant, by grant.Actor) grant.Action {
		what.By, what.Today, what.Responder = by, e.rules.todayOrOwn(g), e.rules.Responders.Include(by)
		return what
	}
}

// close returns the verb of one person's act that only closes.
func (e *Endings) close(c Invocation, action closing) verb {
	return func(ctx context.Context, batch []grant.Grant) decision {
		by := e.caller(ctx, c, batch[0])
		return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) {
			return g.Apply(action(g, by), e.now())
		}}
	}
}

// caller returns the caller with the groups that matter for a grant.
func (e *Endings) caller(ctx context.Context, c Invocation, g grant.Grant) grant.Actor {
	return e.directory.actor(ctx, c, c.By, append(e.rules.todayOrOwn(g).Rule.Groups(), e.rules.Responders.Groups...))
}
