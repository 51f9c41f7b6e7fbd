package slackbot

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"s3share/internal/alarm"
	"s3share/internal/commands"
	"s3share/internal/journal"
	"s3share/internal/loadgate"
	"s3share/internal/slackbot/blocks"
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
	Gate               *loadgate.Gate  // holds back requests and cards while envelopes arrive; nil: always open
	AdminChannel       string
	Kick               <-chan struct{}  // receives after commits
	Changed            <-chan struct{}  // likewise, for the Homes
	Now                func() time.Time // nil means time.Now
	Log                *slog.Logger     // nil discards
	Dial               dialer           // opens connections to Slack; nil means TCP
	Outage             *alarm.Outage    // of Slack, for the log; may be nil
	CallWithin         time.Duration    // the time limit of a Slack call; zero means 10 s
	// Members reads a user group into a cache; nil asks Slack directly.
	Members func(ctx context.Context, group string) error
	// called at each step of an act, for tests that kill the process there; nil does nothing
	Failpoint func(point string)
}

// A Bot connects one Slack workspace to the commands.
type Bot struct {
	Outbox *outbox.Outbox

	store       store.Store
	service     *commands.Service
	http        *http.Client
	link        *slack.Client // for apps.connections.open
	dial        dialer
	connections *connTracker
	app         *installation
	receiver    *receiver
	homes       *homes
	acts        *acts
	worker      *worker
	watch       *actWatch
	now         func() time.Time
	log         *slog.Logger
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
	client := newHTTP(c.Dial, c.CallWithin, c.Outage)
	api := newAPI(c.BotToken, "", c.APIURL, client) // for all calls but apps.connections.open
	if c.Members == nil {
		c.Members = func(ctx context.Context, group string) error {
			_, err := api.GetUserGroupMembersContext(ctx, group)
			return err
		}
	}
	out := outbox.New(outbox.Config{
		API: api, HTTP: client, Store: c.Store, AdminChannel: c.AdminChannel, Kick: c.Kick, Now: c.Now, Log: c.Log,
		Gate: c.Gate,
	})
	b := &Bot{
		Outbox: out, store: c.Store, service: c.Service, http: client, dial: c.Dial, now: c.Now, log: c.Log,
		link:        newAPI(c.BotToken, c.AppToken, c.APIURL, newOpener(newHTTP(c.Dial, c.CallWithin, c.Outage))),
		connections: newConnTracker(),
		app:         &installation{api: api, outbox: out, members: c.Members, log: c.Log},
		homes:       newHomes(api, c.Service, c.Changed, c.Now, c.Log),
		acts:        newActs(c.Journal, c.Now()),
	}
	b.watch = &actWatch{acts: b.acts, admins: out.Admins, now: c.Now, log: c.Log}
	dedupe, answers := newDedupe(), &answers{api: api, outbox: out, log: c.Log}
	clicks := &clicks{store: c.Store, outbox: out, log: c.Log}
	performer := &performer{service: c.Service, store: c.Store, clicks: clicks, now: c.Now, log: c.Log}
	retries := &retries{store: c.Store, performer: performer, now: c.Now, log: c.Log}
	b.worker = &worker{acts: b.acts, dedupe: dedupe, service: c.Service, performer: performer, retries: retries,
		watch: b.watch, outbox: out, answers: answers, gate: c.Gate, failpoint: c.Failpoint, now: c.Now, log: c.Log}
	forms := &forms{api: api, service: c.Service, store: c.Store, now: c.Now, log: c.Log}
	b.receiver = &receiver{slots: newHandlerSlots(inFlight), gate: c.Gate, dedupe: dedupe, acts: b.acts, worker: b.worker,
		performer: performer, service: c.Service, clicks: clicks, retries: retries, forms: forms,
		formUpdates: newFormUpdates(forms.updateRequest, c.Log), homes: b.homes, answers: answers,
		modals: &modals{api: api, service: c.Service, store: c.Store, forms: forms, clicks: clicks, retries: retries,
			answers: answers, log: c.Log},
		failpoint: c.Failpoint, now: c.Now, log: c.Log}
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
	if err := b.app.authenticate(ctx); err != nil {
		return err
	}
	g, running := errgroup.WithContext(ctx)
	b.store.KeepCauses(b.acts.journal.Oldest)
	linger, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	b.worker.replay(linger)
	defer context.AfterFunc(running, b.acts.haltActs)()
	g.Go(func() error { b.openActs(linger); return nil })
	for n := range sockets {
		s := newSocket(n, b.connections, b.link, b.dial, b.receiver.envelope, b.log)
		g.Go(func() error { return s.connect(linger) })
	}
	g.Go(func() error { b.homes.run(running); return nil })
	g.Go(func() error { b.receiver.formUpdates.run(running); return nil })
	g.Go(func() error { b.watch.run(running); return nil })
	var board sync.WaitGroup
	board.Go(func() { b.Outbox.Admins.RunBoard(running, linger) })
	g.Go(func() error { b.app.checkGroups(running, b.service.Groups()); return nil })
	g.Go(func() error {
		b.Outbox.Run(running, linger)
		timer := time.AfterFunc(grace, hangUp)
		defer timer.Stop()
		b.receiver.slots.close(linger)
		b.worker.stopActs(linger)
		board.Wait()
		hangUp()
		return nil
	})
	err := g.Wait()
	b.receiver.slots.close(context.WithoutCancel(ctx)) // the remaining work was interrupted by now
	b.http.CloseIdleConnections()
	return err
}

// Announce posts a person's act that affects everything to the admin channel.
// Its text is edited at the end of the incident that it starts. An act that ends an announced
// incident needs no post of its own.
func (b *Bot) Announce(ctx context.Context, a commands.Announcement) {
	admins, text := b.Outbox.Admins, blocks.AnnouncementText(a)
	switch {
	case a.Starts != "":
		admins.AnnounceStart(ctx, alarm.Alert{Key: a.Starts, Text: text, Since: a.Since, Urgent: true, Escaped: true})
	case a.Ends != "" && (admins.AnnounceEnd(ctx, a.Ends, "Ended by "+blocks.Mention(a.By), blocks.Safe(a.Why, 500)) ||
		a.Again):
	default:
		admins.Announce(ctx, text)
	}
}

// openActs starts carrying out acts once Slack was reached. Before that, people cannot be looked
// up.
func (b *Bot) openActs(ctx context.Context) {
	select {
	case <-b.connections.reached:
		b.acts.queue.Open()
	case <-ctx.Done():
	}
}
