package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"s3share/internal/slackbot"
	"s3share/internal/store"
)

// listen answers health checks until ctx ends. /healthz returns 200 while the process runs. /readyz
// returns 200 while Slack is connected, the admin channel accepts posts, and the store and the
// journal are writable. Its 200 also lists overdue and unreadable items: a restart or another
// instance would not repair those.
func listen(ctx context.Context, o Options, records store.Store, bot *slackbot.Bot) error {
	if o.Config.Listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", o.Config.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w (hint: stop the other process, or set listen in the config to another "+
			"address, or to \"\")", o.Config.Listen, err)
	}
	server := &http.Server{Handler: health(
		func() error { return errors.Join(bot.Ready(), probe(ctx, records, o.Now())) },
		func() []string {
			return slices.Concat(bot.Overdue(), damaged(records.Unreadable(ctx)), lost(ctx, records))
		}), ReadHeaderTimeout: 5 * time.Second}
	stopped := context.AfterFunc(ctx, func() { server.Close() })
	defer stopped()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func health(ready func() error, named func() []string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
		for _, line := range named() {
			fmt.Fprintln(w, line)
		}
	})
	return mux
}

// probe reports whether the store can be written, by a commit to a note of its own.
func probe(ctx context.Context, s store.Store, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	_, err := store.Update(ctx, s, func(ctx context.Context) (store.Tx, error) {
		note, err := s.Document(ctx, probeNote)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return store.Tx{}, err
		}
		note.Key, note.JSON = probeNote, now.UTC().Format(time.RFC3339)
		return store.Tx{At: now, Documents: []store.Document{note}}, nil
	})
	if err != nil {
		return fmt.Errorf("the store cannot be written: %w", err)
	}
	return nil
}

const (
	probeNote   = "probe"
	probeWithin = 3 * time.Second
)

// lost returns the text of the note about a damaged journal.
func lost(ctx context.Context, s store.Store) (lines []string) {
	if n, err := s.Document(ctx, store.JournalKey); err == nil && n.JSON != "" {
		lines = append(lines, n.JSON)
	}
	return lines
}

// damaged formats the unreadable records.
func damaged(all []store.Unreadable) (lines []string) {
	for _, d := range all {
		lines = append(lines, "damaged: "+strings.Join(strings.Fields(d.What+" "+string(d.ID)), " "))
	}
	return lines
}
