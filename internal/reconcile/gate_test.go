package reconcile

import (
	"testing"
	"time"

	"s3share/internal/store"
)

// The gate names the reason that blocks additions, and a damaged note blocks as its text does.
func TestGate(t *testing.T) {
	note := func(key string) func(*bench) {
		return func(b *bench) {
			if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{{Key: key, JSON: `{"Why":"a test"}`}}}); err != nil {
				b.Fatal(err)
			}
		}
	}
	damagedNote := func(key string) func(*bench) {
		return func(b *bench) { note(key)(b); b.store.DamageNote(key) }
	}
	for _, c := range []struct {
		name string
		why  reason
		set  func(*bench)
	}{
		{"nothing", "", func(*bench) {}},
		{"a clock that is ahead", wrongClock, func(b *bench) { b.aws.ahead = time.Hour }},
		{"a clock that is behind", wrongClock, func(b *bench) { b.aws.ahead = -time.Hour }},
		{"a freeze", frozen, note(store.FreezeKey)},
		{"a damaged freeze", frozen, damagedNote(store.FreezeKey)},
		{"an old store", restoredStore, note(store.HaltKey)},
		{"a damaged halt", restoredStore, damagedNote(store.HaltKey)},
		{"a broken chain", brokenChain, note(store.ChainKey)},
		{"a damaged note of the chain", brokenChain, damagedNote(store.ChainKey)},
		{"a damaged journal", damagedJournal, note(store.JournalKey)},
		{"a damaged note of the journal", damagedJournal, damagedNote(store.JournalKey)},
		{"a store that cannot be read", unknownReason, func(b *bench) {
			b.fault = func(int, string, bool) fault { return refused }
		}},
	} {
		b := newBench(t)
		c.set(b)
		if got := b.rec.gate(ctx); got.reason != c.why || got.isClosed() != (got.refusal != "") {
			t.Errorf("%s: the gate is %+v, want the reason %q", c.name, got, c.why)
		}
	}
}

// A freeze that begins while AWS is read stops the addition that would follow the read.
func TestFreezeDuringTheReadOfAWS(t *testing.T) {
	for read, write := range map[string]string{
		"GetBucketPolicy": "PutBucketPolicy", "Principal": "Join", "Joined": "Join",
	} {
		b := newBench(t)
		b.approved("fixtures", "read", "build/ann", "8h")
		b.aws.around[read] = func() {
			freeze := store.Document{Key: store.FreezeKey, JSON: `{"Why":"a test"}`}
			if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{freeze}}); err != nil {
				t.Fatal(err)
			}
		}
		b.run(time.Second)
		if n := b.aws.count(write); n != 0 {
			t.Errorf("a freeze during %s: %s was called %d times", read, write, n)
		}
	}
}
