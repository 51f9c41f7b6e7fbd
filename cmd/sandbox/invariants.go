package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// watches are the conditions that must always hold. They are checked after
// every AWS call and after every line of the script.
type watches struct {
	mu     sync.Mutex
	always []func() error
	broken error // the first violation
}

// always sets a condition on AWS's decisions from now on: `always can WHO
// ACTION BUCKET/KEY`, or `always !can …`. `always nothing` ends the conditions.
func (w *world) always(_ context.Context, s step) error {
	w.watches.mu.Lock()
	defer w.watches.mu.Unlock()
	if s.rest == "nothing" {
		w.watches.always = nil
		return w.watches.broken
	}
	f := strings.Fields(s.rest)
	if len(f) != 4 || strings.TrimPrefix(f[0], "!") != "can" {
		return errors.New("it is: always can WHO ACTION BUCKET/KEY, or always !can …")
	}
	wanted := f[0] == "can"
	bucket, key, _ := strings.Cut(f[3], "/")
	w.watches.always = append(w.watches.always, func() error {
		if d := w.aws.Can(f[1], f[2], bucket, key); d.Allowed != wanted {
			return fmt.Errorf("meanwhile it was otherwise: %s", d.Why)
		}
		return nil
	})
	return nil
}

// look checks all conditions now.
func (w *world) look() error {
	w.watches.mu.Lock()
	defer w.watches.mu.Unlock()
	for _, holds := range w.watches.always {
		if w.watches.broken == nil {
			w.watches.broken = holds()
		}
	}
	return w.watches.broken
}

// watched wraps AWS so that the conditions are checked after every call.
func (w *world) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(rw, r)
		w.look() //nolint:errcheck // the script's next line reports the violation
	})
}

// either waits until all lines of one of several lists hold. A race may have
// several valid outcomes, but not a mixture of them.
//
//	either shows rita 'Extended' and can … | shows rita 'has ended' and ! can …
func (w *world) either(ctx context.Context, s step) error {
	var last error
	for {
		for list := range strings.SplitSeq(s.rest, " | ") {
			last = nil
			for line := range strings.SplitSeq(list, " and ") {
				if last = w.briefly(ctx, line, s); last != nil {
					break
				}
			}
			if last == nil {
				return nil
			}
		}
		if ctx.Err() != nil {
			return last
		}
	}
}

// briefly runs a line that has about one second to become true.
func (w *world) briefly(ctx context.Context, line string, s step) error {
	once, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return w.run(once, line, s.out)
}
