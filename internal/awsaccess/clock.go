package awsaccess

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A clock is the bot's, held against AWS's: it is by AWS's that a date in a policy
// opens and closes. Every answer says when it was made, in whole seconds.
type clock struct {
	now func() time.Time

	mu           sync.Mutex
	last, before time.Duration // how far ahead it is for certain, by the last two answers
}

// Ahead returns how far the bot's clock is ahead of AWS's, negative if it is
// behind: no more than what the last two answers both say, however long they took.
// It is zero while the clocks may agree, and until AWS has answered.
func (c *Client) Ahead() time.Duration {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	a, b := c.clock.last, c.clock.before
	switch {
	case a > 0 && b > 0:
		return min(a, b)
	case a < 0 && b < 0:
		return max(a, b)
	}
	return 0
}

// heard takes in that an answer which came between two moments was made at said.
func (c *clock) heard(sent, got, said time.Time) {
	var ahead time.Duration
	switch {
	case said.Add(time.Second).Before(sent):
		ahead = sent.Sub(said.Add(time.Second))
	case got.Before(said):
		ahead = got.Sub(said)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.before = ahead, c.last
}

// listen has the clock hear of every answer, whatever it says otherwise. The
// moments are without their monotonic part: it is what the clock shows that counts.
func (c *clock) listen(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("HoldClock", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		sent := c.now().Round(0)
		out, meta, err := next.HandleDeserialize(ctx, in)
		if r, ok := out.RawResponse.(*smithyhttp.Response); ok && r != nil {
			if said, bad := http.ParseTime(r.Header.Get("Date")); bad == nil {
				c.heard(sent, c.now().Round(0), said)
			}
		}
		return out, meta, err
	}), middleware.After)
}
