package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/boltstore"
)

func untold(t *testing.T, path string) alerts {
	t.Helper()
	store, err := boltstore.Open(boltstore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return alerts{store, time.Now, slog.New(slog.DiscardHandler)}
}

// Alerts are sent in order and once when Slack accepts them again, also by the next process.
func TestAlertsAreToldLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := untold(t, filepath.Join(t.TempDir(), "s3share.db"))
		for _, text := range []string{"one", "two", "two"} { // two equal alerts are separate
			if err := a.add(ctx, text); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // two processes that cannot reach Slack, or die before recording the result
			ctx, stop := context.WithTimeout(ctx, 10*time.Second)
			tries := 0
			if err := a.tell(ctx, func(context.Context, string) bool { tries++; return false }); err != nil || tries != 3 {
				t.Errorf("tried %d times in ten seconds, %v", tries, err)
			}
			stop()
		}
		var told []string
		running, stop := context.WithCancel(ctx)
		done := make(chan error)
		go func() {
			done <- a.tell(running, func(_ context.Context, text string) bool {
				if text == "two" && len(told) == 1 {
					told = append(told, "down")
					return false
				}
				told = append(told, text)
				return true
			})
		}()
		time.Sleep(5 * time.Second)
		if err := a.add(ctx, "three"); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if want := []string{"one", "down", "two", "two", "three"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

// Alerts that are added concurrently are all kept, up to the limit.
func TestAlertsAtOnce(t *testing.T) {
	a := untold(t, filepath.Join(t.TempDir(), "s3share.db"))
	var log strings.Builder
	a.log = slog.New(slog.NewTextHandler(&log, nil))
	var all sync.WaitGroup
	for n := range alertsMost {
		all.Go(func() {
			if err := a.add(ctx, fmt.Sprint("alert ", n)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if waiting, _, err := a.read(ctx); err != nil || len(waiting) != alertsMost || log.Len() != 0 {
		t.Errorf("%d wait, %v; logged %s", len(waiting), err, log.String())
	}
	if err := a.add(ctx, "one too many"); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if waiting, _, err := a.read(ctx); err != nil || len(waiting) != alertsMost || !strings.Contains(log.String(), `alert="one too many"`) {
		t.Errorf("%d wait, %v; logged %s", len(waiting), err, log.String())
	}
}
