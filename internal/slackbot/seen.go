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
	keys  map[string]time.Time
	order []string
}

const (
	seenFor  = 10 * time.Minute
	seenMost = 10_000
)

func newSeen() *seen { return &seen{keys: map[string]time.Time{}} }

// again reports whether any of the keys was seen before, and remembers them all.
func (s *seen) again(now time.Time, keys ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 && (len(s.order) > seenMost || now.Sub(s.keys[s.order[0]]) > seenFor) {
		delete(s.keys, s.order[0])
		s.order = s.order[1:]
	}
	again := false
	for _, k := range keys {
		if _, known := s.keys[k]; known {
			again = true
			continue
		}
		s.keys[k] = now
		s.order = append(s.order, k)
	}
	return again
}
