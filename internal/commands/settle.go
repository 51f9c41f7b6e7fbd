package commands

import (
	"context"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// settle closes the record of an expired grant whose account no longer answers.
func (e *Endings) settle(ctx context.Context, c Invocation, id grant.ID, reason string) (Answer, error) {
	g, err := e.decider.decide(ctx, c, id, e.close(c, func(_ grant.Grant, by grant.Actor) grant.Action {
		return grant.Settle{By: by, Responder: e.rules.Responders.Include(by), Why: strings.TrimSpace(reason)}
	}))
	return answer(g, err, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is closed, not confirmed by AWS. If the account answers again, I'll remove the rest.",
			g.ID)
	})
}
