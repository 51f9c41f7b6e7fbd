package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A chainBench is a store whose chain is verified repeatedly.
type chainBench struct {
	*testing.T
	place  *place
	now    time.Time
	alerts []string
	log    bytes.Buffer
}

// look opens the store, verifies once, and reports whether additions are stopped.
func (b *chainBench) look() (shut bool) {
	b.Helper()
	db, err := boltstore.Open(boltstore.Config{Path: b.place.store()})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	b.log.Reset()
	now := func() time.Time { return b.now }
	w := chainWatch{db, boardOf(db, now), now, slog.New(slog.NewTextHandler(&b.log, nil))}
	if err := w.check(ctx); err != nil {
		b.Error(err)
	}
	var admins adminChannel
	admins.deliver(b.T, w.board)
	b.alerts = append(b.alerts, admins.told()...)
	note, _ := db.Document(ctx, store.ChainKey)
	return note.JSON != ""
}

// append commits an entry.
func (b *chainBench) append(kind string) {
	b.Helper()
	db, err := boltstore.Open(boltstore.Config{Path: b.place.store()})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.Commit(ctx, store.Tx{At: b.now, Entries: []grant.Entry{{At: b.now, Kind: kind}}}); err != nil {
		b.Fatal(err)
	}
}

// edit replaces the text of an entry in the file and returns the old text; nil removes the entry.
func (b *chainBench) edit(seq uint64, text []byte) (was []byte) {
	b.Helper()
	db, err := bolt.Open(b.place.store(), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		chain, key := tx.Bucket([]byte("chain")), binary.BigEndian.AppendUint64(nil, seq)
		if was = slices.Clone(chain.Get(key)); text == nil {
			return chain.Delete(key)
		}
		return chain.Put(key, text)
	})
	if err != nil {
		b.Fatal(err)
	}
	return was
}

func newChainBench(t *testing.T) *chainBench {
	b := &chainBench{T: t, place: &place{T: t, dir: t.TempDir()}, now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	b.place.life("one", "two", "three") // 4 entries
	return b
}

// An invalid chain stops additions with one alert. Once the chain is valid again, additions resume
// with one alert.
func TestBrokenChainStopsAdditions(t *testing.T) {
	b := newChainBench(t)
	if b.look() || len(b.alerts) > 0 || !strings.Contains(b.log.String(), `"the audit chain in the store holds" entries=4`) {
		t.Errorf("a chain that holds: %q, %s", b.alerts, b.log.String())
	}
	was := b.edit(2, nil)
	b.now = b.now.Add(25 * time.Hour)
	for range 3 {
		if !b.look() {
			t.Error("additions are allowed")
		}
	}
	const want = "The audit chain in the database is broken: entry 2 is missing: entry 3 stands in its place. It is valid up to entry 1. The database was edited, or its disk fails. " +
		"s3share removes expired access and grants nothing until the chain is valid again. `bot audit verify` checks the audit log against the chain; restore a backup of the database."
	if len(b.alerts) != 1 || b.alerts[0] != want || !strings.Contains(b.log.String(), "level=ERROR") || !strings.Contains(b.log.String(), "holds_to=1") {
		t.Errorf("told %q, logged %s; want %q", b.alerts, b.log.String(), want)
	}
	b.edit(2, was)
	for range 2 {
		if b.look() {
			t.Error("additions are still stopped")
		}
	}
	if len(b.alerts) != 2 || b.alerts[1] != "Resolved after 0 s: the audit chain is valid from its first entry, and s3share grants again." {
		t.Errorf("told %q", b.alerts)
	}
}

// Between two checks of the whole chain only new entries are read. An edit before the checkpoint is
// detected within a day.
func TestChainIsVerifiedFromTheCheckpoint(t *testing.T) {
	b := newChainBench(t)
	b.look()
	b.append("five")
	b.now = b.now.Add(time.Hour)
	if b.look() || !strings.Contains(b.log.String(), "entries=5 after=4") {
		t.Errorf("from the checkpoint: %s", b.log.String())
	}
	old := b.edit(2, nil)
	b.now = b.now.Add(time.Hour)
	if b.look() {
		t.Error("all of it was read")
	}
	b.now = b.now.Add(23 * time.Hour)
	if !b.look() {
		t.Error("a day later it was not read as a whole")
	}
	b.edit(2, old)
	b.look()
	b.append("more") // 8, after the halt and the resume
	b.edit(8, old)
	b.now = b.now.Add(time.Hour)
	if !b.look() || !strings.Contains(b.alerts[len(b.alerts)-1], "It is valid up to entry 7") {
		t.Errorf("an edit after the checkpoint: %q, %s", b.alerts, b.log.String())
	}
}

// A store that does not contain the checkpoint, such as a rewritten one, is detected.
func TestCheckpointHasToBeInTheChain(t *testing.T) {
	b := newChainBench(t)
	b.look()
	b.edit(4, b.edit(3, nil))
	b.now = b.now.Add(time.Hour)
	if !b.look() || !strings.Contains(b.alerts[0], "entry 4 is not the one that was verified before") {
		t.Errorf("told %q", b.alerts)
	}
}

// The watch checks at once and then every hour, and ends with its context.
func TestChainWatchEnds(t *testing.T) {
	b := newChainBench(t)
	db, err := boltstore.Open(boltstore.Config{Path: b.place.store()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, stop := context.WithCancel(ctx)
	log := slog.New(slog.NewTextHandler(writerFunc(func(text []byte) (int, error) { stop(); return len(text), nil }), nil))
	if err := (chainWatch{db, boardOf(db, time.Now), time.Now, log}).run(ctx); err != nil {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }

// Damaged notes of the watch do not stop it, and do not allow additions without a check.
func TestDamagedNotesOfTheChain(t *testing.T) {
	for _, key := range []string{checkpointNote, store.ChainKey} {
		b := newChainBench(t)
		b.look()
		was := b.edit(2, nil)
		b.now = b.now.Add(25 * time.Hour)
		if !b.look() {
			t.Fatalf("%s: additions are allowed", key)
		}
		b.damage(key)
		b.alerts = nil
		if !b.look() && !b.damaged(key) {
			t.Errorf("%s: additions are allowed though the chain does not hold", key)
		}
		b.edit(2, was)
		if b.look() || b.damaged(key) || len(b.alerts) != 1 || !strings.Contains(b.alerts[0], "s3share grants again") {
			t.Errorf("%s: the chain holds again, and people are told %q", key, b.alerts)
		}
	}
}

// damage flips a bit of a stored note.
func (b *chainBench) damage(key string) {
	b.Helper()
	damageNote(b.T, b.place.store(), key)
}

func damageNote(t *testing.T, path, key string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		notes := tx.Bucket([]byte("notes"))
		text := slices.Clone(notes.Get([]byte(key)))
		if len(text) == 0 {
			t.Fatalf("there is no note %q", key)
		}
		text[len(text)/2] ^= 1
		return notes.Put([]byte(key), text)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// damaged reports whether a note is unreadable.
func (b *chainBench) damaged(key string) bool {
	b.Helper()
	db, err := boltstore.Open(boltstore.Config{Path: b.place.store()})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	_, err = db.Document(ctx, key)
	return errors.Is(err, store.ErrUnreadable)
}
