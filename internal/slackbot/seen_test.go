package slackbot

import (
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
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

// What is stored of an envelope is one key; what is remembered are all.
func TestKeysOfEnvelopes(t *testing.T) {
	for _, c := range []struct {
		data  any
		cause string
		keys  []string
	}{
		{slack.SlashCommand{TriggerID: "1"}, "trg:1", []string{"env:E", "trg:1"}},
		{slack.InteractionCallback{TriggerID: "2"}, "trg:2", []string{"env:E", "trg:2"}},
		{slack.InteractionCallback{}, "env:E", []string{"env:E"}},
		{slackevents.EventsAPIEvent{}, "env:E", []string{"env:E"}},
	} {
		in := incomingOf(socketmode.Event{Data: c.data, Request: &socketmode.Request{EnvelopeID: "E"}})
		if in.cause != c.cause || !slices.Equal(in.keys, c.keys) {
			t.Errorf("%T: %q, %q; want %q, %q", c.data, in.cause, in.keys, c.cause, c.keys)
		}
	}
}
