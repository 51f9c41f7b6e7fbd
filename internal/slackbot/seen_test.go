package slackbot

import (
	"testing"
	"time"
)

// An envelope comes again by its own id or by what it brings, whichever is the
// same.
func TestSeenByEither(t *testing.T) {
	s, now := newSeen(), time.Unix(0, 0)
	for _, c := range []struct {
		keys  []string
		again bool
	}{
		{[]string{"trg:1", "env:1"}, false}, {[]string{"trg:1", "env:1"}, true}, {[]string{"trg:1", "env:2"}, true},
		{[]string{"trg:2", "env:1"}, true}, {[]string{"trg:3", "env:3"}, false}, {[]string{"env:4", "env:4"}, false},
	} {
		if _, again := s.enter(now, c.keys...); again != c.again {
			t.Errorf("%q: again %t; want %t", c.keys, again, c.again)
		}
	}
	if _, again := s.enter(now.Add(seenFor+1), "env:1"); again {
		t.Error("it is remembered for ever")
	}
}
