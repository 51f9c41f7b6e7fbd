// Package outbox makes Slack's messages agree with the records: it posts cards and notices, updates
// them, and alerts the admin channel. Package blocks draws the messages, and the due times of
// grant.NoticeWorker in the store say which grants to look at.
//
// Each post is recorded as soon as Slack has accepted it. A failed call is repeated, so cards and
// notices are delayed while Slack is down, and never lost. If the outcome of a post is unknown, the
// retry may create a second copy. A click on a copy that is not in the record has no effect.
//
// A tour: outbox.go has the type and the loop over due grants. delivery.go is one pass over one
// grant: it reads the records, updates cards (redraw.go), sends notices (notices.go), removes useless
// buttons (retire_buttons.go), and records the result. late_yes.go notes a void approval on its card.
// inflight.go knows which grants have a pass at the moment.
//
// send.go posts and updates one message, ratelimit.go limits the rate, and errors.go classifies
// Slack's errors. tell.go answers one person at once, and alert.go writes to the admin channel.
// channel_unreachable.go reports channels and user groups that Slack refuses.
package outbox

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Config configures an [Outbox]. Report may be nil; the other fields are required.
type Config struct {
	API          *slack.Client
	HTTP         *http.Client // for response URLs
	Store        store.Store
	AdminChannel string
	Kick         <-chan struct{} // receives after commits
	Now          func() time.Time
	Log          *slog.Logger
	// Report queues an alert to the admin channel; nil posts it once.
	Report func(ctx context.Context, text string) error
}

// An Outbox keeps the messages in one Slack workspace up to date.
type Outbox struct {
	api          *slack.Client
	http         *http.Client
	store        store.Store
	adminChannel string
	kick         <-chan struct{}
	now          func() time.Time
	log          *slog.Logger
	reportLater  func(ctx context.Context, text string) error

	limiter  *rateLimiter
	inflight *inflight
	outages  outages
	noAdmin  atomic.Pointer[string] // why the admin channel cannot be posted to; "" or nil: no known reason
}

// New returns an outbox. It makes no call.
func New(c Config) *Outbox {
	return &Outbox{
		api: c.API, http: c.HTTP, store: c.Store, adminChannel: c.AdminChannel, kick: c.Kick,
		now: c.Now, log: c.Log, reportLater: c.Report,
		limiter: newRateLimiter(), inflight: newInflight(),
	}
}

const (
	sideBySide = 8
	dueAtOnce  = 1000
	dueEver    = 1 << 20
)

// Run makes Slack agree with the records until ctx ends. Then it waits for the work in flight,
// which ends with linger.
func (o *Outbox) Run(ctx, linger context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	slots := make(chan struct{}, sideBySide)
	var all sync.WaitGroup
	defer all.Wait()
	var looked time.Time
	for {
		until, limit := dueUntil(o.now(), &looked)
		ids, err := o.store.Due(ctx, grant.NoticeWorker, until, limit)
		if err != nil && ctx.Err() == nil {
			o.log.ErrorContext(ctx, "reading what is to be told", "err", err)
		}
		for _, id := range ids {
			if !o.inflight.begin(id) {
				continue // in progress, or failed a moment ago
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				o.inflight.end(id, time.Time{})
				return
			}
			all.Go(func() {
				until := time.Now().Add(time.Second) // after a panic
				defer func() { <-slots; o.inflight.end(id, until) }()
				defer o.recovered(linger, "telling people", id)
				until = o.syncGrant(linger, id)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-o.kick:
		case <-o.inflight.ended:
		case <-o.inflight.nextHeld():
		case <-ticker.C:
		}
	}
}
