package slackbot

import (
	"sync"
	"time"
)

// A dedupe recognizes redelivered envelopes by their keys. It keeps the keys of the last minutes,
// which is longer than Slack redelivers, and those of undone acts. The store recognizes older acts.
type dedupe struct {
	mu    sync.Mutex
	first map[string]*firstDelivery
	order []seenKey // oldest first
}

// A firstDelivery is the first delivery of an envelope.
type firstDelivery struct {
	keys    []string
	settled chan struct{} // closed when acknowledged, or when it is certain that it will not be
	acked   bool          // acked and payload are set before that
	payload any
}

// A seenKey is a key, and the delivery that had it first.
type seenKey struct {
	key string
	by  *firstDelivery
	at  time.Time
}

const (
	dedupeFor  = 10 * time.Minute
	dedupeMost = 50_000
)

func newDedupe() *dedupe { return &dedupe{first: map[string]*firstDelivery{}} }

// begin records the keys of an envelope. If one was seen before, it returns the earlier delivery
// and true. Otherwise it returns a new delivery, which the caller must settle.
func (d *dedupe) begin(now time.Time, keys ...string) (first *firstDelivery, again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.order) > 0 && (len(d.order) > dedupeMost || now.Sub(d.order[0].at) > dedupeFor) {
		d.drop(d.order[0].key, d.order[0].by)
		d.order = d.order[1:]
	}
	first = &firstDelivery{settled: make(chan struct{})}
	for _, k := range keys {
		if before, known := d.first[k]; known {
			first, again = before, true
		}
	}
	d.note(now, first, keys)
	return first, again
}

// note adds keys to a delivery, with the lock held.
func (d *dedupe) note(now time.Time, s *firstDelivery, keys []string) {
	for _, k := range keys {
		if _, known := d.first[k]; !known {
			d.first[k] = s
			s.keys = append(s.keys, k)
			d.order = append(d.order, seenKey{k, s, now})
		}
	}
}

// claim adds a key to a delivery in progress. If another delivery has the key, it returns that one
// and true: this one is a duplicate.
func (d *dedupe) claim(now time.Time, s *firstDelivery, key string) (other *firstDelivery, taken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if before, known := d.first[key]; known && before != s {
		return before, true
	}
	d.note(now, s, []string{key})
	return nil, false
}

// knows returns the delivery with a key.
func (d *dedupe) knows(key string) (s *firstDelivery, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok = d.first[key]
	return s, ok
}

// settle records that a delivery was acknowledged, and the payload.
func (d *dedupe) settle(s *firstDelivery, payload any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !s.isSettled() {
		s.acked, s.payload = true, payload
		close(s.settled)
	}
}

// forget records that a delivery will not be acknowledged. The next one with its keys is treated as
// the first.
func (d *dedupe) forget(s *firstDelivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.isSettled() {
		return
	}
	for _, k := range s.keys {
		d.drop(k, s)
	}
	close(s.settled)
}

func (s *firstDelivery) isSettled() bool {
	select {
	case <-s.settled:
		return true
	default:
		return false
	}
}

func (d *dedupe) drop(key string, by *firstDelivery) {
	if d.first[key] == by {
		delete(d.first, key)
	}
}

// remember records an acknowledged act of an earlier run. It reports whether it was known already.
func (d *dedupe) remember(now time.Time, keys ...string) (again bool) {
	s, again := d.begin(now, keys...)
	if !again {
		d.settle(s, nil)
	}
	return again
}
