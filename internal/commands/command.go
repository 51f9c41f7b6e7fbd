package commands

import (
	"context"

	"s3share/internal/grant"
)

// Command runs what somebody typed after /s3share. It calls ack exactly once:
// as soon as the command is safe on disk if it is a request, at once if it is
// anything else. The error is a [*grant.Refusal], or a fault.
func (s *Service) Command(ctx context.Context, c Call, text string, ack func()) (Answer, error) {
	words, err := split(text)
	if err != nil {
		ack()
		return Answer{}, err
	}
	if len(words) == 0 {
		ack()
		return s.help(), nil
	}
	verb, args := words[0].text, words[1:]
	if lower(verb) == "request" {
		return s.request(ctx, c, args, ack)
	}
	ack()
	run, known := map[string]func(context.Context, Call, []word) (Answer, error){
		"list": s.list, "show": s.show, "approve": s.approve, "deny": s.deny, "cancel": s.cancel, "end": s.end,
		"break-glass": s.breakGlass, "review": s.review, "freeze": s.freeze, "unfreeze": s.unfreeze, "end-all": s.endAll,
		"extend": s.extend, "history": s.history, "buckets": s.buckets,
	}[lower(verb)]
	switch {
	case known:
		return run(ctx, c, args)
	case lower(verb) == "help":
		return s.help(), nil
	}
	return Answer{}, unknown(verb)
}

// Approve counts the caller's yes to a request as they saw it.
func (s *Service) Approve(ctx context.Context, c Call, id grant.ID, revision int) (Answer, error) {
	return s.decideOn(ctx, c, id, revision, grant.Approve, "")
}

// Deny ends a request with a no and the reason for it.
func (s *Service) Deny(ctx context.Context, c Call, id grant.ID, revision int, reason string) (Answer, error) {
	return s.decideOn(ctx, c, id, revision, grant.Deny, reason)
}
