package slackbot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

// A faultyStore fails a number of commits: before or after they take effect.
type faultyStore struct {
	*storetest.Memory
	before, after atomic.Int32 // the remaining failures
	err           error
}

func (s *faultyStore) Commit(ctx context.Context, c store.Tx) error {
	if len(c.Causes) > 0 && s.before.Add(-1) >= 0 {
		return s.err
	}
	err := s.Memory.Commit(ctx, c)
	if err == nil && len(c.Causes) > 0 && s.after.Add(-1) >= 0 {
		return s.err
	}
	return err
}

var errNoSpace = fmt.Errorf("committing: %w", &fs.PathError{Op: "write", Path: "s.db", Err: syscall.ENOSPC})

func (o *office) faulty(err error) *faultyStore {
	s := &faultyStore{Memory: o.store, err: err}
	o.configure(func(c *commands.Config) { c.Store = s })
	return s
}

// told returns the messages to one person, ephemeral or direct.
func (o *office) told(user string) (all string) {
	synctest.Wait()
	for _, m := range append(o.slack.Ephemerals(user), o.slack.DMs(user)...) {
		all += m.Plain() + "\n"
	}
	return all
}

// An act that the store refused, or accepted without a reply, is retried: it is carried out once,
// and its person is told that it waits and the result.
func TestStoreFaultIsRetried(t *testing.T) {
	for name, set := range map[string]func(*faultyStore){
		"before the commit": func(s *faultyStore) { s.before.Store(3) },
		"after the commit":  func(s *faultyStore) { s.after.Store(1) },
		"both":              func(s *faultyStore) { s.before.Store(2); s.after.Store(1) },
	} {
		for what, fault := range map[string]error{"no space": errNoSpace, "timeout": fmt.Errorf("waiting: %w", context.DeadlineExceeded)} {
			t.Run(name+", "+what, func(t *testing.T) {
				inOffice(t, func(t *testing.T, o *office) {
					g, card := o.pending(requestText)
					set(o.faulty(fault))
					if d := o.slack.As("U0ADA").Press(o.ctx, card, "Approve"); !d.Acked {
						t.Fatal("not acknowledged")
					}
					if said := o.told("U0ADA"); !strings.Contains(said, "Retrying for up to ten minutes") {
						t.Errorf("told %q", said)
					}
					time.Sleep(time.Minute)
					if g := o.get(g.ID); g.State != grant.Approved || len(g.Decisions) != 1 || len(o.journal.Undone()) != 0 {
						t.Errorf("it is %s by %d, and %d acts are undone", g.State, len(g.Decisions), len(o.journal.Undone()))
					}
					said := o.told("U0ADA")
					if strings.Count(said, "Retrying for up to") != 1 || !strings.Contains(said, "Approved") || strings.Contains(said, "went wrong") {
						t.Errorf("told %q", said)
					}
				})
			})
		}
	}
}

// An act that fails for ten minutes is reported as not done in time, and has no effect.
func TestStoreFaultThatLasts(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		s := o.faulty(errNoSpace)
		s.before.Store(1 << 20)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		time.Sleep(9 * time.Minute)
		if n := len(o.journal.Undone()); n != 1 {
			t.Errorf("after nine minutes %d acts are undone", n)
		}
		time.Sleep(3 * time.Minute)
		said := o.told("U0ADA")
		if !strings.Contains(said, "Nothing was done: I couldn't do it within ten minutes") || strings.Contains(said, "went wrong") {
			t.Errorf("told %q", said)
		}
		if n := len(o.journal.Undone()); n != 0 || o.get(g.ID).State != grant.Pending {
			t.Errorf("%d acts are undone, and it is %s", n, o.get(g.ID).State)
		}
	})
}

// While an approval waits for the store, a denial goes first. A waiting freeze blocks a later
// unfreeze.
func TestRetriesKeepTheOrder(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		o.configure(func(c *commands.Config) { c.Rules.Responders = grant.People{Users: []string{"U0GIN"}} })
		g, card := o.pending(requestText)
		o.waitForCard(g.ID)
		s := o.faulty(errNoSpace)
		s.before.Store(1)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		synctest.Wait()
		o.slack.As("U0BOB").Slash(o.ctx, "C0ADMIN", "/s3share", "deny "+string(g.ID)+" no")
		time.Sleep(time.Minute)
		if g := o.get(g.ID); g.State != grant.Denied {
			t.Errorf("it is %s", g.State)
		}
		s.before.Store(1)
		o.slack.As("U0GIN").Slash(o.ctx, "C0ADMIN", "/s3share", "freeze a leak")
		synctest.Wait()
		o.slack.As("U0GIN").Slash(o.ctx, "C0ADMIN", "/s3share", "unfreeze false alarm")
		time.Sleep(time.Minute)
		o.shows("U0GIN", "s3share is unfrozen")
		if frozen, err := store.Frozen(o.ctx, o.store); frozen != nil || err != nil {
			t.Errorf("frozen: %+v, %v", frozen, err)
		}
	})
}

// An act that waits for the store is left to the next run if the bot stops.
func TestRetryIsLeftToTheNextRun(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		g, card := o.pending(requestText)
		s := o.faulty(errNoSpace)
		s.before.Store(1 << 20)
		o.slack.As("U0ADA").Press(o.ctx, card, "Approve")
		time.Sleep(time.Minute)
		o.restart()
		synctest.Wait()
		if g := o.get(g.ID); g.State != grant.Approved || len(o.journal.Undone()) != 0 {
			t.Errorf("it is %s, and %d acts are undone", g.State, len(o.journal.Undone()))
		}
	})
}

// A permanent fault is reported at once.
func TestPassingFaults(t *testing.T) {
	for err, want := range map[error]bool{
		errNoSpace: true, context.DeadlineExceeded: true, fmt.Errorf("after 101 tries: %w", store.ErrConflict): true,
		store.ErrUnreadable: false, errors.New("a panic: a mistake"): false,
		fmt.Errorf("%w (%w)", grant.Refuse("The disk is full."), syscall.ENOSPC): false,
	} {
		if got := isPassing(err); got != want {
			t.Errorf("%v passes: %v", err, got)
		}
	}
	if isPassing(nil) {
		t.Error("no fault passes")
	}
}
