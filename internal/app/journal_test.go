package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/journal"
	"s3share/internal/sim/slacksim"
	"s3share/internal/store"
)

// A damaged journal stops additions with one alert, also over restarts, until a person has handled
// it.
func TestDamagedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	damage := []journal.Damage{{Files: []string{"2.segment"}, First: 5, Last: 7}}
	var told []string
	set := func(damage []journal.Damage, unreadable []string) (why string, kinds []string) {
		t.Helper()
		db, err := boltstore.Open(boltstore.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		g := journalWatch{db, journal.PathBeside(path), boardOf(db, time.Now), time.Now, slog.New(slog.DiscardHandler)}
		if err := g.set(ctx, damage, unreadable); err != nil {
			t.Fatal(err)
		}
		var admins adminChannel
		admins.deliver(t, g.board)
		told = append(told, admins.told()...)
		note, err := db.Document(ctx, store.JournalKey)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		links, err := db.Links(ctx, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			for _, kind := range []string{"halt", "resume"} {
				if strings.Contains(string(l.Body), fmt.Sprintf("%q", kind)) {
					kinds = append(kinds, kind)
				}
			}
		}
		return note.JSON, kinds
	}
	for _, step := range []struct {
		flip   bool // the note itself is damaged before
		damage []journal.Damage
		shut   bool
		told   int
		kinds  []string

		unreadable []string
	}{
		{false, nil, false, 0, nil, nil},
		{false, damage, true, 1, []string{"halt"}, nil},
		{false, damage, true, 1, []string{"halt"}, nil},
		{true, damage, true, 1, []string{"halt", "halt"}, nil},
		{false, nil, false, 2, []string{"halt", "halt", "resume"}, nil},
		{false, nil, false, 2, []string{"halt", "halt", "resume"}, nil},
		{true, nil, false, 2, []string{"halt", "halt", "resume", "resume"}, nil},
		{false, nil, true, 3, []string{"halt", "halt", "resume", "resume", "halt"}, []string{"act 3, received then"}},
		{false, nil, true, 3, []string{"halt", "halt", "resume", "resume", "halt"}, []string{"act 3, received then"}},
		{false, nil, false, 4, []string{"halt", "halt", "resume", "resume", "halt", "resume"}, nil},
	} {
		if step.flip {
			damageNote(t, path, store.JournalKey)
		}
		why, kinds := set(step.damage, step.unreadable)
		if (why != "") != step.shut || len(told) != step.told || !slices.Equal(kinds, step.kinds) {
			t.Errorf("with the damage %v: shut because of %q, told %q, in the chain %v", step.damage, why, told, kinds)
		}
	}
	if want := "frames 5 to 7 in 2.segment"; !strings.Contains(told[0], want) || !strings.Contains(told[0], "s.db.journal/damage") {
		t.Errorf("people are told %q", told[0])
	}
	if want := "the journal has acts that cannot be read: act 3, received then."; !strings.Contains(told[2], want) || strings.Contains(told[2], "/damage") {
		t.Errorf("of an unreadable act people are told %q", told[2])
	}
}

// An unreadable act in the journal stops additions, is reported to the admin channel and named by
// /readyz, which stays 200.
func TestUnreadableActStopsAdditions(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var c config.Config
	w := startBotAfter(t, "slack: { admin_channel: C0ADMIN }\nlisten: "+address+"\n", func(made config.Config) {
		c = made
		db, err := boltstore.Open(boltstore.Config{Path: c.Store})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		j, err := journal.Open(journal.Config{Path: journal.PathBeside(c.Store), Store: db.ID()})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
		if _, err := j.Append(ctx, journal.Record{At: at, Body: []byte("garbled")}); err != nil {
			t.Fatal(err)
		}
	})
	const want = "the journal has acts that cannot be read: act 1, received 2026-11-30 12:00:00 UTC"
	wait(t, w, "the alert", func() bool {
		return slices.ContainsFunc(w.Messages("C0ADMIN"), func(m slacksim.Message) bool { return strings.Contains(m.Text, want) })
	})
	named := func() (code int, said string) {
		res, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(text)
	}
	code, said := named()
	for end := time.Now().Add(time.Minute); code != 200 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		code, said = named()
	}
	if code != 200 || !strings.Contains(said, want) {
		t.Errorf("/readyz: %d %s", code, said)
	}
}
