package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/config"
)

// A moving is a bot whose log is moved away and put back.
type moving struct {
	o     Options
	store *boltstore.Store
	aside string
	adminChannel
}

// told returns the messages that Slack accepted.
func (m *moving) told() []string {
	all := m.adminChannel.told()
	for i, text := range all {
		all[i] = strings.ReplaceAll(text, m.o.Config.Audit, "LOG")
	}
	return all
}

func newMoving(t *testing.T) *moving {
	dir := t.TempDir()
	store, err := boltstore.Open(boltstore.Config{Path: filepath.Join(dir, "s3share.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	path := filepath.Join(dir, "audit.jsonl")
	return &moving{store: store, aside: path + ".aside",
		o: Options{Config: config.Config{Audit: path}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}}
}

// run follows the log during a function, as one run of the bot does.
func (m *moving) run(t *testing.T, during func()) {
	t.Helper()
	follower, err := audit.Open(ctx, audit.Config{Path: m.o.Config.Audit, Source: m.store})
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Close()
	running, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() {
		done <- follow(running, m.o, m.store, follower, nil, func(context.Context, string) bool { return !m.deaf.Load() })
	}()
	go boardOf(m.store, m.o.Now).Run(running, running, m)
	time.Sleep(3 * time.Second) // so that nothing coincides with a tick
	during()
	synctest.Wait()
	stop()
	<-done
}

func (m *moving) move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

const moved = "Can't write the audit log LOG: writing LOG: it was moved, removed or replaced. Move it back. " +
	"Or restart s3share: it then writes a new log from the database. The database keeps every entry, " +
	"and s3share writes them to the log as soon as this works. Access is granted and removed as usual."

// The admin channel is alerted once if the log cannot be written, however long that lasts, and once
// when it can be again.
func TestUnwrittenLogAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t)
		m.run(t, func() {
			enter(t, m.store, "one")
			time.Sleep(time.Minute)
			m.move(t, m.o.Config.Audit, m.aside)
			for range 5 {
				enter(t, m.store, "unwritten")
				time.Sleep(time.Minute)
			}
			m.move(t, m.aside, m.o.Config.Audit)
			time.Sleep(time.Minute)
		})
		wants(t, m.told(), moved, "Resolved after 5 min: the audit log LOG is written again and has every entry.")
		complete(t, m.o.Config.Audit, m.store)
	})
}

// A failure of a few seconds appears only in the bot's log.
func TestShortFailureIsNoAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t)
		m.run(t, func() {
			m.move(t, m.o.Config.Audit, m.aside)
			enter(t, m.store, "one")
			time.Sleep(5 * time.Second)
			m.move(t, m.aside, m.o.Config.Audit)
			time.Sleep(time.Hour)
		})
		wants(t, m.told())
	})
}

// While Slack is down, the alert and its resolution wait.
func TestUnwrittenLogIsToldOnceSlackAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t)
		m.run(t, func() {
			m.deaf.Store(true)
			m.move(t, m.o.Config.Audit, m.aside)
			time.Sleep(time.Minute)
			m.deaf.Store(false)
			time.Sleep(time.Minute)
			wants(t, m.told(), moved)
			m.deaf.Store(true)
			m.move(t, m.aside, m.o.Config.Audit)
			time.Sleep(time.Minute)
			m.deaf.Store(false)
			time.Sleep(time.Minute)
			if told := m.told(); len(told) != 2 || !strings.HasPrefix(told[1], "Resolved after ") {
				t.Errorf("told %q", told)
			}
		})
	})
}

// The alert proposes a restart, and the restarted bot resolves it.
func TestAlertOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t)
		m.run(t, func() {
			m.move(t, m.o.Config.Audit, m.aside)
			time.Sleep(time.Minute)
		})
		m.run(t, func() { time.Sleep(time.Hour) })
		m.run(t, func() { time.Sleep(time.Hour) })
		wants(t, m.told(), moved, "Resolved after 53 s: the audit log LOG is written again and has every entry.")
		complete(t, m.o.Config.Audit, m.store)
	})
}

func TestRemedies(t *testing.T) {
	for _, c := range []struct {
		failure error
		want    string
	}{
		{&fs.PathError{Op: "write", Path: "audit.jsonl", Err: syscall.ENOSPC}, "Free space on its disk."},
		{&fs.PathError{Op: "write", Path: "audit.jsonl", Err: syscall.EDQUOT}, "Free space on its disk."},
		{&fs.PathError{Op: "write", Path: "audit.jsonl", Err: syscall.EROFS}, "Mount its file system writable."},
		{&fs.PathError{Op: "stat", Path: "audit.jsonl", Err: syscall.EACCES}, "Let the user that s3share runs as write it."},
		{errors.New("input/output error"), "Check its disk. Or name a file on another disk in the config and restart s3share: it then writes a new log from the database."},
	} {
		if got := remedy(c.failure); got != c.want {
			t.Errorf("%v: %s", c.failure, got)
		}
	}
}

func wants(t *testing.T, told []string, want ...string) {
	t.Helper()
	if strings.Join(told, "\n") != strings.Join(want, "\n") {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}
