package slackbot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// Config says how a [Bot] works. The tokens, Store, Service and AdminChannel are
// required; the zero value of every other field is a sound default.
type Config struct {
	BotToken, AppToken string
	APIURL             string // Slack's address, with a trailing slash; "" is Slack itself
	Store              grant.Store
	Service            *commands.Service
	AdminChannel       string
	Kick               <-chan struct{}  // something was committed
	Now                func() time.Time // nil means time.Now
	Log                *slog.Logger     // nil discards
}

// A Bot is the bot's side of one Slack workspace.
type Bot struct {
	Config
	http  *http.Client
	api   *slack.Client
	seen  *seen
	posts *posting
	work  chan func()
	alive pulse
}

// New returns a bot. It makes no call.
func New(c Config) *Bot {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	client := newHTTP(&paced{next: http.DefaultTransport})
	return &Bot{
		Config: c, http: client, api: newAPI(c.BotToken, c.AppToken, c.APIURL, client),
		seen: newSeen(), posts: newPosting(), work: make(chan func(), queue), alive: newPulse(),
	}
}

const (
	queue   = 1024 // acts that wait for a worker
	workers = 32
)

// Run connects, takes envelopes and delivers until ctx ends; then it closes the
// sockets and finishes what is in flight. It returns an error if Slack refuses
// the tokens at the start.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.authenticate(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for n := range sockets {
		g.Go(func() error { b.connect(ctx, n); return nil })
	}
	var busy sync.WaitGroup
	for range workers {
		busy.Go(func() {
			for {
				select {
				case act := <-b.work:
					b.guard(act)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	g.Go(func() error { b.deliver(ctx); return nil })
	err := g.Wait()
	busy.Wait()
	for { // acts that were acknowledged and not yet begun
		select {
		case act := <-b.work:
			b.guard(act)
			continue
		default:
		}
		return err
	}
}

// guard runs one act. A panic in it is a fault like any other.
func (b *Bot) guard(act func()) {
	defer func() {
		if p := recover(); p != nil {
			b.Log.Error("panic while handling an envelope", "panic", fmt.Sprint(p))
		}
	}()
	act()
}

// Alert posts a line to the admin channel for those who run the bot. It is best
// effort: what must not be lost is told by the records.
func (b *Bot) Alert(ctx context.Context, text string) {
	for try := range 3 {
		_, _, err := b.api.PostMessageContext(ctx, b.AdminChannel, quiet(safe(text, 3500))...)
		if err == nil {
			return
		}
		b.Log.WarnContext(ctx, "posting an alert", "try", try+1, "err", err)
		if !pause(ctx, retryAfter(err, try)) {
			return
		}
	}
}

// quiet are the options of every message: nothing in it is fetched by Slack.
func quiet(text string, more ...slack.MsgOption) []slack.MsgOption {
	return append([]slack.MsgOption{slack.MsgOptionText(text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}, more...)
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
