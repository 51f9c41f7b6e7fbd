package slackbot

import (
	"context"
	"time"

	"s3share/internal/backoff"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

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
