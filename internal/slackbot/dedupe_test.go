package slackbot

import (
	"slices"
	"testing"
	"time"

	"s3share/internal/commands"
)

// A redelivery is recognized by its own id or by its trigger.
func TestDedupeByEnvelopeOrTrigger(t *testing.T) {
	d, now := newDedupe(), time.Unix(0, 0)
	for _, c := range []struct {
		keys  []string
		again bool
	}{
		{[]string{"trg:1", "env:1"}, false}, {[]string{"trg:1", "env:1"}, true}, {[]string{"trg:1", "env:2"}, true},
		{[]string{"trg:2", "env:1"}, true}, {[]string{"trg:3", "env:3"}, false}, {[]string{"env:4", "env:4"}, false},
	} {
		if _, again := d.begin(now, c.keys...); again != c.again {
			t.Errorf("%q: again %t; want %t", c.keys, again, c.again)
		}
	}
	if _, again := d.begin(now.Add(dedupeFor+1), "env:1"); again {
		t.Error("it is remembered for ever")
	}
}

// A delivery that was not acknowledged does not count; an acknowledged one has its payload for the
// next.
func TestDedupeSettles(t *testing.T) {
	d, now := newDedupe(), time.Unix(0, 0)
	first, _ := d.begin(now, "env:1")
	if _, taken := d.claim(now, first, "view:1"); taken {
		t.Error("a key that nobody has is taken")
	}
	d.forget(first)
	second, again := d.begin(now, "env:1")
	if again || !first.isSettled() || first.acked {
		t.Errorf("after a delivery that failed: again %t, acked %t", again, first.acked)
	}
	if _, taken := d.claim(now, second, "view:1"); taken {
		t.Error("the form of a delivery that failed is taken")
	}
	d.settle(second, "payload")
	d.forget(second)
	if third, again := d.begin(now, "env:1"); !again || !third.acked || third.payload != "payload" {
		t.Errorf("after one that was acknowledged: again %t, %+v", again, third)
	}
	other, _ := d.begin(now, "env:2")
	if before, taken := d.claim(now, other, "view:1"); !taken || before != second {
		t.Error("a form that was sent is taken once more")
	}
	if !d.remember(now, "env:3", "view:1") || d.remember(now, "env:4") {
		t.Error("an act of an earlier run is not known by one of its keys, or a new one is")
	}
}

// The store keeps the trigger and the form of an act; it is recognized by its envelope as well.
func TestKeysOfActs(t *testing.T) {
	for _, c := range []struct {
		act    act
		causes []string
		keys   []string
	}{
		{act{Trigger: "1", Envelope: "E"}, []string{"trg:1"}, []string{"env:E", "trg:1"}},
		{act{Envelope: "E"}, []string{"env:E"}, []string{"env:E"}},
		{act{Trigger: "1", Envelope: "E", View: "V"}, []string{"trg:1", "view:V"}, []string{"env:E", "trg:1", "view:V"}},
	} {
		c.act.Verb = commands.Approve
		if causes, keys := c.act.causes(), c.act.keys(); !slices.Equal(causes, c.causes) || !slices.Equal(keys, c.keys) {
			t.Errorf("%+v: %q, %q; want %q, %q", c.act, causes, keys, c.causes, c.keys)
		}
	}
}
