package commands

import (
	"context"
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// settle closes the record of an expired grant whose account no longer answers.
func (e *Endings) settle(ctx context.Context, c Invocation, id grant.ID, reason string) (Answer, error) {
	what := grant.Action{Kind: grant.EventSettle, Why: strings.TrimSpace(reason)}
	g, err := e.decider.decide(ctx, c, id, e.close(c, what))
	return answer(g, err, func(g grant.Grant) string {
		return fmt.Sprintf("`%s` is closed, not confirmed by AWS. If the account answers again, what is left of it is "+
			"removed.", g.ID)
	})
}
