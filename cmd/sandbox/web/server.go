// Package web serves the sandbox's page: one world in a browser.
//
// server.go has the routes, guard.go refuses other sites, and page.go is the page.
// actions.go has the acts of people, and levers.go the others. state.go, aws.go,
// grants.go and question.go make the snapshot that events.go sends. manifest.go repeats the entries of
// the app's manifest. The source of the page is in front/, its build in page/.
package web

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"time"

	"s3share/cmd/sandbox/world"
)

// bundle is the page built from front/, so that running the sandbox needs no
// build.
//
//go:embed page
var bundle embed.FS

// lookEvery is the interval of the checks for changes in AWS, which sends no
// notifications.
const lookEvery = 200 * time.Millisecond

// watch makes snapshots until ctx ends.
func (p *page) watch(ctx context.Context) {
	signals, stop := p.w.Slack.Subscribe()
	defer stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		case <-tick.C:
		case <-p.wake:
		}
		p.look()
	}
}

// handler serves the bundle, the events and the acts. host is the address of
// the page.
func (p *page) handler(host string) (http.Handler, error) {
	files, err := fs.Sub(bundle, "page")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/state", p.serveState)
	mux.HandleFunc("GET /api/events", p.serveEvents)
	mux.HandleFunc("GET /api/script", p.serveScript)
	mux.HandleFunc("POST /api/act", answering(p.act))
	mux.HandleFunc("POST /api/question", answering(p.ask))
	mux.HandleFunc("POST /api/clock", answering(p.moveClock))
	mux.HandleFunc("POST /api/bot", answering(p.runBot))
	mux.HandleFunc("POST /api/fault", answering(p.disturb))
	mux.HandleFunc("POST /api/policy", answering(p.editPolicy))
	return guard(host, mux), nil
}

// Open serves the page of a world on loopback until ctx ends, and returns its
// address. Port 0 means any free port.
func Open(ctx context.Context, w *world.World, port int) (string, error) {
	return newPage(w).open(ctx, port)
}

func (p *page) open(ctx context.Context, port int) (string, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	h, err := p.handler(l.Addr().String())
	if err != nil {
		return "", err
	}
	p.look()
	ctx, stop := context.WithCancel(ctx)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		p.watch(ctx)
	}()
	go server.Serve(l) //nolint:errcheck // ends with the server
	p.w.OnClose(func() error {
		stop()
		err := server.Close()
		<-watching
		return err
	})
	return "http://" + l.Addr().String() + "/", nil
}
