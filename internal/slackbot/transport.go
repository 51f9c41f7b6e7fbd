package slackbot

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/alarm"
	"s3share/internal/backoff"
)

// A dialer opens connections; nil means TCP.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// callWithin is the time limit of a call unless [Config] has another: slack-go's own client has
// none.
const callWithin = 10 * time.Second

// newHTTP returns a client for bursts of calls with a time limit. It tells slack whether Slack answers.
func newHTTP(dial dialer, within time.Duration, slack *alarm.Outage) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 16, 64
	if dial != nil {
		t.DialContext = dial
	}
	return &http.Client{Timeout: within, Transport: watched{t, slack}}
}

// watched tells an outage whether a service answers.
type watched struct {
	*http.Transport
	outage *alarm.Outage
}

func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.Transport.RoundTrip(r)
	if err != nil {
		return res, w.outage.Failed(r.Context(), err)
	}
	w.outage.Works(r.Context())
	return res, nil
}

// NewOutage returns the outage of Slack: its calls fail without an answer.
func NewOutage(log *slog.Logger, now func() time.Time) *alarm.Outage {
	return &alarm.Outage{Begins: "Slack can't be reached", Ends: "Slack can be reached again", Level: slog.LevelWarn,
		Hint: "check DNS, and outgoing HTTPS to slack.com and wss-primary.slack.com", Log: log, Now: now}
}

// A doer sends requests: an [http.Client], or a wrapper.
type doer interface {
	Do(*http.Request) (*http.Response, error)
}

func newAPI(botToken, appToken, url string, via doer) *slack.Client {
	options := []slack.Option{slack.OptionHTTPClient(via)}
	if appToken != "" {
		options = append(options, slack.OptionAppLevelToken(appToken))
	}
	if url != "" {
		options = append(options, slack.OptionAPIURL(url))
	}
	return slack.New(botToken, options...)
}

// An opener limits the rate of apps.connections.open: slack-go reconnects without a pause, and a
// server that refuses it would get thousands of requests a second.
//
// The pause is outside the client's time limit, and one request waits at a time. Otherwise requests
// that gave up while they waited would delay the later ones, until none is ever sent.
type opener struct {
	client *http.Client
	turn   chan struct{} // held by the waiting request; guards the rest
	last   time.Time     // when the last request was sent
	series int           // the requests since the last calm
}

const (
	freely = 4           // requests of a series without a pause: two connections, and a refresh of each
	calm   = time.Minute // the pause that ends a series
)

var openBackoff = backoff.Backoff{First: 100 * time.Millisecond, Max: 30 * time.Second}

func newOpener(client *http.Client) *opener {
	return &opener{client: client, turn: make(chan struct{}, 1)}
}

func (o *opener) Do(r *http.Request) (*http.Response, error) {
	if err := o.wait(r.Context()); err != nil {
		return nil, err
	}
	return o.client.Do(r)
}

func (o *opener) wait(ctx context.Context) error {
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if time.Since(o.last) > calm {
		o.series = 0
	}
	if o.series >= freely {
		if !backoff.Wait(ctx, time.Until(o.last.Add(openBackoff.Pause(o.series-freely)))) {
			return ctx.Err()
		}
	}
	o.series++
	o.last = time.Now()
	return nil
}
