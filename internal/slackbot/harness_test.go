package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/sim/slacksim"
	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

// A network connects the bot and Slack in memory, so that both run in a synctest bubble and hours
// pass at once.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network { return &network{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error   { n.once.Do(func() { close(n.closed) }); return nil }
func (n *network) Addr() net.Addr { return &net.UnixAddr{Name: "slack"} }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case n.conns <- theirs:
		return ours, nil
	case <-n.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// An office is a workspace with the bot in it.
type office struct {
	t         *testing.T
	slack     *slacksim.Workspace
	store     *storetest.Memory
	journal   *journal.Memory
	config    commands.Config // see configure
	service   *commands.Service
	dial      dialer
	bot       *Bot
	settings  Config              // of the bot
	failpoint *func(point string) // of the bot
	log       *logbook
	ctx       context.Context
	stop      func() error // stops the bot and returns the result of Run
}

const slackURL = "http://slack.test/api/"

// A logbook collects the bot's log.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// inOffice runs a test in a bubble: time passes only when all goroutines wait.
func inOffice(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.start()
		test(t, o)
	})
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, log: &logbook{}, slack: slacksim.New(slacksim.Config{})}
	for _, id := range []string{"U0RITA", "U0ADA", "U0BOB", "U0EVE", "U0GIN"} {
		o.slack.AddUser(slacksim.User{ID: id})
	}
	o.slack.AddChannel("C0ADMIN", "s3-admins", "U0ADA", "U0BOB", "U0EVE", "U0GIN")
	o.slack.AddChannel("C0BUILDS", "builds", "U0RITA", "U0ADA", "U0EVE", "U0GIN")
	o.slack.AddGroup("S0OPS", "ops", "U0GIN")
	wire := newNetwork()
	server := &http.Server{Handler: o.slack}
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(wire) }()
	o.store = storetest.NewMemory()
	o.journal = new(journal.Memory)
	ctx, cancel := context.WithTimeout(context.Background(), 1000*time.Hour)
	o.ctx = ctx
	o.prepare(wire.dial)
	t.Cleanup(func() {
		if o.stop != nil {
			o.stop()
		}

		o.slack.Close()
		server.Close()
		wire.Close()
		<-served
		cancel()
		if t.Failed() {
			t.Logf("log of the bot:\n%s", o.log)
		}
	})
	return o
}

// rules returns the rules of the office.
func rules() grant.Rules {
	return grant.Rules{
		Rules: []grant.Rule{
			{Bucket: "two-*", Account: "nonprod", Levels: []string{"read"}, MaxTerm: 480, Approvals: 2, Channel: "C0ADMIN", Approvers: grant.People{Users: []string{"U0ADA", "U0BOB"}}},
			{Bucket: "my*", Account: "nonprod", Levels: []string{"read", "write", "full"}, MaxTerm: 4320, Channel: "C0ADMIN",
				Approvers: grant.People{Users: []string{"U0ADA", "U0BOB"}, Groups: []string{"S0OPS"}}},
		},
		Accounts: []grant.Account{{Name: "nonprod", ID: "222222222222", Partition: "aws"}, {Name: "build", ID: "111111111111", Partition: "aws"}},
		Levels:   grant.BuiltinLevels(), RequestTTL: 1440, WarnBefore: []grant.Term{15}, MaxPending: 1000,
	}
}

// prepare makes a bot that is not running yet.
func (o *office) prepare(dial dialer) {
	log := slog.New(slog.NewTextHandler(o.log, nil))
	directory := NewDirectory(DirectoryConfig{BotToken: "xoxb-bot", APIURL: slackURL, Dial: dial, Log: log})
	o.config = commands.Config{Store: o.store, People: directory, Rules: rules(), Log: log}
	o.service = commands.New(o.config)
	nothing := func(string) {}
	failpoint := &nothing
	o.dial, o.failpoint = dial, failpoint
	o.settings = Config{BotToken: "xoxb-bot", AppToken: "xapp-app", APIURL: slackURL, Store: o.store, Service: o.service, Journal: o.journal,
		AdminChannel: "C0ADMIN", Kick: o.store.Subscribe(), Changed: o.store.Subscribe(), Log: log, Dial: dial,
		Failpoint: func(at string) { (*failpoint)(at) }}
	o.bot = New(o.settings)
}

// configure replaces the service of the bot by one with a changed config. Acts in flight keep theirs.
func (o *office) configure(change func(*commands.Config)) {
	change(&o.config)
	o.service = commands.New(o.config)
	b := o.bot
	for _, service := range []**commands.Service{&b.service, &b.homes.service, &b.worker.service, &b.worker.performer.service,
		&b.receiver.service, &b.receiver.forms.service, &b.receiver.modals.service} {
		*service = o.service
	}
}

// start runs the bot and waits until it is connected.
func (o *office) start() {
	o.t.Helper()
	o.run()
	o.wait("two connections", func() bool { return len(o.slack.Conns()) == sockets })
	synctest.Wait()
	if err := o.bot.Ready(); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) run() {
	ctx, cancel := context.WithCancel(o.ctx)
	ended := make(chan error, 1)
	go func() { ended <- o.bot.Run(ctx) }()
	o.stop = sync.OnceValue(func() error { cancel(); return <-ended })
}

// restart stops the bot and starts another on the same store.
func (o *office) restart() {
	o.t.Helper()
	if err := o.stop(); err != nil {
		o.t.Fatal(err)
	}
	o.journal = o.journal.Reopen()
	o.prepare(o.dial)
	o.start()
}

func (o *office) wait(what string, cond func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, 10*time.Minute)
	defer cancel()
	if err := o.slack.Wait(ctx, cond); err != nil {
		o.t.Fatalf("waiting for %s: %v", what, err)
	}
}

