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

// End ends access early, for the requester or an approver.
func (s *Service) End(ctx context.Context, c Invocation, id grant.ID, reason string) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.End, reason, over)
}

func over(g grant.Grant) string {
	return fmt.Sprintf("`%s` is over. Both halves are being removed; the person who asked is told once AWS has "+
		"confirmed it.", g.ID)
}

// EndChanged ends a grant that was changed outside s3share at time drift.
func (s *Service) EndChanged(ctx context.Context, c Invocation, id grant.ID, drift time.Time) (Answer, error) {
	return s.byPersonAbout(ctx, c, id, grant.Action{Kind: grant.End, Drift: drift}, over)
}

// PutBack restores the part of a grant that was changed outside s3share at time drift. This opens
// access, so it is checked like an approval.
func (s *Service) PutBack(ctx context.Context, c Invocation, id grant.ID, drift time.Time) (Answer, error) {
	return s.byPersonAbout(ctx, c, id, grant.Action{Kind: grant.Restore, Drift: drift}, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is being put back.", g.ID)
	})
}

// preflightRestore checks a restore against a freeze, today's rules, the requester, the beneficiary
// and the limits of AWS. It returns the current findings of AWS.
func (s *Service) preflightRestore(ctx context.Context, c Invocation, g grant.Grant) (
	found *grant.Findings, err error) {
	if err := s.whileFrozen(ctx); err != nil {
		return nil, err
	}
	rule, err := s.rules.EvaluateRestore(g, s.now())
	if err == nil {
		err = s.actorLookup(c, []grant.Grant{g}).mayStillRequest(ctx, rule, g)
	}
	if err == nil && s.preflight != nil {
		found, err = s.preflight.CheckRestore(ctx, g)
	}
	var no *grant.Refusal
	if !errors.As(err, &no) {
		return found, err
	}
	hint := "End it, and have them ask again."
	if strings.Contains(no.Hint, "Try again") { // the obstacle is temporary
		hint = no.Hint
	}
	return nil, grant.Refuse("It cannot be put back. %s", no.Sentence).WithHint("%s", hint)
}

// Settle closes the record of an expired grant whose account no longer answers.
func (s *Service) Settle(ctx context.Context, c Invocation, id grant.ID, reason string) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.Settle, reason, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is closed, not confirmed by AWS. If the account answers again, what is left of it is "+
			"removed.", g.ID)
	})
}

// Cancel cancels a request.
func (s *Service) Cancel(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.Cancel, "", func(g grant.Grant) string {
		return fmt.Sprintf("Cancelled %s.", allOf(g))
	})
}

// CancelExtension cancels a pending extension. The grant itself stays unchanged.
func (s *Service) CancelExtension(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.CancelExtension, "", func(g grant.Grant) string {
		return fmt.Sprintf("The extension of `%s` is taken back; it ends as it would have.", g.ID)
	})
}

func (s *Service) byPerson(ctx context.Context, c Invocation, id grant.ID, kind grant.EventKind, reason string,
	done func(grant.Grant) string) (Answer, error) {
	return s.byPersonAbout(ctx, c, id, grant.Action{Kind: kind, Why: strings.TrimSpace(reason)}, done)
}

func (s *Service) byPersonAbout(ctx context.Context, c Invocation, id grant.ID, what grant.Action,
	done func(grant.Grant) string) (Answer, error) {
	seen, err := s.store.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrUnreadable) && what.Kind == grant.End:
		return s.endDamaged(ctx, c, id, what)
	case err != nil:
		return Answer{}, notFound(id, err)
	}
	if a, again, err := s.again(ctx, c, id, done); again || err != nil {
		return a, err
	}
	c.closes = what.Kind == grant.Cancel
	batch, err := s.batchWith(ctx, seen, c.closes)
	if err != nil {
		return Answer{}, err
	}
	act := s.actOf(ctx, c, seen, what)
	d := decision{step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
		a := act(g)
		a.Found = found
		return g.Next(a)
	}}
	if what.Kind == grant.Restore {
		d.preflight = func(ctx context.Context, g, _ grant.Grant) (*grant.Findings, error) {
			return s.preflightRestore(ctx, c, g)
		}
	}
	next, err := s.carryOut(ctx, c, id, batch, d)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: done(next)}, nil
}

// actOf returns a function that completes a person's act for the current state of a grant. It takes
// the rule and the caller's groups from the grant as seen.
func (s *Service) actOf(ctx context.Context, c Invocation, seen grant.Grant, what grant.Action) func(
	grant.Grant) grant.Action {
	rule, covered := s.rules.RuleFor(seen)
	if !covered {
		rule = seen.Rule // an approver of the grant's own rule may still end it
	}
	by := s.actor(ctx, c, c.By, append(rule.Groups(), s.rules.Responders.Groups...))
	return func(g grant.Grant) grant.Action {
		act := what
		act.At, act.By, act.Rule, act.PrincipalOwners = s.now(), by, &rule, s.rules.OwnersOf(g.Principal.ARN)
		act.Responds = (act.Kind == grant.End || act.Kind == grant.Settle) && s.rules.Responders.Include(by)
		if act.Kind == grant.Restore && !covered {
			act.Rule = nil // a restore opens access, so it needs a rule of today
		}
		return act
	}
}

func (s *Service) cancel(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := s.Get(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	redelivered, err := s.committed(ctx, c)
	if err != nil {
		return Answer{}, err
	}
	last := g.Last(grant.Cancel, grant.CancelExtension)
	if g.PendingExtension != nil || redelivered && last != nil && last.Kind == grant.CancelExtension {
		return s.CancelExtension(ctx, c, g.ID)
	}
	return s.Cancel(ctx, c, g.ID)
}
