package app

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"s3share/internal/slackbot"
	"s3share/internal/store"
)

func TestHealth(t *testing.T) {
	away := errors.New("not connected to Slack")
	for _, c := range []struct {
		method, path string
		ready        error
		code         int
		said         string
	}{
		{"GET", "/healthz", nil, 200, "ok\n"},
		{"GET", "/healthz", away, 200, "ok\n"},
		{"GET", "/readyz", nil, 200, "ready\n"},
		{"GET", "/readyz", away, 503, "not connected to Slack\n"},
		{"POST", "/readyz", nil, 405, "Method Not Allowed\n"},
		{"GET", "/", nil, 404, "404 page not found\n"},
	} {
		w := httptest.NewRecorder()
		health(func() error { return c.ready }, func() []string { return nil }).ServeHTTP(w, httptest.NewRequest(c.method, c.path, http.NoBody))
		if w.Code != c.code || w.Body.String() != c.said {
			t.Errorf("%s %s, ready %v: %d %q; want %d %q", c.method, c.path, c.ready, w.Code, w.Body, c.code, c.said)
		}
	}
	w := httptest.NewRecorder()
	health(func() error { return nil }, func() []string {
		return damaged([]store.Unreadable{{What: store.RecordOfMany}, {ID: "7K2M9QXA", What: store.RecordOfGrant}, {What: store.RecordOfDocument + store.FreezeKey}})
	}).ServeHTTP(w, httptest.NewRequest("GET", "/readyz", http.NoBody))
	if want := "ready\ndamaged: file\ndamaged: grant 7K2M9QXA\ndamaged: note freeze\n"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("with damage: %d %q; want %q", w.Code, w.Body, want)
	}
	if slackbot.New(slackbot.Config{}).Ready() == nil {
		t.Error("a bot that does not run is ready")
	}
}
