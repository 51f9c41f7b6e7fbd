package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// hooks are lines that run at a later call.
type hooks struct {
	mu    sync.Mutex
	slack []*hook // for Slack's methods; the AWS simulator keeps its own
	armed int
	errs  []error
}

type hook struct {
	method string
	after  bool
	line   string
}

// hook runs a line once at the next call of an AWS operation or a Slack method:
// before the call acts, or after it acted and before its reply.
func (w *world) hook(rest string, after bool) error {
	op, line, ok := strings.Cut(rest, " ")
	if !ok {
		return errors.New("it is: before OP …, or after OP …")
	}
	h := &hook{method: op, after: after, line: line}
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	w.hooks.armed++
	if strings.Contains(op, ".") || op == "response_url" {
		w.hooks.slack = append(w.hooks.slack, h)
		return nil
	}
	f := awssim.Fault{Times: 1}
	if after {
		f.After = func(awssim.Call) { w.strike(h) }
	} else {
		f.Before = func(awssim.Call) { w.strike(h) }
		if strings.HasPrefix(line, "kill") { // the call of a killed bot must not act
			f.Refuse = "ServiceUnavailable"
		}
	}
	w.aws.Fault(op, f)
	return nil
}

// strike runs the line of a hook.
func (w *world) strike(h *hook) {
	var err error
	for line := range strings.SplitSeq(h.line, " and then ") {
		if err = w.run(context.Background(), line, io.Discard); err != nil {
			break
		}
	}
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	w.hooks.armed--
	if err != nil {
		w.hooks.errs = append(w.hooks.errs, fmt.Errorf("%s: %w", h.line, err))
	}
}

// happens waits until all hooks have run.
func (w *world) happens(ctx context.Context, _ step) error {
	return w.until(ctx, func() (bool, string) {
		w.hooks.mu.Lock()
		defer w.hooks.mu.Unlock()
		if len(w.hooks.errs) > 0 {
			return false, errors.Join(w.hooks.errs...).Error()
		}
		return w.hooks.armed == 0, fmt.Sprintf("%d calls that were waited for never came", w.hooks.armed)
	})
}

// killOnce kills the bot, if the line says so once Slack has got the ack of all that people
// did: the bot may carry an act out while the ack is still on its way.
func (w *world) killOnce(ctx context.Context, s step) error {
	switch s.rest {
	case "":
		return w.kill()
	case "once acked":
		err := w.slack.Wait(ctx, func() bool {
			unacked := func(d slacksim.Delivery) bool { return !d.Acked && d.Error == "" }
			return !slices.ContainsFunc(w.slack.Deliveries(), unacked)
		})
		return errors.Join(err, w.kill())
	}
	return errors.New("it is: kill, or kill once acked")
}

// takeHook returns the hook for a call of Slack, or nil.
func (w *world) takeHook(method string) *hook {
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	for i, h := range w.hooks.slack {
		if h.method == method {
			w.hooks.slack = append(w.hooks.slack[:i:i], w.hooks.slack[i+1:]...)
			return h
		}
	}
	return nil
}

// hooked wraps Slack so that hooks run around its calls.
func (w *world) hooked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		method := strings.TrimPrefix(r.URL.Path, "/api/")
		if strings.HasPrefix(method, "/commands/") || strings.HasPrefix(method, "/actions/") {
			method = "response_url"
		}
		h := w.takeHook(method)
		switch {
		case h == nil:
			next.ServeHTTP(rw, r)
		case h.after:
			reply := httptest.NewRecorder()
			next.ServeHTTP(reply, r)
			w.strike(h)
			for k, v := range reply.Header() {
				rw.Header()[k] = v
			}
			rw.WriteHeader(reply.Code)
			io.Copy(rw, reply.Body) //nolint:errcheck // the client may have disconnected
		default:
			body, err := io.ReadAll(r.Body) // wait until the whole call has arrived
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			w.strike(h)
			if strings.HasPrefix(h.line, "kill") {
				panic(http.ErrAbortHandler)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(rw, r)
		}
	})
}
