package commands

import (
	"context"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// A Smaller is what an approver makes of a request, as they typed it. Empty
// fields leave what the request has.
type Smaller struct {
	Prefix, Level, Term string
	WholePrefix         bool // an empty prefix means the whole bucket, and not that it stays
	Approve             bool // it also counts as the caller's approval
}

// Change makes a request smaller, as the caller saw it. What others approved
// before counts no more.
func (s *Service) Change(ctx context.Context, c Call, id grant.ID, revision int, to Smaller) (Answer, error) {
	seen, err := s.Store.Get(ctx, id)
	if err != nil {
		return Answer{}, notFound(id, err)
	}
	rule, covered := s.Rules.RuleFor(seen)
	by := s.actor(ctx, c.By, rule.Groups())
	act := grant.Act{Kind: grant.Narrow, At: s.Now(), By: by, Revision: revision, Behind: s.Rules.Behind[seen.Principal.ARN]}
	if covered {
		act.Rule = &rule
	}
	narrow, err := s.narrowing(seen, to)
	if err != nil {
		return s.unlessRedelivered(ctx, c, err)
	}
	act.Narrow = &narrow
	next, err := seen.Next(act) // before AWS is asked
	if err != nil {
		return s.unlessRedelivered(ctx, c, err)
	}
	if _, err := s.Rules.Judge(next); err != nil {
		return s.unlessRedelivered(ctx, c, err)
	}
	if to.Approve {
		if err := s.mayBeOpened(ctx, next); err != nil {
			return s.unlessRedelivered(ctx, c, err)
		}
	}
	act.Findings = seen.Findings
	if s.Room != nil {
		if act.Findings, err = s.Room.Findings(ctx, next); err != nil {
			return s.unlessRedelivered(ctx, c, err)
		}
	}
	next, err = s.store(ctx, c, id, func(g grant.Grant) (grant.Grant, error) {
		next, err := g.Next(act)
		if err != nil || !to.Approve {
			return next, err
		}
		yes := act
		yes.Kind, yes.Revision, yes.Narrow = grant.Approve, next.Revision, nil
		return next.Next(yes)
	})
	if err != nil {
		return s.unlessRedelivered(ctx, c, err)
	}
	if to.Approve {
		return Answer{Text: fmt.Sprintf("Changed `%s`: %s. ", id, next.Last(grant.Narrow).Why) + decided(next, grant.Approve)}, nil
	}
	return Answer{Text: fmt.Sprintf("Changed `%s`: %s. The card asks about it as it is now, and earlier approvals are void.", id, next.Last(grant.Narrow).Why)}, nil
}

// narrowing reads what was typed.
func (s *Service) narrowing(g grant.Grant, to Smaller) (grant.Narrowing, error) {
	n := grant.Narrowing{Prefix: g.Prefix, Level: g.Level, Term: g.Term}
	if prefix := strings.Trim(strings.TrimSpace(to.Prefix), "/"); prefix != "" {
		_, read, err := grant.ParseTarget(g.Bucket.Name + "/" + prefix)
		if err != nil {
			return n, grant.About(grant.FieldPrefix, err)
		}
		n.Prefix = read
	} else if to.WholePrefix {
		n.Prefix = ""
	}
	if name := lower(strings.TrimSpace(to.Level)); name != "" && name != g.Level.Name {
		level, ok := s.Rules.Levels[name]
		if !ok {
			return n, grant.About(grant.FieldLevel, grant.Refuse("There is no level called %q.", clip(to.Level)))
		}
		n.Level = level
	}
	if to.Term != "" {
		term, err := grant.ParseTerm(to.Term)
		if err != nil {
			return n, grant.About(grant.FieldTerm, err)
		}
		n.Term = term
	}
	return n, nil
}
