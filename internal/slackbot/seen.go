package slackbot

import (
	"sync"
	"time"
)

// seen remembers the keys of envelopes for longer than Slack takes to deliver
// one again. The store remembers those that caused something; this also knows
// those that were refused.
type seen struct {
	mu    sync.Mutex
	first map[string]sighting
	order []string
}

// A sighting is the first time that a key was seen.
type sighting struct {
	at    time.Time
	acked chan struct{} // closed once that envelope was acknowledged
}

const (
	seenFor  = 10 * time.Minute
	seenMost = 10_000
)

func newSeen() *seen { return &seen{first: map[string]sighting{}} }

// enter remembers the keys of an envelope. If any was seen before, it returns the
// channel that says when that envelope was acknowledged, and true; else one
// to be closed when this one was.
func (s *seen) enter(now time.Time, keys ...string) (acked chan struct{}, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 && (len(s.order) > seenMost || now.Sub(s.first[s.order[0]].at) > seenFor) {
		delete(s.first, s.order[0])
		s.order = s.order[1:]
	}
	acked = make(chan struct{})
	for _, k := range keys {
		if before, known := s.first[k]; known {
			acked, again = before.acked, true
		}
	}
	for _, k := range keys {
		if _, known := s.first[k]; !known {
			s.first[k] = sighting{now, acked}
			s.order = append(s.order, k)
		}
	}
	return acked, again
}
