package slackbot

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// silence is after how long without a byte, pings among them, a connection
	// counts as dead. Slack pings every few seconds.
	silence = 45 * time.Second
	// apart is by how much the ages of the connections have to differ. Slack
	// refreshes a connection at a certain age; two that were made together would
	// be away together.
	apart = 10 * time.Minute
)

// A connTracker is how the connections are.
type connTracker struct {
	mu    sync.Mutex
	lives [sockets]life

	once    bool          // there was a connection
	reached chan struct{} // closed at the first
}

type life struct {
	up      bool
	greeted bool      // in this life of the socket
	since   time.Time // of the connection that is up
}

func newConnTracker() *connTracker { return &connTracker{reached: make(chan struct{})} }

// of returns the life of a socket, with the lock held until done is called.
func (p *connTracker) of(n int) (l *life, done func()) {
	p.mu.Lock()
	return &p.lives[n], p.mu.Unlock
}

func (p *connTracker) begin(n int) {
	l, done := p.of(n)
	defer done()
	*l = life{}
}

// connecting notes that a connection is being made. It reports whether the last
// one of this life ended before Slack said hello.
func (p *connTracker) connecting(n int, again bool) (turnedAway bool) {
	l, done := p.of(n)
	defer done()
	turnedAway = again && !l.up
	l.up = false
	return turnedAway
}

func (p *connTracker) hello(n int) {
	l, done := p.of(n)
	defer done()
	*l = life{up: true, greeted: true, since: time.Now()}
	if !p.once {
		p.once = true
		close(p.reached)
	}
}

func (p *connTracker) down(n int) {
	l, done := p.of(n)
	defer done()
	l.up = false
}

// greeted reports whether Slack said hello in this life of the socket.
func (p *connTracker) greeted(n int) bool {
	l, done := p.of(n)
	defer done()
	return l.greeted
}

// ever reports whether there was ever a connection.
func (p *connTracker) ever() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.once
}

// tooAlike reports whether this socket should be renewed, because it and the one
// before it are up and of nearly the same age.
func (p *connTracker) tooAlike(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n == 0 || !p.lives[n].up || !p.lives[n-1].up || time.Since(p.lives[n].since) < apart {
		return false
	}
	return p.lives[n].since.Sub(p.lives[n-1].since).Abs() < apart
}

// Ready returns nil while Slack is connected, and the admin channel can be posted to
// for all that is known.
func (b *Bot) Ready() error {
	for _, why := range []*string{b.noAdmin.Load(), b.noJournal.Load()} {
		if why != nil && *why != "" {
			return errors.New(*why)
		}
	}
	b.connections.mu.Lock()
	defer b.connections.mu.Unlock()
	for _, l := range b.connections.lives {
		if l.up {
			return nil
		}
	}
	return errors.New("not connected to Slack")
}

// lastRead is when a connection last received anything, Slack's pings among it. The
// client answers those by itself and tells nobody.
type lastRead struct {
	began time.Time
	at    atomic.Int64 // since then: the machine's clock may be set meanwhile
	dial  dialer
}

func newLastRead(dial dialer) *lastRead {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &lastRead{began: time.Now(), dial: dial}
}

func (h *lastRead) touch() { h.at.Store(int64(time.Since(h.began))) }

func (h *lastRead) age() time.Duration { return time.Since(h.began) - time.Duration(h.at.Load()) }

func (h *lastRead) open(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := h.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return listening{conn, h}, nil
}

// listening is a connection that notes when it received something.
type listening struct {
	net.Conn
	heard *lastRead
}

func (l listening) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard.touch()
	}
	return n, err
}
