package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// following runs follow on a fake clock over a store with one entry, until the wanted number of
// messages was sent. Slack is down for the first calls.
func following(t *testing.T, followed bool, down int, during func(*boltstore.Store)) (told []string) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(dir, "s3share.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		o := Options{Config: config.Config{Audit: filepath.Join(dir, "audit.jsonl")}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		enter(t, db, "one")
		var follower *audit.Follower
		if followed {
			if follower, err = audit.Open(ctx, audit.Config{Path: o.Config.Audit, Source: db}); err != nil {
				t.Fatal(err)
			}
			defer follower.Close()
		}
		running, stop := context.WithCancel(ctx)
		done := make(chan error)
		admins := &adminChannel{}
		go func() {
			done <- follow(running, o, db, follower, nil, func(ctx context.Context, text string) bool {
				if down--; down >= 0 {
					return false
				}
				_, err := admins.Post(ctx, text, alarm.Message{}, false)
				return err == nil
			})
		}()
		go boardOf(db, o.Now).Run(running, running, admins)
		synctest.Wait()
		during(db)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		told = admins.told()
		if followed {
			complete(t, o.Config.Audit, db)
		}
	})
	return told
}

// complete checks that a log has all entries of the chain.
func complete(t *testing.T, path string, db *boltstore.Store) {
	t.Helper()
	log, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	v, err := audit.VerifyFile(log, "")
	head, headErr := db.Head(ctx)
	if err := errors.Join(err, headErr); err != nil || v.Torn || v.Seq != head.Seq || v.Hash != head.Hash {
		t.Errorf("the log has %+v, the chain %+v, %v", v, head, err)
	}
}

func enter(t *testing.T, db *boltstore.Store, kind string) {
	t.Helper()
	if err := db.Commit(ctx, store.Tx{At: time.Now(), Entries: []grant.Entry{{At: time.Now(), Kind: kind}}}); err != nil {
		t.Fatal(err)
	}
}

// The head is posted once a day if it is new. After an outage of Slack it is posted as soon as
// possible.
func TestHeadIsPostedDaily(t *testing.T) {
	for _, down := range []int{0, 3} {
		var heads []string
		note := func(db *boltstore.Store) {
			head, err := db.Head(ctx)
			if err != nil {
				t.Fatal(err)
			}
			heads = append(heads, fmt.Sprintf("Audit log: the last entry is number %d, `%s`. `bot audit verify --head %d:%s` checks a copy of the log against this line.", head.Seq, head.Hash, head.Seq, head.Hash))
		}
		told := following(t, true, down, func(db *boltstore.Store) {
			note(db)
			time.Sleep(time.Minute)
			enter(t, db, "two")
			time.Sleep(23 * time.Hour) // not yet
			note(db)
			time.Sleep(2 * time.Hour)
			time.Sleep(24 * time.Hour) // no new entry
			enter(t, db, "three")
			note(db)
			time.Sleep(time.Minute)
		})
		if strings.Join(told, "\n") != strings.Join(heads, "\n") {
			t.Errorf("down %d times, told\n%s\nwant\n%s", down, strings.Join(told, "\n"), strings.Join(heads, "\n"))
		}
	}
}

func TestRestoredStoreIsToldOnceItCanBe(t *testing.T) {
	for _, down := range []int{0, 1, 5} {
		told := following(t, false, down, func(*boltstore.Store) { time.Sleep(5 * time.Minute) })
		if len(told) != 1 || // a chain that contradicts the log has no posted head
			!strings.HasPrefix(told[0], "The database is older than the audit log, so s3share is in safe mode: it removes expired access and grants nothing. Restore the newer database, or move the audit log ") ||
			!strings.HasSuffix(told[0], "audit.jsonl aside to continue with this one. Then restart s3share.") {
			t.Errorf("down %d times, it tells %.300q", down, told)
		}
	}
}

// The log has every entry when the bot stops, also the last one.
func TestLogIsCompleteAtTheEnd(t *testing.T) {
	for range 10 { // at the same moment as the stop, or just after
		following(t, true, 0, func(db *boltstore.Store) { enter(t, db, "two") })
	}
}

// endless is a chain that cannot be read to its end within half a minute.
type endless struct{ *boltstore.Store }

func (e endless) Links(ctx context.Context, after uint64, limit int) ([]audit.Link, error) {
	time.Sleep(100 * time.Millisecond)
	first, err := e.Store.Links(ctx, 0, 1)
	if err != nil || after == 0 {
		return first, err
	}
	if after == 300 {
		return nil, nil
	}
	next, err := audit.Follow(grant.Head{Seq: after, Hash: e.at(after)}, first[0].Body)
	return []audit.Link{next}, err
}

// at returns the hash of an entry. All entries are equal.
func (e endless) at(seq uint64) string {
	first, err := e.Store.Links(ctx, 0, 1)
	if err != nil {
		panic(err)
	}
	l := first[0]
	for l.Seq < seq {
		if l, err = audit.Follow(l.Head(), l.Body); err != nil {
			panic(err)
		}
	}
	return l.Head().Hash
}

// A log that is far behind does not delay the stop of the bot.
func TestStopsThoughTheLogIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(dir, "s3share.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		enter(t, db, "one")
		follower, err := audit.Open(ctx, audit.Config{Path: filepath.Join(dir, "audit.jsonl"), Source: endless{db}})
		if err != nil {
			t.Fatal(err)
		}
		defer follower.Close()
		running, stop := context.WithCancel(ctx)
		done := make(chan error)
		o := Options{Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		go func() {
			done <- follow(running, o, db, follower, nil, func(context.Context, string) bool { return true })
		}()
		time.Sleep(3 * time.Second)
		began := time.Now()
		stop()
		if err := <-done; err != nil {
			t.Errorf("it says %v", err)
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
