package outbox

import (
	"context"
	"sync"
	"time"

	"s3share/internal/slackbot/blocks"
)

// mostReplying is the longest queue of a channel, in time, for replies about ended access. Beyond it, one
// summary in the channel stands for the replies.
const mostReplying = 10 * time.Second

// summaries counts the replies that were left out, by channel. A stop loses the count: the cards, the lists and
// the history have the ends.
type summaries struct {
	mu    sync.Mutex
	count map[string]int
	since map[string]time.Time // of the last reply that was left out
}

func (s *summaries) add(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count == nil {
		s.count, s.since = map[string]int{}, map[string]time.Time{}
	}
	s.count[channel]++
	s.since[channel] = time.Now()
}

// take returns the counts of the channels where no reply was left out for a moment.
func (s *summaries) take() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := map[string]int{}
	for channel, n := range s.count {
		if time.Since(s.since[channel]) >= mostReplying {
			due[channel] = n
			delete(s.count, channel)
		}
	}
	return due
}

// postSummary posts one summary. It waits for its turn.
func (o *Outbox) postSummary(ctx context.Context, channel string, n int) {
	const holder = "summary"
	for o.limiter.wait(ctx, channel, holder, quiet) {
		_, _, err := o.postNow(ctx, channel, holder, quiet, blocks.EndedSummary(n))
		if !isWaiting(err) {
			if err != nil {
				o.log.WarnContext(ctx, "a summary of ended access was not posted", "channel", channel, "err", err)
			}
			return
		}
	}
}
