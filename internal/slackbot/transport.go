package slackbot

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/backoff"
)

// A dialer opens connections; nil is the machine's own.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// callWithin bounds every call unless [Config] says otherwise: slack-go's own
// client has no time-out, and a call that hangs would hang for ever.
const callWithin = 10 * time.Second

// newHTTP returns a client for calls that come in bursts and may take this long.
func newHTTP(dial dialer, within time.Duration) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 16, 64
	if dial != nil {
		t.DialContext = dial
	}
	return &http.Client{Timeout: within, Transport: t}
}

// A doer sends requests: an [http.Client], or something in front of one.
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

// An opener spaces apps.connections.open: slack-go reconnects without any pause,
// and a server that turns it away would be asked thousands of times a second.
//
// It waits before the client's time-out begins to run, and one request at a
// time: else requests that gave up while they waited would push back those that
// come after them, until none is ever sent.
type opener struct {
	client *http.Client
	turn   chan struct{} // held by the one that waits; guards the rest
	last   time.Time     // when the last was sent
	series int           // how many were sent without a calm before
}

const (
	freely = 4           // opens of a series that go at once: two connections, and a refresh of each
	calm   = time.Minute // after which an open begins a new series
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
