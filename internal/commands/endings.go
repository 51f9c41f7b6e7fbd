package commands

import (
	"context"
	"log/slog"
	"time"

	"s3share/internal/grant"
)

// Endings ends, cancels and closes. It has no preflight and heeds no freeze: access can always be
// ended.
type Endings struct {
	store     writer
	decider   *decider
	records   *records
	rules     *ruleBook
	directory *directory
	announce  func(ctx context.Context, a Announcement)
	now       func() time.Time
	log       *slog.Logger
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

// close returns the plan of one person's act that only closes.
func (e *Endings) close(c Invocation, action closing) plan {
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
