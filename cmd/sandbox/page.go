package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"
)

// bundle is the page built from front/, so that running the sandbox needs no
// build.
//
//go:embed page
var bundle embed.FS

// A page shows one world in a browser and lets the reader act as any of its
// people. After each change it makes one snapshot of everything and sends it
// whole. The sandbox is small, and a browser that missed a snapshot is up to
// date with the next.
type page struct {
	w    *world
	keys awsKeys // the build user's keys, for the reader's own AWS tools

	mu       sync.Mutex // guards all fields below
	question question
	policies map[string]*watched // by bucket
	log      auditLog
	levers   levers
	latest   []byte
	made     int           // number of different snapshots so far
	changed  chan struct{} // closed and replaced with each new snapshot
	wake     chan struct{} // requests a snapshot now
}

// A question is the access check that the page repeats.
type question struct {
	Who    string `json:"who"`
	Action string `json:"action"`
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

func newPage(w *world) *page {
	p := &page{
		w:        w,
		question: question{"build/test.user", "s3:GetObject", "my-shared-bucket-20932", "builds/a.txt"},
		policies: map[string]*watched{},
		log:      auditLog{path: w.auditPath()},
		levers:   levers{AWS: works, Slack: works},
		changed:  make(chan struct{}),
		wake:     make(chan struct{}, 1),
	}
	p.keys.ID, p.keys.Secret = w.aws.Account("111111111111", "build").AccessKey("test.user")
	p.look()
	return p
}

// lookEvery is the interval of the checks for changes in AWS, which sends no
// notifications.
const lookEvery = 200 * time.Millisecond

// watch makes snapshots until ctx ends.
func (p *page) watch(ctx context.Context) {
	signals, stop := p.w.slack.Subscribe()
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

// nudge requests a snapshot now.
func (p *page) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
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
	mux.HandleFunc("POST /api/act", answering(p.act))
	mux.HandleFunc("POST /api/question", answering(p.ask))
	mux.HandleFunc("POST /api/clock", answering(p.moveClock))
	mux.HandleFunc("POST /api/bot", answering(p.runBot))
	mux.HandleFunc("POST /api/fault", answering(p.disturb))
	mux.HandleFunc("POST /api/policy", answering(p.editPolicy))
	return guard(host, mux), nil
}

// open serves the page on loopback until ctx ends, and returns its address.
// Port 0 means any free port.
func (p *page) open(ctx context.Context, port int) (string, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return "", err
	}
	h, err := p.handler(l.Addr().String())
	if err != nil {
		return "", err
	}
	ctx, stop := context.WithCancel(ctx)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		p.watch(ctx)
	}()
	go server.Serve(l) //nolint:errcheck // ends with the server
	p.w.closer = append(p.w.closer, func() error {
		stop()
		err := server.Close()
		<-watching
		return err
	})
	return "http://" + l.Addr().String() + "/", nil
}
