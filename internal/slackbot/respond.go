package slackbot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/backoff"
	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// answers tells people the results of their acts.
type answers struct {
	api    *slack.Client
	outbox *outbox.Outbox
	log    *slog.Logger
}

// answer sends one person the result of their act.
func (as *answers) answer(ctx context.Context, to outbox.Place, a commands.Answer, err error) {
	m, file := as.worded(ctx, to.User, a, err)
	if file != nil {
		if err := as.sendFile(ctx, to.User, *file); err != nil {
			m, _ = as.worded(ctx, to.User, commands.Answer{}, err)
		}
	}
	as.outbox.Tell(ctx, to, m)
}

// turn replaces a list by another of its pages. If Slack does not accept that, for example because the
// list is too old, the page is a new answer. So is a refusal: the list stays readable.
func (as *answers) turn(ctx context.Context, to outbox.Place, a commands.Answer, err error) {
	if err == nil && to.URL != "" {
		replaced := as.outbox.Respond(ctx, to.URL, blocks.AnswerMessage(a), true)
		if replaced == nil {
			return
		}
		as.log.InfoContext(ctx, "a list is not replaced by its page, so the page is sent", "person", to.User, "err", replaced)
		to.URL = ""
	}
	as.answer(ctx, to, a, err)
}

// worded formats an answer. A fault is logged under a reference, and the person gets only the
// reference.
func (as *answers) worded(
	ctx context.Context, user string, a commands.Answer, err error,
) (blocks.Message, *commands.File) {
	var no *grant.Refusal
	var instead noModal
	switch {
	case errors.As(err, &instead):
		return blocks.AnswerMessage(instead.answer), nil
	case errors.As(err, &no):
		return blocks.Message{Text: blocks.RefusalText(no)}, nil
	case err != nil:
		ref := rand.Text()[:8]
		as.log.ErrorContext(ctx, "a fault in an act", "reference", ref, "person", user, "err", err)
		return blocks.Message{Text: blocks.FaultText(ref)}, nil
	}
	return blocks.AnswerMessage(a), a.File
}

// sendFile sends a file to one person by direct message.
func (as *answers) sendFile(ctx context.Context, to string, f commands.File) error {
	dm, _, _, err := as.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{to}})
	if err != nil {
		return fmt.Errorf("conversations.open: %w", err)
	}
	_, err = as.api.UploadFileContext(ctx, slack.UploadFileParameters{
		Filename: f.Name, Title: f.Name, Content: string(f.Content), FileSize: len(f.Content), Channel: dm.ID,
	})
	if err != nil {
		return fmt.Errorf("sending a file: %w", err)
	}
	return nil
}

// replyBackoff is for answers with an unknown outcome.
var replyBackoff = backoff.Backoff{First: 10 * time.Second, Max: 5 * time.Minute}

// reply sends the answer to an act until Slack has accepted it or refused every way. It returns
// false if the bot stops before that. A message with a retry button is sent directly, where it
// stays; if Slack refuses that, plain is sent.
func (w *worker) reply(ctx context.Context, a act, fresh, plain blocks.Message) (told bool) {
	for failures := 0; ; failures++ {
		to, m := a.place(w.now()), plain
		if fresh.Text != "" {
			to, m = outbox.Place{User: a.User}, fresh
		}
		switch came := w.outbox.Tell(ctx, to, m); {
		case came == outbox.TurnedDown && fresh.Text != "":
			fresh, failures = blocks.Message{}, -1
			continue
		case came != outbox.Unanswered:
			return true
		}
		if !w.acts.pauseUnlessStopped(ctx, replyBackoff.Pause(failures)) {
			return false
		}
	}
}
