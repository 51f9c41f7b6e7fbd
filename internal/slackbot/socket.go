package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/backoff"
	"s3share/internal/slackbot/outbox"
)

const (
	readLimit = 4 << 20          // bytes of one frame
	frame     = 32 * 1024        // Slack drops fragmented acknowledgements
	connectIn = 30 * time.Second // for handshakes
	fatalWait = time.Minute      // between two attempts while Slack refuses the app
)

// connectBackoff is for connections that ended before Slack said hello.
var connectBackoff = backoff.Backoff{First: time.Second, Max: 30 * time.Second}

// A socket is one connection through all its lives. Acknowledgements that a life did not send are
// sent by the next one.
type socket struct {
	n           int
	connections *connTracker
	client      *socketmode.Client
	heard       *lastRead
	failing     bool                                           // a life has ended, and Slack did not say hello since
	receive     func(context.Context, acker, socketmode.Event) // called in order of receipt
	log         *slog.Logger
}

// newSocket returns a socket. link opens connections.
func newSocket(n int, connections *connTracker, link *slack.Client, dial dialer,
	receive func(context.Context, acker, socketmode.Event), log *slog.Logger) *socket {
	s := &socket{n: n, connections: connections, heard: newLastRead(dial), receive: receive, log: log}
	s.client = socketmode.New(link, socketmode.OptionReadLimit(readLimit),
		// the watchdog detects silence; slack-go's own check drops connections too early
		socketmode.OptionPingInterval(1000*time.Hour),
		socketmode.OptionDialer(&websocket.Dialer{HandshakeTimeout: connectIn, WriteBufferSize: frame,
			NetDialContext: s.heard.open, Proxy: http.ProxyFromEnvironment}))
	return s
}

// connect keeps one connection: it runs the client again whenever that ends. slack-go's own retries
// are unsuitable: they grow to five minutes, never give up, and report nothing.
func (s *socket) connect(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; failures++ {
		err := s.run(ctx)
		if ctx.Err() != nil {
			break
		}
		wait := connectBackoff.Pause(failures)
		if s.connections.greeted(s.n) {
			wait, failures = 0, -1 // it worked; the opener limits the rate
		}
		limit, limited := outbox.LimitedFor(err)
		switch {
		case errors.Is(err, errAlike):
			s.log.InfoContext(ctx, "a connection to Slack is renewed", "socket", s.n)
		case outbox.IsFatal(err) && !s.connections.everConnected():
			return fmt.Errorf("connecting: Slack refuses SLACK_APP_TOKEN: %w (hint: it is an app-level token with "+
				"connections:write, xapp-…, of an app with Socket Mode on)", err)
		case outbox.IsFatal(err):
			s.log.ErrorContext(ctx, "Slack refuses the app; access still ends on time", "socket", s.n, "err", err)
			wait = fatalWait
		case limited:
			s.log.WarnContext(ctx, "connecting to Slack too often", "socket", s.n, "err", err)
			wait = max(wait, limit)
		case !s.failing:
			s.failing = true
			s.log.WarnContext(ctx, "a connection to Slack has ended; reconnecting", "socket", s.n, "err", err)
		}
		backoff.Wait(ctx, wait)
	}
	s.connections.down(s.n)
	return nil
}

// run runs one life. It ends when the client gives up, after silence, or when both connections have
// nearly the same age.
func (s *socket) run(ctx context.Context) error {
	life, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.heard.touch()
	s.left(ctx)
	s.connections.begin(s.n)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel(nil)
	reading.Go(func() { cancel(s.read(ctx, life)) })
	err := s.client.RunContext(life)
	s.connections.down(s.n)
	if cause := context.Cause(life); cause != nil {
		return cause
	}
	return err
}

// left handles the events that the last life left in the client's channel. Envelopes are still
// valid. Errors of the old connection are dropped, because they would end the new life at once.
func (s *socket) left(ctx context.Context) {
	for {
		select {
		case evt := <-s.client.Events:
			if evt.Request != nil && evt.Request.EnvelopeID != "" {
				s.receive(ctx, s.client, evt)
			}
		default:
			return
		}
	}
}

var (
	errSilent = errors.New("nothing was heard for too long")
	errAlike  = errors.New("renewed, so that not both connections are refreshed at the same time")
)

// read handles the client's events, and never blocks for long, because the client answers pings in
// the same loop. It returns the reason for the end of this life. Envelopes in progress continue
// after it.
func (s *socket) read(ctx, life context.Context) error {
	watch := time.NewTicker(silence / 8)
	defer watch.Stop()
	for {
		select {
		case <-life.Done():
			return nil
		case <-watch.C:
			if s.heard.age() > silence {
				return errSilent
			}
			if s.connections.refreshesCoincide(s.n) {
				return errAlike
			}
		case evt := <-s.client.Events:
			if err := s.take(ctx, evt); err != nil {
				return err
			}
		}
	}
}

// take handles an event of the client, and passes envelopes on. An error ends this life of the
// socket.
func (s *socket) take(ctx context.Context, evt socketmode.Event) error {
	switch data := evt.Data.(type) {
	case *slack.ConnectingEvent:
		if turnedAway := s.connections.connecting(s.n, data.ConnectionCount > 0); turnedAway {
			s.log.WarnContext(ctx, "Slack turns a connection away (hint: an app may have ten; Socket Mode may have been "+
				"switched off)", "socket", s.n)
		}
		return nil
	case *slack.ConnectionErrorEvent:
		return data.ErrorObj
	case *socketmode.ErrorWriteFailed:
		s.log.WarnContext(ctx, "an acknowledgement was not sent", "socket", s.n, "err", data.Cause)
		return nil
	case *socketmode.ErrorBadMessage:
		s.log.WarnContext(ctx, "Slack sent something that the bot cannot read", "socket", s.n, "err", data.Cause)
		return nil
	}
	switch {
	case evt.Type == socketmode.EventTypeHello:
		s.connections.hello(s.n)
		if s.failing {
			s.failing = false
			s.log.InfoContext(ctx, "connected to Slack again", "socket", s.n)
		}
		if evt.Request != nil && evt.Request.NumConnections > sockets {
			s.log.WarnContext(ctx, "the app has more connections than this bot made: another program takes a part of the clicks",
				"connections", evt.Request.NumConnections)
		}
	case evt.Request != nil && evt.Request.EnvelopeID != "":
		s.receive(ctx, s.client, evt)
	}
	return nil
}
