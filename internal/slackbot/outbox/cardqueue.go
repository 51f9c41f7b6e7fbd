package outbox

import (
	"errors"
	"slices"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

const (
	// mostSingle is the most cards that wait for a channel one by one. More are gathered into a list.
	mostSingle = 10
	// singleFor is how long cards are posted one by one after Slack has refused a list.
	singleFor = 5 * time.Minute
)

// A cardQueue knows the cards that wait for their turn in a channel, in order. It is a cache: after a
// start the passes over the grants fill it again.
type cardQueue struct {
	mu       sync.Mutex
	channels map[string]*channelQueue
}

type channelQueue struct {
	ids    []grant.ID
	busy   bool      // a list is being posted
	next   time.Time // not before
	single time.Time // until then, cards are posted one by one
	tries  int       // of a list in a row, in vain
	unsure bool      // the last one may exist
}

// add records that a card waits, and reports whether it goes into a list. Then it looks again after wait,
// unless the list came before: longer, the more cards wait.
func (q *cardQueue) add(channel string, id grant.ID) (wait time.Duration, listed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.of(channel)
	if !slices.Contains(c.ids, id) {
		c.ids = append(c.ids, id)
	}
	return 5*time.Second + time.Duration(len(c.ids))*spacing/blocks.ListedMost, c.isCrowded(time.Now())
}

// remove records that a card does not wait any more.
func (q *cardQueue) remove(channel string, id grant.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.of(channel)
	c.ids = slices.DeleteFunc(c.ids, func(one grant.ID) bool { return one == id })
}

// has reports whether a card of the channel waits, by its id in the rate limit.
func (q *cardQueue) has(channel, holder string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Contains(q.of(channel).ids, grant.ID(holder))
}

// ready returns the channels whose next list is due, and marks them as busy until done.
func (q *cardQueue) ready() (channels []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for channel, c := range q.channels {
		if c.isCrowded(now) && !c.busy && !now.Before(c.next) {
			c.busy = true
			channels = append(channels, channel)
		}
	}
	return channels
}

// waiting returns the cards that wait longest, and whether an earlier list may exist.
func (q *cardQueue) waiting(channel string, most int) (ids []grant.ID, unsure bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.of(channel)
	return slices.Clone(c.ids[:min(most, len(c.ids))]), c.unsure
}

// done records the result of a list.
func (q *cardQueue) done(channel string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c, now := q.of(channel), time.Now()
	c.busy = false
	c.next, c.tries, c.unsure = c.after(err, now)
	if needsPerson(err) { // each card finds out by itself, and its requester is told
		c.single = now.Add(singleFor)
	}
}

// after returns the time of the next list after one with a result.
func (c *channelQueue) after(err error, now time.Time) (next time.Time, tries int, unsure bool) {
	var turn waiting
	switch {
	case err == nil:
		return now, 0, false
	case errors.As(err, &turn):
		return turn.until, c.tries, c.unsure
	case errors.As(err, new(unknown)):
		return now.Add(unsureBackoff.Pause(c.tries - 1)), c.tries + 1, true
	}
	return now.Add(retryAfter(err, c.tries)), c.tries + 1, c.unsure
}

func (c *channelQueue) isCrowded(now time.Time) bool {
	return len(c.ids) > mostSingle && !now.Before(c.single)
}

func (q *cardQueue) of(channel string) *channelQueue {
	if q.channels == nil {
		q.channels = map[string]*channelQueue{}
	}
	c := q.channels[channel]
	if c == nil {
		c = &channelQueue{}
		q.channels[channel] = c
	}
	return c
}
