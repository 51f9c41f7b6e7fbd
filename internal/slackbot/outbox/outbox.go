// Package outbox makes Slack's messages agree with the records: it posts cards and notices, updates
// them, and alerts the admin channel. Package blocks draws the messages, and the due times of
// grant.NoticeWorker in the store say which grants to look at.
//
// Each post is recorded as soon as Slack has accepted it. A failed call is repeated, so cards and
// notices are delayed while Slack is down, and never lost. If the outcome of a post is unknown, the
// retry may create a second copy. A click on a copy that is not in the record has no effect.
//
// A blind spot: the bot may not read channels. It sees that a message was deleted only when it updates
// that message.
//
// A tour from the top down: sync.go has the loop over due grants, and one pass over one grant. A pass
// (delivery.go) reads the records, updates cards (redraw.go), sends notices (notices.go), edits
// outdated messages (edits.go), and records the result. late_yes.go stores a void approval for
// its card, and tell.go answers one person at once.
//
// Many waiting cards become one list: cardqueue.go knows which cards wait, and lists.go posts and edits
// the lists, and has a card posted that is opened. summary.go stands for many replies about ended access.
//
// send.go posts and updates one message, and outbox.go has the type. outages.go reports channels and
// user groups that Slack refuses, and admins.go writes to the admin channel. ratelimit.go limits the
// rate, inflight.go knows which grants have a pass at the moment, and errors.go classifies Slack's
// errors.
package outbox

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/alarm"
	"s3share/internal/grant"
	"s3share/internal/loadgate"
	"s3share/internal/store"
)

// Config configures an [Outbox]. All fields are required.
type Config struct {
	API          *slack.Client
	HTTP         *http.Client // for response URLs
	Store        store.Store
	AdminChannel string
	Kick         <-chan struct{} // receives after commits
	Gate         *loadgate.Gate  // holds back messages while envelopes arrive
	Now          func() time.Time
	Log          *slog.Logger
}

// An Outbox keeps the messages in one Slack workspace up to date.
type Outbox struct {
	Admins *Admins

	api   *slack.Client
	http  *http.Client
	store store.Store
	kick  <-chan struct{}
	gate  *loadgate.Gate
	now   func() time.Time
	log   *slog.Logger

	limiter  *rateLimiter
	cards    cardQueue
	edits    edits
	ended    summaries
	inflight *inflight
	outages  *outages
}

// New returns an outbox. It makes no call.
func New(c Config) *Outbox {
	limiter := newRateLimiter()
	board := alarm.Board{Store: c.Store, Now: c.Now, Log: c.Log}
	admins := &Admins{channel: c.AdminChannel, api: c.API, limiter: limiter, Board: board, log: c.Log}
	return &Outbox{
		Admins: admins, api: c.API, http: c.HTTP, store: c.Store, kick: c.Kick, gate: c.Gate, now: c.Now, log: c.Log,
		limiter: limiter, inflight: newInflight(),
		outages: &outages{admins: admins, log: c.Log},
	}
}

// NextStep returns a channel that is closed at the next step of the pass over a grant; nil without
// a pass.
func (o *Outbox) NextStep(id grant.ID) <-chan struct{} { return o.inflight.waitCh(id) }

// NoteGroup records the result of reading a user group.
func (o *Outbox) NoteGroup(ctx context.Context, group string, err error) {
	o.outages.noteGroup(ctx, group, err)
}
