package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/config"
)

// If the store cannot be written until a restart, the admin channel is told once, and /readyz
// answers 503 at once.
func TestStoppedStoreIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s3share.db")
		store, err := boltstore.Open(boltstore.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		running, stop := context.WithCancel(ctx)
		var told []string
		tries, done := 0, make(chan error)
		go func() {
			done <- watchStore(running, Options{Config: config.Config{Store: path}}, store, func(_ context.Context, text string) bool {
				if tries++; tries < 3 {
					return false // Slack is down
				}
				told = append(told, strings.ReplaceAll(text, path, "STORE"))
				return true
			})
		}()
		if err := probe(ctx, store, time.Now()); err != nil {
			t.Errorf("the store is not ready: %v", err)
		}
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		const want = "the store cannot be written: the store's file is damaged, and nothing is stored until a restart"
		for range 3 {
			if err := probe(ctx, store, time.Now()); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("the probe: %v; want %q", err, want)
			}
		}
		time.Sleep(time.Hour)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		wants(t, told, "The database STORE is damaged and cannot be written. Restart s3share; if the database does not open then, restore a backup. "+
			"Until the restart s3share approves, adds and removes nothing, and access ends at its date. The log of s3share has the cause.")
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A store that works causes no alert, and the watch ends with the bot.
func TestStoreWatchEnds(t *testing.T) {
	store, err := boltstore.Open(boltstore.Config{Path: filepath.Join(t.TempDir(), "s3share.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	running, stop := context.WithCancel(ctx)
	stop()
	err = watchStore(running, Options{}, store, func(context.Context, string) bool { t.Error("it is told"); return true })
	if err != nil {
		t.Error(err)
	}
}
