package awsaccess

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A clock compares the bot's clock with AWS's, which applies the dates in
// policies. Every answer carries its time in whole seconds.
type clock struct {
	now func() time.Time

	mu           sync.Mutex
	last, before time.Duration // certain lead of the bot's clock by the last two answers
}

// heard records the time said by an answer that came between sent and got.
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

// listen records the time of every answer, also of errors. It drops the
// monotonic part of the bot's times, because the wall clock is compared.
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
