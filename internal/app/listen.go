package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"s3share/internal/slackbot"
)

// listen answers health checks until ctx ends: /healthz as long as the process
// runs, /readyz while Slack is connected.
func listen(ctx context.Context, o Options, bot *slackbot.Bot) error {
	if o.Config.Listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", o.Config.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w (hint: set listen in the config to another address, or to \"\")", o.Config.Listen, err)
	}
	server := &http.Server{Handler: health(bot.Ready), ReadHeaderTimeout: 5 * time.Second}
	stopped := context.AfterFunc(ctx, func() { server.Close() })
	defer stopped()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func health(ready func() error) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}
