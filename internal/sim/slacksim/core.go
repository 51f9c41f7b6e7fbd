package slacksim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
)

// core is shared by all parts of a workspace: its one lock, its clock, its
// random ids, and the signals of change.
type core struct {
	cfg Config

	// mu guards all fields below and those of all parts. It is never held during
	// a write to a connection, so that a stuck client cannot block the workspace.
	mu         sync.Mutex
	base       string
	rand       *rand.Rand
	changed    chan struct{} // closed and replaced at each change of state
	closed     chan struct{} // closed by Close
	down       bool
	lastTS     int64 // in microseconds; timestamps are unique and increase
	background sync.WaitGroup
}

// spawn runs f in the background, unless the workspace is closed. Close waits for it.
func (c *core) spawn(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isClosed() {
		c.background.Go(f)
	}
}

// isClosed reports whether Close was called. The caller holds c.mu.
func (c *core) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

func (c *core) isDown() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.down
}

// URL is the address of this workspace without a trailing slash. It is empty if
// none is configured and no request has arrived yet.
func (c *core) URL() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base
}

func (c *core) noteAddress(r *http.Request) {
	if c.cfg.BaseURL != "" {
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	c.mu.Lock()
	c.base = scheme + "://" + r.Host
	c.mu.Unlock()
}

// Wait returns nil as soon as cond holds. It checks cond after each change of
// state, and returns an error when ctx ends. cond may call any method of the
// workspace.
func (c *core) Wait(ctx context.Context, cond func() bool) error {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the workspace: %w", ctx.Err())
		}
	}
}

// Subscribe returns a channel that receives a signal after changes of state.
// Several changes may share one signal. stop ends the subscription.
func (c *core) Subscribe() (signals <-chan struct{}, stop func()) {
	out := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	c.mu.Lock()
	changed := c.changed
	c.mu.Unlock()
	c.spawn(func() {
		for {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			case <-c.closed:
				return
			}
			c.mu.Lock()
			changed = c.changed
			c.mu.Unlock()
			select {
			case out <- struct{}{}:
			default:
			}
		}
	})
	return out, cancel
}

// edit changes the state under the lock, and signals the change.
func (c *core) edit(f func()) {
	defer c.notify()
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *core) notify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notifyLocked()
}

func (c *core) notifyLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// stamp returns the next message timestamp. The caller holds c.mu.
func (c *core) stamp() string {
	c.lastTS = max(c.cfg.Now().UnixMicro(), c.lastTS+1)
	return fmt.Sprintf("%d.%06d", c.lastTS/1e6, c.lastTS%1e6)
}

// id returns n random characters. The caller holds c.mu.
func (c *core) id(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[c.rand.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	hexDigits = "0123456789abcdef"
	digits    = "0123456789"
	upper     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mixed     = upper + "abcdefghijklmnopqrstuvwxyz"
)

// uuid returns a random id in the form of envelope ids and tickets. The caller
// holds c.mu.
func (c *core) uuid() string {
	return fmt.Sprintf("%s-%s-%s-%s-%s", c.id(hexDigits, 8), c.id(hexDigits, 4), c.id(hexDigits, 4), c.id(hexDigits, 4),
		c.id(hexDigits, 12))
}

// need refuses if the bot token lacks a scope. The required scope depends on
// the arguments.
func (c *core) need(scope string) error {
	if slices.Contains(c.cfg.Scopes, scope) {
		return nil
	}
	return missingScope(scope, c.cfg.Scopes)
}

// cut closes the connection without an answer.
func cut(rw http.ResponseWriter) {
	if h, ok := rw.(http.Hijacker); ok {
		if c, _, err := h.Hijack(); err == nil {
			c.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// object is a JSON object in Slack's format.
type object = map[string]any

// clone copies a JSON value, so that callers cannot change the stored one.
func clone[T any](v T) T {
	var out T
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // callers pass JSON values only
	}
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}
