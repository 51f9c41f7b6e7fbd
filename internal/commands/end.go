package commands

import (
	"context"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// End is the requester's "I'm done", or an approver's revocation.
func (s *Service) End(ctx context.Context, c Call, id grant.ID, reason string) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.End, reason, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is over. Both halves are being removed; the person who asked is told once AWS has confirmed it.", g.ID)
	})
}

// PutBack restores a part that somebody else changed in AWS.
func (s *Service) PutBack(ctx context.Context, c Call, id grant.ID) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.PutBack, "", func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is being put back.", g.ID)
	})
}

// Cancel takes a request back.
func (s *Service) Cancel(ctx context.Context, c Call, id grant.ID) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.Cancel, "", func(g grant.Grant) string {
		return fmt.Sprintf("Cancelled %s.", allOf(g))
	})
}

// CancelExtension takes back an extension that waits for a decision. The grant
// stays as it is.
func (s *Service) CancelExtension(ctx context.Context, c Call, id grant.ID) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.CancelMore, "", func(g grant.Grant) string {
		return fmt.Sprintf("The extension of `%s` is taken back; it ends as it would have.", g.ID)
	})
}

func (s *Service) byPerson(ctx context.Context, c Call, id grant.ID, kind grant.Kind, reason string, done func(grant.Grant) string) (Answer, error) {
	seen, err := s.Store.Get(ctx, id)
	if err != nil {
		return Answer{}, notFound(id, err)
	}
	rule, covered := s.Rules.RuleFor(seen)
	if !covered {
		rule = seen.Rule // whoever could revoke it under the rule it was made by still can
	}
	by := s.actor(ctx, c.By, append(rule.Groups(), s.Rules.Responders.Groups...))
	next, err := s.decide(ctx, c, id, func(g grant.Grant) (grant.Act, error) {
		act := grant.Act{Kind: kind, At: s.Now(), By: by, Why: strings.TrimSpace(reason), Rule: &rule, Behind: s.Rules.PeopleBehind(g.Principal.ARN),
			Responds: kind == grant.End && s.Rules.Responders.Include(by)}
		if kind == grant.PutBack && !covered {
			act.Rule = nil // it opens access, which is for today's rules alone
		}
		return act, nil
	})
	if s.redelivered(ctx, c, err) {
		return Answer{Silent: true}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: done(next)}, nil
}

func (s *Service) end(ctx context.Context, c Call, args []word) (Answer, error) {
	g, reason, err := s.named(ctx, c, "end", args)
	if err != nil {
		return Answer{}, err
	}
	return s.End(ctx, c, g.ID, reason)
}

func (s *Service) cancel(ctx context.Context, c Call, args []word) (Answer, error) {
	g, _, err := s.named(ctx, c, "cancel", args)
	if err != nil {
		return Answer{}, err
	}
	if g.Amendment != nil {
		return s.CancelExtension(ctx, c, g.ID)
	}
	return s.Cancel(ctx, c, g.ID)
}
