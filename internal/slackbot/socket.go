package slackbot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
)

const (
	sockets   = 2                // so that a refresh of one leaves no gap
	silence   = 2 * time.Minute  // after which a connection counts as dead
	readLimit = 4 << 20          // bytes of one frame
	frame     = 32 * 1024        // Slack drops acks that come in fragments
	connectIn = 30 * time.Second // for handshakes
)

// fatal are Slack's words for a token or an app that no retry will mend.
var fatal = []string{"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
	"missing_scope", "no_permission", "team_access_not_granted", "user_removed_from_team", "link_disabled", "app_uninstalled"}

func isFatal(err error) bool { return err != nil && slices.Contains(fatal, err.Error()) }

// authenticate asks Slack whether it knows the tokens. Slack out of reach is no
// reason to stop: the other loops have work to do meanwhile.
func (b *Bot) authenticate(ctx context.Context) error {
	if _, err := b.api.AuthTestContext(ctx); isFatal(err) {
		return fmt.Errorf("connecting: Slack refuses SLACK_BOT_TOKEN: %w (hint: reinstall the app and use its bot token, xoxb-…)", err)
	} else if err != nil && ctx.Err() == nil {
		b.Log.WarnContext(ctx, "Slack cannot be reached yet", "err", err)
	}
	_, _, err := b.api.StartSocketModeContext(ctx)
	if isFatal(err) {
		return fmt.Errorf("connecting: Slack refuses SLACK_APP_TOKEN: %w (hint: it is an app-level token with connections:write, xapp-…, of an app with Socket Mode on)", err)
	}
	return nil
}

// connect keeps one connection: it runs the client, restarts it when it gives
// up, and cuts it when it has been silent for too long.
func (b *Bot) connect(ctx context.Context, n int) {
	for wait := time.Second; ctx.Err() == nil; wait = min(time.Minute, wait*2) {
		began := time.Now()
		err := b.runSocket(ctx, n)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > calm {
			wait = time.Second
		}
		if isFatal(err) {
			b.Log.ErrorContext(ctx, "Slack refuses the app; access still ends on time", "socket", n, "err", err)
			wait = time.Minute
		} else {
			b.Log.WarnContext(ctx, "connection to Slack ended", "socket", n, "err", err)
		}
		pause(ctx, wait)
	}
}

func (b *Bot) runSocket(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	heard := &heard{}
	heard.now()
	client := socketmode.New(b.api, socketmode.OptionReadLimit(readLimit),
		socketmode.OptionDialer(&websocket.Dialer{HandshakeTimeout: connectIn, WriteBufferSize: frame, NetDialContext: heard.dial, Proxy: http.ProxyFromEnvironment}))
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel(nil)
	reading.Go(func() {
		watch := time.NewTicker(silence / 8)
		defer watch.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-watch.C:
				if heard.ago() > silence {
					cancel(errors.New("nothing was heard for too long"))
					return
				}
			case evt := <-client.Events:
				b.take(ctx, n, client, evt)
			}
		}
	})
	err := client.RunContext(ctx)
	b.alive.set(n, false)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// heard is when a connection last received anything, Slack's pings among it. The
// client answers those by itself and tells nobody.
type heard struct{ at atomic.Int64 }

func (h *heard) now() { h.at.Store(time.Now().UnixNano()) }

func (h *heard) ago() time.Duration { return time.Since(time.Unix(0, h.at.Load())) }

func (h *heard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return listening{conn, h}, nil
}

// listening is a connection that notes when it received something.
type listening struct {
	net.Conn
	heard *heard
}

func (l listening) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard.now()
	}
	return n, err
}

// take handles what the client says of its connection, and hands envelopes on.
// It never blocks for long: pings are answered in the same loop of the client.
func (b *Bot) take(ctx context.Context, n int, client *socketmode.Client, evt socketmode.Event) {
	switch evt.Type {
	case socketmode.EventTypeHello:
		b.alive.set(n, true)
		if evt.Request != nil && evt.Request.NumConnections > sockets {
			b.Log.WarnContext(ctx, "the app has more connections than this bot made: another program takes a part of the clicks", "connections", evt.Request.NumConnections)
		}
	case socketmode.EventTypeConnecting, socketmode.EventTypeConnectionError, socketmode.EventTypeInvalidAuth:
		b.alive.set(n, false)
	case socketmode.EventTypeErrorWriteFailed:
		b.Log.WarnContext(ctx, "an acknowledgement was not sent", "socket", n)
	default:
		if evt.Request != nil && evt.Request.EnvelopeID != "" {
			b.envelope(ctx, client, evt)
		}
	}
}

// pulse is which connections are up.
type pulse struct {
	mu *sync.Mutex
	up map[int]bool
}

func newPulse() pulse { return pulse{mu: new(sync.Mutex), up: map[int]bool{}} }

func (p pulse) set(n int, up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up[n] = up
}

// Ready returns nil while Slack is connected.
func (b *Bot) Ready() error {
	b.alive.mu.Lock()
	defer b.alive.mu.Unlock()
	for _, up := range b.alive.up {
		if up {
			return nil
		}
	}
	return errors.New("not connected to Slack")
}
