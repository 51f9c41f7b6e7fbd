package commands

import (
	"context"
	"fmt"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// breakGlass previews a break-glass. It stores nothing before the caller confirms, because the
// access opens without a second person.
func (r *Requests) breakGlass(ctx context.Context, c Invocation, q parse.Request) (Answer, error) {
	confirm, err := r.prechecks.ConfirmBreakGlass(ctx, c, draftOf(c, q))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Confirm: &confirm}, nil
}

// BreakGlass stores a break-glass that the caller has confirmed.
func (r *Requests) BreakGlass(ctx context.Context, c Invocation, draft grant.Draft) (Answer, error) {
	draft.BreakGlass = true
	draft.Requester = c.By
	g, err := r.create(ctx, c, draft)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: fmt.Sprintf("Opening access `%s` with break-glass; I'll tell you when it is active. The admin "+
		"channel is notified, and an approver reviews it afterwards.", g.ID)}, nil
}
