package slackbot

import (
	"context"
	"crypto/rand"
	"errors"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// answer sends one person the result of their act.
func (b *Bot) answer(ctx context.Context, to outbox.Place, a commands.Answer, err error) {
	m, file := b.worded(ctx, to.User, a, err)
	if file != nil {
		if err := b.sendFile(ctx, to.User, *file); err != nil {
			m, _ = b.worded(ctx, to.User, commands.Answer{}, err)
		}
	}
	b.Outbox.Tell(ctx, to, m)
}

// worded formats an answer. A fault is logged under a reference, and the person gets only the
// reference.
func (b *Bot) worded(ctx context.Context, user string, a commands.Answer, err error) (blocks.Message, *commands.File) {
	var no *grant.Refusal
	switch {
	case errors.As(err, &no):
		return blocks.Message{Text: blocks.RefusalText(no)}, nil
	case err != nil:
		ref := rand.Text()[:8]
		b.Log.ErrorContext(ctx, "a fault while doing what somebody asked", "reference", ref, "person", user, "err", err)
		return blocks.Message{Text: blocks.FaultText(ref)}, nil
	}
	return blocks.AnswerMessage(a), a.File
}
