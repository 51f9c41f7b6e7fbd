package slackbot

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	sockets = 2 // so that a refresh of one leaves no gap
	// silence is the time without a byte, pings included, that makes a connection count as dead.
	// Slack pings every few seconds.
	silence = 45 * time.Second
	// apart is the smallest difference between the ages of the connections. Slack refreshes a
	// connection at a certain age; two of the same age would be away together.
	apart = 10 * time.Minute
)

// A connTracker is the state of the connections.
type connTracker struct {
	mu    sync.Mutex
	lives [sockets]life

	once    bool          // there was a connection
	reached chan struct{} // closed at the first one
}

type life struct {
	up      bool
	greeted bool      // in this life of the socket
	since   time.Time // of the present connection
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

// connecting records the start of a connection. turnedAway means that the previous one of this life
// ended before Slack said hello.
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

// everConnected reports whether there was a connection.
func (p *connTracker) everConnected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.once
}

// refreshesCoincide reports whether this socket should be renewed, because it and the previous one are up
// and of nearly the same age.
func (p *connTracker) refreshesCoincide(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n == 0 || !p.lives[n].up || !p.lives[n-1].up || time.Since(p.lives[n].since) < apart {
		return false
	}
	return p.lives[n].since.Sub(p.lives[n-1].since).Abs() < apart
}

// connected reports whether a connection is up.
func (p *connTracker) connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.lives[:], func(l life) bool { return l.up })
}

// lastRead is when a connection last received a byte, including Slack's pings. The client answers
// pings by itself and does not report them.
type lastRead struct {
	began time.Time
	at    atomic.Int64 // since began; the machine's clock may change
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

// listening is a connection that records when it received a byte.
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
