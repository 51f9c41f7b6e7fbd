package app

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/boltstore"
)

func TestWatchChain(t *testing.T) {
	p := &place{T: t, dir: t.TempDir()}
	p.life("one", "two", "three")
	watch := func() (alerts []string, said string) {
		store, err := boltstore.Open(boltstore.Config{Path: p.store()})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		var log bytes.Buffer
		o := Options{Log: slog.New(slog.NewTextHandler(writerFunc(func(text []byte) (int, error) {
			if bytes.Contains(text, []byte("chain in the store holds")) {
				stop() // once is enough
			}
			return log.Write(text)
		}), nil))}
		err = watchChain(ctx, o, store, func(_ context.Context, text string) bool { alerts = append(alerts, text); stop(); return true })
		if err != nil {
			t.Error(err)
		}
		return alerts, log.String()
	}
	if alerts, said := watch(); len(alerts) != 0 || !strings.Contains(said, `"the audit chain in the store holds" entries=4`) {
		t.Errorf("a chain that holds: %q, %s", alerts, said)
	}
	db, err := bolt.Open(p.store(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("chain")).Delete([]byte{0, 0, 0, 0, 0, 0, 0, 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	alerts, said := watch()
	if want := "The audit chain in the store does not hold: entry 2 is missing: entry 3 stands in its place. Somebody edited the store, or its disk fails. Up to entry 1 it holds. " +
		"`bot audit verify` checks the log that follows it; a backup of the store can be put in its place."; len(alerts) != 1 || alerts[0] != want {
		t.Errorf("it tells %q; want %q", alerts, want)
	}
	if !strings.Contains(said, "level=ERROR") || !strings.Contains(said, "holds_to=1") {
		t.Errorf("its log says %s", said)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }
