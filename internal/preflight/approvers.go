package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// typed judges a request by the rules before AWS is asked about it.
func (p *Preflight) typed(_ context.Context, s subject) (subject, []Finding, error) {
	rule, err := p.rules.Evaluate(s.options.Grant)
	s.rule = rule
	found, err := blockers(Refused, p.ofRules(s.options.Grant), err)
	return s, found, err
}

// ofRules returns a grant's rule as a source.
func (p *Preflight) ofRules(g grant.Grant) Source {
	rule, _ := p.rules.RuleFor(g)
	return Source{Document: Rules, Setting: rule.Name}
}

// persons judges the requester and the beneficiary.
func (p *Preflight) persons(ctx context.Context, s subject) (subject, []Finding, error) {
	g := s.options.Grant
	if p.people == nil {
		return s, nil, errNobody
	}
	who := []grant.Person{g.Requester}
	if !g.Beneficiary.Same(g.Requester) {
		who = append(who, g.Beneficiary)
	}
	for i, person := range who {
		actor, err := p.people.Recent(ctx, person, s.rule.Groups())
		if err != nil {
			return s, nil, fmt.Errorf("asking Slack who %s is: %w", person.User, err)
		}
		judge := p.rules.EvaluateRequester
		if i > 0 {
			judge = p.rules.EvaluateBeneficiary
		}
		if found, err := blockers(Refused, Source{Document: Slack}, judge(s.rule, g, actor)); err != nil || len(found) > 0 {
			return s, found, err
		}
	}
	return s, nil, nil
}

// approvers refuses a request that too few present approvers could approve. It skips
// a request that a rule may approve. If Slack does not answer, the request passes,
// because each click asks again.
func (p *Preflight) approvers(ctx context.Context, s subject) (subject, []Finding, error) {
	g, rule := s.options.Grant, s.rule
	all, err := p.together(ctx, s)
	if err != nil {
		return s, nil, err
	}
	if g.BreakGlass || len(rule.Auto) > 0 && len(all) == 1 {
		return s, nil, nil
	}
	concerned := func(user string) bool {
		return slices.ContainsFunc(all, func(one grant.Grant) bool {
			return one.ConcernsToday(grant.Person{User: user}, p.rules.OwnersOf(one.Principal.ARN))
		})
	}
	able, err := p.people.Present(ctx, rule.Approvers, concerned, rule.Quorum(g.Level.Name))
	if err != nil {
		p.log.WarnContext(ctx, "asking Slack who could approve", "grant", g.ID, "err", err)
		return s, nil, nil
	}
	found, err := blockers(Refused, Source{Document: Slack, Setting: "approvers"},
		p.rules.EvaluateApproverCount(rule, g, able))
	return s, found, err
}

// together returns the grants of the subject's batch.
func (p *Preflight) together(ctx context.Context, s subject) ([]grant.Grant, error) {
	if s.options.With != nil {
		return s.options.With, nil
	}
	return store.ReadBatch(ctx, p.records, s.options.Grant)
}

var errNobody = errors.New("nobody can be asked who people are")
