package commands

import (
	"context"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// Review closes the review of a break-glass.
func (e *Endings) Review(ctx context.Context, c Invocation, id grant.ID, found string) (Answer, error) {
	g, err := e.decider.decide(ctx, c, id, e.close(c, func(g grant.Grant, by grant.Actor) grant.Action {
		return grant.Review{By: by, Today: e.rules.todayOrOwn(g), Why: strings.TrimSpace(found)}
	}))
	return answer(g, err, func(g grant.Grant) string { return fmt.Sprintf("You closed the review of `%s`.", g.ID) })
}
