package slackbot

import (
	"context"
	"time"

	"s3share/internal/commands"
)

// An outcome is what came of telling somebody something.
type outcome int

const (
	answered   outcome = iota // Slack took it
	turnedDown                // Slack refused every way
	unanswered                // it may have been taken, or Slack could not be reached
)

const (
	replyAgain     = 10 * time.Second // after which an answer whose fate is unknown is given again, the first time
	replyAgainMost = 5 * time.Minute
)

// reply answers an act until Slack has taken the answer or has refused every way. It
// returns false if the bot stops before that.
func (b *Bot) reply(ctx context.Context, a act, answer commands.Answer, err error) (told bool) {
	m, _ := b.worded(ctx, a.User, answer, err) // of the commands, only a read sends a file
	for wait := replyAgain; ; wait = min(2*wait, replyAgainMost) {
		if b.tell(ctx, a.place(b.Now()), m) != unanswered {
			return true
		}
		if !b.pauseUnlessStopped(ctx, wait) {
			return false
		}
	}
}

// pauseUnlessStopped waits; false if the bot stops meanwhile.
func (b *Bot) pauseUnlessStopped(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-b.acts.stopped:
	}
	return false
}
