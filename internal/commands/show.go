package commands

import (
	"context"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func (s *Service) show(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	g, err := s.Get(ctx, id)
	if err != nil {
		return Answer{}, err
	}
	if !s.maySee(ctx, c, g) {
		return Answer{}, notFound(g.ID, store.ErrNotFound)
	}
	return Answer{Grant: &g}, nil
}

func (s *Service) maySee(ctx context.Context, c Invocation, g grant.Grant) bool {
	if g.Concerns(c.By) {
		return true // no need to ask Slack
	}
	return s.sees(s.actor(ctx, c, c.By, append(g.Rule.Groups(), s.groupsThatSee()...)), g)
}
