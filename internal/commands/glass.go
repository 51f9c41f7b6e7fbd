package commands

import (
	"context"
	"fmt"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// A Confirm is a break-glass that the person has to confirm before anything is
// stored: what they typed, and what that would open.
type Confirm struct {
	Draft grant.Draft
	Grant grant.Grant
}

// breakGlass shows what would open at once, to those whom the rule lists. It
// stores nothing: what opens without a second person is worth a second look.
func (s *Service) breakGlass(ctx context.Context, c Call, q parse.Request) (Answer, error) {
	confirm, err := s.ConfirmBreakGlass(ctx, c, drafted(c, q))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Confirm: &confirm}, nil
}

// ConfirmBreakGlass returns what a break-glass would open, or what certainly stands
// against it.
func (s *Service) ConfirmBreakGlass(ctx context.Context, c Call, draft grant.Draft) (Confirm, error) {
	draft.Requester = c.By
	g, _, err := s.Preview(c, draft)
	if err != nil {
		return Confirm{}, err
	}
	at := grant.Actor{Person: c.By, Standing: grant.Member, Groups: g.Rule.Groups()} // at best; Slack is asked once it is confirmed
	if err := s.Rules.JudgePerson(g.Rule, g, at); err != nil {
		return Confirm{}, err
	}
	if err := s.mayBreakGlass(ctx, g); err != nil {
		return Confirm{}, err
	}
	return Confirm{draft, g}, nil
}

// BreakGlass stores a break-glass that the caller has confirmed.
func (s *Service) BreakGlass(ctx context.Context, c Call, draft grant.Draft) (Answer, error) {
	draft.Urgent = true
	draft.Requester = c.By
	g, err := s.Ask(ctx, c, draft)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: fmt.Sprintf("Break-glass `%s`: it opens as soon as AWS has been asked, the admin channel is told, and an approver reviews it afterwards.", g.ID)}, nil
}
