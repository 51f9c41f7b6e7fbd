package commands

import (
	"context"

	"s3share/internal/grant"
)

func (s *Service) show(ctx context.Context, c Call, args []word) (Answer, error) {
	g, _, err := s.named(ctx, c, "show", args)
	if err != nil {
		return Answer{}, err
	}
	if !s.maySee(ctx, c, g) {
		return Answer{}, notFound(g.ID, grant.ErrNotFound)
	}
	return Answer{Grant: &g}, nil
}

// named reads the id that a command begins with, and the text after it.
func (s *Service) named(ctx context.Context, _ Call, verb string, args []word) (g grant.Grant, rest string, err error) {
	if len(args) == 0 {
		return g, "", grant.Refuse("Which one?").WithHint("`/s3share %s <id>`; `/s3share list` shows the ids.", verb)
	}
	id, err := grant.ParseID(args[0].text)
	if err != nil {
		return g, "", err
	}
	if g, err = s.Store.Get(ctx, id); err != nil {
		return g, "", notFound(id, err)
	}
	return g, phrase(args[1:]), nil
}

// maySee reports whether the caller may see g.
func (s *Service) maySee(ctx context.Context, c Call, g grant.Grant) bool {
	if g.Concerns(c.By) {
		return true // without asking Slack
	}
	return s.sees(s.actor(ctx, c.By, append(g.Rule.Groups(), s.groupsThatSee()...)), g)
}