const requestText = "request my-bucket/builds read build/test.user 8h nightly build"

// waitForCard waits until the card has shown the pending decision long enough for a typed decision.
func (o *office) waitForCard(id grant.ID) {
	o.t.Helper()
	o.wait("its card", func() bool {
		d, err := o.store.Delivery(o.ctx, id)
		return err == nil && slices.ContainsFunc(d.Posts, func(p store.Post) bool { return p.DecisionRevision > 0 })
	})
	time.Sleep(cardStands)
}

func (o *office) request(text string) grant.Grant {
	o.t.Helper()
	return o.requestAs("U0RITA", text)
}

func (o *office) requestAs(user, text string) grant.Grant {
	o.t.Helper()
	before := o.all()
	if d := o.slack.As(user).Slash(o.ctx, "C0BUILDS", "/s3share", text); d.Error != "" {
		o.t.Fatal(d.Error)
	}
	for _, g := range o.all() {
		if !slices.ContainsFunc(before, func(b grant.Grant) bool { return b.ID == g.ID }) {
			return g
		}
	}
	o.t.Fatal("nothing was stored")
	return grant.Grant{}
}

// pending makes a request as Rita that passes its checks, and returns the grant and its card.
func (o *office) pending(text string) (grant.Grant, slacksim.Message) {
	o.t.Helper()
	g := o.apply(o.request(text).ID, grant.Check{})
	var found slacksim.Message
	o.wait("the card of "+string(g.ID), func() bool {
		for _, m := range o.slack.Messages("C0ADMIN") {
			if _, has := m.Button("Approve"); has && strings.Contains(m.Plain(), string(g.ID)) {
				found = m
			}
		}
		return found.TS != ""
	})
	synctest.Wait() // and it is in the record
	return g, found
}

// all returns all grants once every acknowledged act is carried out.
func (o *office) all() []grant.Grant {
	o.t.Helper()
	synctest.Wait()
	all, err := o.store.List(o.ctx, store.Query{})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

func (o *office) get(id grant.ID) grant.Grant {
	o.t.Helper()
	g, err := o.store.Get(o.ctx, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return g
}

// apply applies acts to a grant, like the other loops.
func (o *office) apply(id grant.ID, acts ...grant.Action) grant.Grant {
	o.t.Helper()
	for _, a := range acts {
		old := o.get(id)
		next, err := old.Apply(a, time.Now())
		if err != nil {
			o.t.Fatal(err)
		}
		o.put(old, next)
	}
	return o.get(id)
}

// allowConsent records that the beneficiary can be asked.
func (o *office) allowConsent(id grant.ID) {
	o.t.Helper()
	g := o.get(id)
	o.put(g, g.WithConsentAllowed())
}

func (o *office) put(old, next grant.Grant) {
	o.t.Helper()
	change := store.Tx{At: time.Now()}
	change.Put(old, next)
	if err := o.store.Commit(o.ctx, change); err != nil {
		o.t.Fatal(err)
	}
}

// confirm confirms both halves.
func (o *office) confirm(id grant.ID) grant.Grant {
	o.t.Helper()
	for _, half := range []grant.Half{grant.OwnerHalf, grant.GranteeHalf} {
		g := o.get(id)
		next, err := g.Half(half).WithWriteIntent(grant.Statement, []string{"S3Share" + string(id)}, time.Now()).Half(half).RecordPresent(time.Now())
		if err != nil {
			o.t.Fatal(err)
		}
		o.put(g, next)
	}
	return o.get(id)
}

// confirmRemoved confirms the removal of both halves.
func (o *office) confirmRemoved(id grant.ID) grant.Grant {
	o.t.Helper()
	for _, half := range []grant.Half{grant.OwnerHalf, grant.GranteeHalf} {
		g := o.get(id)
		next, err := g.Half(half).RecordAbsent(time.Now())
		if err != nil {
			o.t.Fatal(err)
		}
		o.put(g, next)
	}
	return o.get(id)
}

// shows waits until a person or a channel gets a message with a text, and returns it.
func (o *office) shows(where, text string) slacksim.Message {
	o.t.Helper()
	var found slacksim.Message
	ctx, cancel := context.WithTimeout(o.ctx, time.Hour)
	defer cancel()
	seen := func() []slacksim.Message {
		if strings.HasPrefix(where, "C") {
			return o.slack.Messages(where)
		}
		return append(o.slack.DMs(where), o.slack.Ephemerals(where)...)
	}
	if o.slack.Wait(ctx, func() bool {
		for _, m := range seen() {
			if strings.Contains(m.Text+"\n"+m.Plain(), text) {
				found = m
			}
		}
		return found.TS != ""
	}) != nil {
		var all []string
		for _, m := range seen() {
			all = append(all, m.Text)
		}
		o.t.Fatalf("%s is not shown %q, but:\n%s", where, text, strings.Join(all, "\n"))
	}
	return found
}

// channel returns the messages of the admin channel, without its threads.
func (o *office) channel() []slacksim.Message {
	return slices.DeleteFunc(slices.Clone(o.slack.Messages("C0ADMIN")), func(m slacksim.Message) bool { return m.ThreadTS != "" })
}

// thread returns the messages in the threads of the cards.
func (o *office) thread() (texts []string) {
	for _, m := range o.slack.Messages("C0ADMIN") {
		if m.ThreadTS != "" {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func person(id string) grant.Person { return grant.Person{Team: "T0TEAM", User: id} }

func member(id string) grant.Actor { return grant.Actor{Person: person(id), Standing: grant.Member} }
