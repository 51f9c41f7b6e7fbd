package commands

import (
	"context"
	"fmt"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// A Confirm is a break-glass that waits for the caller's confirmation: the typed draft, and the
// grant that it would open.
type Confirm struct {
	Draft grant.Draft
	Grant grant.Grant
}

// breakGlass previews a break-glass. It stores nothing before the caller confirms, because the
// access opens without a second person.
func (s *Service) breakGlass(ctx context.Context, c Invocation, q parse.Request) (Answer, error) {
	confirm, err := s.ConfirmBreakGlass(ctx, c, drafted(c, q))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Confirm: &confirm}, nil
}

// ConfirmBreakGlass returns the grant that a break-glass would open, or a refusal that is certain
// without a call to Slack.
func (s *Service) ConfirmBreakGlass(ctx context.Context, c Invocation, draft grant.Draft) (Confirm, error) {
	draft.Requester = c.By
	g, _, err := s.Preview(c, draft)
	if err != nil {
		return Confirm{}, err
	}
	// the best case; Slack is asked after the confirmation
	at := grant.Actor{Person: c.By, Standing: grant.Member, Groups: g.Rule.Groups()}
	if err := s.rules.EvaluateRequester(g.Rule, g, at); err != nil {
		return Confirm{}, err
	}
	if err := s.mayBreakGlass(ctx, g); err != nil {
		return Confirm{}, err
	}
	return Confirm{draft, g}, nil
}

// BreakGlass stores a break-glass that the caller has confirmed.
func (s *Service) BreakGlass(ctx context.Context, c Invocation, draft grant.Draft) (Answer, error) {
	draft.BreakGlass = true
	draft.Requester = c.By
	g, err := s.Request(ctx, c, draft)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: fmt.Sprintf("Break-glass `%s`: it opens as soon as AWS has been asked, the admin channel is "+
		"told, and an approver reviews it afterwards.", g.ID)}, nil
}
