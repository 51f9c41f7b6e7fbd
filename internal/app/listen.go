package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot"
)

// listen answers health checks until ctx ends: /healthz as long as the process
// runs, /readyz while Slack is connected. It names what is damaged in the store, and
// is ready all the same: a restart mends nothing.
func listen(ctx context.Context, o Options, store grant.Store, bot *slackbot.Bot) error {
	if o.Config.Listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", o.Config.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w (hint: set listen in the config to another address, or to \"\")", o.Config.Listen, err)
	}
	server := &http.Server{Handler: health(bot.Ready, func() []grant.Unreadable { return store.Unreadable(ctx) }), ReadHeaderTimeout: 5 * time.Second}
	stopped := context.AfterFunc(ctx, func() { server.Close() })
	defer stopped()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func health(ready func() error, damaged func() []grant.Unreadable) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
		for _, d := range damaged() {
			fmt.Fprintf(w, "damaged: %s\n", strings.Join(strings.Fields(d.What+" "+string(d.ID)), " "))
		}
	})
	return mux
}
