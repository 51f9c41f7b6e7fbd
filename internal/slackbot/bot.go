package slackbot

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"s3share/internal/commands"
	"s3share/internal/journal"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/store"
)

// Config configures a [Bot]. The tokens, Store, Service and AdminChannel are required; the zero
// value of every other field is a sound default.
type Config struct {
	BotToken, AppToken string
	APIURL             string // Slack's address, with a trailing slash; "": Slack itself
	Store              store.Store
	Service            *commands.Service
	Journal            journal.Journal // nil: acknowledged acts are lost when the process ends
	AdminChannel       string
	Kick               <-chan struct{}  // receives after commits
	Changed            <-chan struct{}  // likewise, for the Homes
	Now                func() time.Time // nil means time.Now
	Log                *slog.Logger     // nil discards
	Dial               dialer           // opens connections to Slack; nil means TCP
	CallWithin         time.Duration    // the time limit of a Slack call; zero means 10 s
	// Members reads a user group into a cache; nil asks Slack directly.
	Members func(ctx context.Context, group string) error
	// Report queues an alert to the admin channel; nil posts it once.
	Report func(ctx context.Context, text string) error
	// called at each step of an act, for tests that kill the process there; nil does nothing
	Failpoint func(point string)
}

// A Bot connects one Slack workspace to the commands.
type Bot struct {
	Config
	Outbox      *outbox.Outbox
	http        *http.Client
	api         *slack.Client // for all calls but apps.connections.open
	link        *slack.Client // for apps.connections.open
	dedupe      *dedupe
	acts        *acts
	places      chan struct{} // one slot for each envelope in flight
	connections *connTracker
	homes       *homes
	forms       *forms
	clicks      *clicks
	answers     *answers
	retries     *retries
	worker      *worker

	resting int // slots taken by the stop
}

// New returns a bot. It makes no call.
func New(c Config) *Bot {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.CallWithin == 0 {
		c.CallWithin = callWithin
	}
	if c.Journal == nil {
		c.Journal = new(journal.Memory)
	}
	if c.Failpoint == nil {
		c.Failpoint = func(string) {}
	}
	client := newHTTP(c.Dial, c.CallWithin)
	api := newAPI(c.BotToken, "", c.APIURL, client)
	out := outbox.New(outbox.Config{
		API: api, HTTP: client, Store: c.Store, AdminChannel: c.AdminChannel, Kick: c.Kick, Now: c.Now, Log: c.Log,
		Report: c.Report,
	})
	b := &Bot{
		Config: c, http: client,
		api:    api,
		link:   newAPI(c.BotToken, c.AppToken, c.APIURL, newOpener(newHTTP(c.Dial, c.CallWithin))),
		dedupe: newDedupe(), acts: newActs(c.Journal, c.Now()),
		places:      make(chan struct{}, inFlight),
		connections: newConnTracker(), homes: newHomes(),
		forms:  &forms{api: api, service: c.Service, store: c.Store, log: c.Log},
		Outbox: out, clicks: &clicks{store: c.Store, outbox: out, log: c.Log},
		answers: &answers{api: api, outbox: out, log: c.Log},
		retries: &retries{store: c.Store, now: c.Now},
	}
	b.worker = &worker{acts: b.acts, dedupe: b.dedupe, service: c.Service, store: c.Store, outbox: out, clicks: b.clicks,
		answers: b.answers, retries: b.retries, failpoint: b.failpoint, now: c.Now, log: c.Log}
	return b
}

const (
	inFlight = 1024            // envelopes at once; others are left to Slack
	grace    = 6 * time.Second // for work in flight when the bot stops
)

// Run replays the undone acts of an earlier run, connects, handles envelopes and sends messages
// until ctx ends. Then it reads no more, and finishes the work in flight for a few seconds, with
// open sockets for acknowledgements. Acts that have not begun are left to the next run. It returns
// an error if Slack refuses the tokens at the start.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.authenticate(ctx); err != nil {
		return err
	}
	g, running := errgroup.WithContext(ctx)
	b.Store.KeepCauses(b.acts.journal.Oldest)
	linger, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	b.worker.replay(linger)
	defer context.AfterFunc(running, b.acts.haltActs)()
	go b.openActs(linger)
	for n := range sockets {
		g.Go(func() error { return b.connect(linger, n) })
	}
	g.Go(func() error { b.keepHomes(running); return nil })
	g.Go(func() error { b.worker.watchActs(running); return nil })
	g.Go(func() error { b.checkGroups(running); return nil })
	g.Go(func() error {
		b.Outbox.Run(running, linger)
		timer := time.AfterFunc(grace, hangUp)
		defer timer.Stop()
		b.drain(linger)
		b.worker.stopActs(linger)
		hangUp()
		return nil
	})
	err := g.Wait()
	b.drain(context.WithoutCancel(ctx)) // the remaining work was interrupted by now
	b.http.CloseIdleConnections()
	return err
}

// failpoint reports a step of an act to the failpoint.
func (b *Bot) failpoint(point string) { b.Failpoint(point) }

// openActs starts carrying out acts once Slack was reached. Before that, people cannot be looked
// up.
func (b *Bot) openActs(ctx context.Context) {
	select {
	case <-b.connections.reached:
		b.acts.queue.Open()
	case <-ctx.Done():
	}
}

// drain waits until nothing is in flight, or ctx ends. After that no work begins.
func (b *Bot) drain(ctx context.Context) {
	for ; b.resting < inFlight; b.resting++ {
		select {
		case b.places <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}
