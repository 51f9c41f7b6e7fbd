package commands

import (
	"context"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// Command runs the text that a person typed after /s3share. The error is a [*grant.Refusal], or a
// fault.
func (s *Service) Command(ctx context.Context, c Invocation, text string) (Answer, error) {
	typed, err := s.Parser.read(ctx, c, text)
	if err != nil {
		return Answer{}, err
	}
	return s.carryOut(ctx, c, typed)
}

// Page shows a page of a list for a button of an earlier page. The command on the button is not
// trusted: it can only read, and the rights of the person who presses it count.
func (s *Service) Page(ctx context.Context, c Invocation, command string) (Answer, error) {
	typed, err := s.Parser.read(ctx, c, command)
	if err == nil {
		switch t := typed.(type) {
		case parse.List:
			return s.Queries.list(ctx, c, t)
		case parse.Buckets:
			return s.Queries.buckets(ctx, c, t)
		case parse.History:
			if !t.CSV {
				return s.Queries.history(ctx, c, t)
			}
		}
	}
	return Answer{}, grant.Refuse("That button does not show a page.").
		WithHint("Type `/s3share list` or `/s3share history`.")
}

// carryOut carries out a parsed command.
func (s *Service) carryOut(ctx context.Context, c Invocation, typed parse.Command) (Answer, error) {
	switch t := typed.(type) {
	case parse.Help:
		return s.Queries.help(ctx, c, t.Topic)
	case parse.Request:
		if t.Draft.BreakGlass {
			return s.Requests.breakGlass(ctx, c, t)
		}
		return s.Requests.typed(ctx, c, t)
	case parse.List:
		return s.Queries.list(ctx, c, t)
	case parse.History:
		return s.Queries.history(ctx, c, t)
	case parse.Buckets:
		return s.Queries.buckets(ctx, c, t)
	case parse.Show:
		return s.Queries.show(ctx, c, t.ID)
	case parse.Approve:
		return s.Decisions.approveOrDeny(ctx, c, t.ID, c.Revision, grant.EventApprove, "")
	case parse.Deny:
		return s.Decisions.approveOrDeny(ctx, c, t.ID, c.Revision, grant.EventDeny, t.Reason)
	case parse.Cancel:
		return s.Endings.cancelTyped(ctx, c, t.ID)
	case parse.End:
		return s.Endings.End(ctx, c, t.ID, t.Reason)
	case parse.Review:
		return s.Endings.Review(ctx, c, t.ID, t.Reason)
	case parse.Extend:
		return s.Decisions.Extend(ctx, c, t.ID, t.Term, t.Reason)
	case parse.Freeze:
		return s.freezer.freeze(ctx, c, t.Reason)
	case parse.Unfreeze:
		return s.freezer.setFreeze(ctx, c, "unfreeze", t.Reason)
	case parse.EndAll:
		return s.Endings.endAll(ctx, c, t)
	case parse.Doctor:
		return Answer{}, unknown("doctor")
	case parse.Settle:
		return s.Endings.settle(ctx, c, t.ID, t.Reason)
	}
	return Answer{}, unknown("")
}
