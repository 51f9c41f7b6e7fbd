package slackbot

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// newHTTP returns a client whose calls end: slack-go's own has no time-out, and
// a call that hangs would hang for ever.
func newHTTP(via http.RoundTripper) *http.Client {
	if via == nil {
		via = http.DefaultTransport
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: via}
}

func newAPI(botToken, appToken, url string, client *http.Client) *slack.Client {
	options := []slack.Option{slack.OptionHTTPClient(client)}
	if appToken != "" {
		options = append(options, slack.OptionAppLevelToken(appToken))
	}
	if url != "" {
		options = append(options, slack.OptionAPIURL(url))
	}
	return slack.New(botToken, options...)
}

// paced spaces apps.connections.open: slack-go reconnects without any pause, and
// a server that turns it away would be asked thousands of times a second.
type paced struct {
	next http.RoundTripper

	mu    sync.Mutex
	last  time.Time
	pause time.Duration
}

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 30 * time.Second
	calm       = time.Minute // after which an open is no longer one of a series
)

func (p *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "apps.connections.open") {
		t := time.NewTimer(p.wait(time.Now()))
		defer t.Stop()
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-t.C:
		}
	}
	return p.next.RoundTrip(r)
}

// wait returns how long an open that is asked for at now has to wait. The first
// four of a series go at once: two connections, and a refresh of each.
func (p *paced) wait(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.last) > calm {
		p.pause = firstPause / 16
	} else {
		p.pause = min(lastPause, p.pause*2)
	}
	at := now
	if p.pause > firstPause/2 {
		if earliest := p.last.Add(p.pause); earliest.After(at) {
			at = earliest
		}
	}
	p.last = at
	return at.Sub(now)
}
