package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A call that the bot itself gave up, for whatever reason, says nothing about Slack.
func TestCancelledCallIsNoOutage(t *testing.T) {
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}))
	defer server.Close()
	var log strings.Builder
	client := newHTTP(nil, time.Minute, NewOutage(slog.New(slog.NewTextHandler(&log, nil)), time.Now))
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-asked; cancel(errors.New("Slack refuses the token")) }()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(r); err == nil || log.Len() > 0 {
		t.Errorf("%v, and the log has %q", err, log.String())
	}
}
