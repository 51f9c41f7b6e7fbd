package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"s3share/internal/audit"
	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/store"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
)

// A place has the store, the log and the log output of a bot.
type place struct {
	*testing.T
	dir  string
	head string // the posted head that the bot is started with
	said bytes.Buffer
}

func (p *place) store() string { return filepath.Join(p.dir, "s3share.db") }
func (p *place) log() string   { return filepath.Join(p.dir, "audit.jsonl") }

// life starts a bot, commits some entries and stops it. It returns the reason for stopped
// additions; "" if they are allowed.
func (p *place) life(entries ...string) (halted string) {
	p.Helper()
	db, err := boltstore.Open(boltstore.Config{Path: p.store()})
	if err != nil {
		p.Fatal(err)
	}
	defer db.Close()
	o := Options{
		Config: config.Config{Store: p.store(), Audit: p.log(), Digest: "digest"}, Head: p.head,
		Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(&p.said, nil)),
	}
	follower, err := start(ctx, o, db)
	if err != nil {
		p.Fatal(err)
	}
	defer follower.Close()
	for _, e := range entries {
		if err := db.Commit(ctx, store.Tx{At: noon, Entries: []grant.Entry{{At: noon, Kind: e}}}); err != nil {
			p.Fatal(err)
		}
	}
	if err := follower.Sync(ctx); err != nil {
		p.Fatal(err)
	}
	note, err := db.Document(ctx, store.HaltKey)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		p.Fatal(err)
	}
	if (follower == nil) != (note.JSON != "") {
		p.Errorf("the log is followed: %v, and the halt is %q", follower != nil, note.JSON)
	}
	return note.JSON
}

// kinds returns the kinds of the log's entries, in order.
func (p *place) kinds() string {
	p.Helper()
	text, err := os.ReadFile(p.log())
	if err != nil {
		p.Fatal(err)
	}
	var kinds []string
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(line, `"kind":"`)
		kind, _, _ := strings.Cut(rest, `"`)
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, " ")
}

func (p *place) copy(from, to string) {
	p.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		p.Fatal(err)
	}
}

func (p *place) is(got, want string) {
	p.Helper()
	if got != want {
		p.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestOldStoreRestored(t *testing.T) {
	p := &place{T: t, dir: t.TempDir()}
	backup, aside := p.store()+".backup", p.log()+".aside"
	p.is(p.life("one"), "")
	p.copy(p.store(), backup)
	p.is(p.life("two", "three"), "")
	p.is(p.kinds(), "start one start two three")

	newer := p.store() + ".newer"
	p.copy(p.store(), newer)
	p.copy(backup, p.store())
	const behind = "the audit log has 5 entries, and the store's chain has fewer: the store is older than the log"
	p.is(p.life(), behind)
	p.is(p.kinds(), "start one start two three") // evidence
	if want := "an old store was restored; access is removed, and none is added"; !strings.Contains(p.said.String(), want) {
		t.Errorf("it says %s", &p.said)
	}
	// it went on to the same length as the log, with other entries
	p.is(p.life("four", "five"), behind)
	if halted := p.life(); !strings.HasPrefix(halted, "entry 5 is ") || !strings.HasSuffix(halted, "an older store went on from before it, or one of them was replaced") {
		t.Errorf("started again it says %q", halted)
	}
	p.is(p.kinds(), "start one start two three")

	// a person chooses the newer store
	older := p.store() + ".older"
	p.copy(p.store(), older)
	p.copy(newer, p.store())
	p.is(p.life("six"), "")
	p.is(p.kinds(), "start one start two three start six")

	// or the older one
	p.copy(older, p.store())
	if p.life() == "" {
		t.Error("the older store is taken as it is")
	}
	if err := os.Rename(p.log(), aside); err != nil {
		t.Fatal(err)
	}
	p.is(p.life("seven"), "")
	p.is(p.kinds(), "start one halt start halt start four five halt start halt start resume start seven")
	p.is(p.life(), "")
}

// If the log was restored with the store, only a posted head proves that both are old. The operator
// starts the bot with that head once.
func TestOldStoreAndLogRestored(t *testing.T) {
	p := &place{T: t, dir: t.TempDir()}
	p.life("one")
	p.copy(p.store(), p.store()+".kept")
	p.copy(p.log(), p.log()+".kept")
	p.life("two", "three")
	p.head = p.posted()
	p.is(p.life(), "") // it contains the head
	p.copy(p.store(), p.store()+".newer")
	p.copy(p.store()+".kept", p.store())
	p.copy(p.log()+".kept", p.log())
	const behind = "the posted head is entry 5, and the store's chain has fewer: the store and the log are older than what was posted"
	p.is(p.life(), behind)
	head := p.head
	p.head = ""
	p.is(p.life("four", "five"), behind) // a restart decides nothing
	p.is(p.kinds(), "start one")         // evidence
	p.head = head
	const another = "the posted head is another entry 5 than that of the store's chain: an older store went on from before it, or one of them was replaced"
	p.is(p.life(), another)
	p.copy(p.store(), p.store()+".old")

	// a person chooses the newer store: the missing entries are written to the log
	p.copy(p.store()+".newer", p.store())
	p.is(p.life("six"), "")
	p.is(p.kinds(), "start one start two three start start six")

	// or the older one, with or without the head
	for _, p.head = range []string{head, ""} {
		p.copy(p.store()+".old", p.store())
		if err := os.Remove(p.log()); err != nil {
			t.Fatal(err)
		}
		p.is(p.life(), "")
		p.is(p.life(), "")
		p.is(p.life("seven"), "")
	}
}

// posted returns the head of the log as the bot posts it.
func (p *place) posted() string {
	p.Helper()
	log, err := os.Open(p.log())
	if err != nil {
		p.Fatal(err)
	}
	defer log.Close()
	v, err := audit.VerifyFile(log, "")
	if err != nil {
		p.Fatal(err)
	}
	return fmt.Sprintf("%d:%s", v.Seq, v.Hash)
}

// A lost log is rewritten if the store is consistent.
func TestLogLost(t *testing.T) {
	p := &place{T: t, dir: t.TempDir()}
	p.life("one")
	if err := os.Remove(p.log()); err != nil {
		t.Fatal(err)
	}
	p.is(p.life("two"), "")
	p.is(p.kinds(), "start one start two")
}

func TestLogThatIsNone(t *testing.T) {
	p := &place{T: t, dir: t.TempDir()}
	db, err := boltstore.Open(boltstore.Config{Path: p.store()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := os.WriteFile(p.log(), []byte("Dear diary,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = start(ctx, Options{Config: config.Config{Audit: p.log()}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, db)
	want := fmt.Sprintf("opening the audit log: reading the end of %s: at byte 0 stands what is no line of an audit log (hint: if the config names the right file, move it aside, and it is written anew)", p.log())
	if err == nil || err.Error() != want {
		t.Errorf("%v; want %q", err, want)
	}
}

// Each start records the config and the changes in its rules in the chain.
func TestStartRecordsTheConfig(t *testing.T) {
	p := &place{T: t, dir: t.TempDir()}
	for _, c := range []struct {
		digest  string
		pending int
		want    string // the facts
	}{
		{"one", 10, "one: + auditors\n+ requests max_pending=10 request_ttl=0m\n+ responders\n+ slack"},
		{"one", 10, "one: "},
		{"two", 5, "two: - requests max_pending=10 request_ttl=0m\n+ requests max_pending=5 request_ttl=0m"},
		{"two", 5, "two: "},
	} {
		db, err := boltstore.Open(boltstore.Config{Path: p.store()})
		if err != nil {
			t.Fatal(err)
		}
		o := Options{
			Config: config.Config{Store: p.store(), Audit: p.log(), Digest: c.digest, Rules: grant.Rules{MaxPending: c.pending}},
			Now:    func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
		}
		follower, err := start(ctx, o, db)
		if err != nil {
			t.Fatal(err)
		}
		links, err := db.Links(ctx, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var last struct {
			Kind  string
			Facts map[string]string
		}
		if err := json.Unmarshal(links[len(links)-1].Body, &last); err != nil {
			t.Fatal(err)
		}
		if got := last.Facts["config_digest"] + ": " + last.Facts["changes"]; last.Kind != "start" || got != c.want {
			t.Errorf("%s says %q; want start and %q", last.Kind, got, c.want)
		}
		if err := errors.Join(follower.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		bot, app, url string
		want          string
	}{
		{"xoxb-1", "xapp-1", "", ""},
		{"xoxb-1", "xapp-1", "http://127.0.0.1:1/api/", ""},
		{"xoxb-1", "xapp-1", "https://slack.example/api", "SLACK_API_URL is not an address"},
		{"xoxb-1", "xapp-1", "slack.example/api/", "SLACK_API_URL is not an address"},
		{"xapp-1", "xoxb-1", "", "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped (hint: the bot token begins with xoxb-"},
		{"xapp-1", "xapp-1", "", "SLACK_BOT_TOKEN is an app-level token (xapp-) (hint: use the bot token, xoxb-…"},
		{"xoxb-1", "xoxb-1", "", "SLACK_APP_TOKEN is a bot token (xoxb-) (hint: use an app-level token"},
		{"", "xapp-1", "", "SLACK_BOT_TOKEN is not set"},
		{"xoxp-1", "xapp-1", "", "SLACK_BOT_TOKEN is a user token (xoxp-) (hint: use the bot token, xoxb-…, from Install App"},
		{"xoxe.xoxb-1", "xapp-1", "", "SLACK_BOT_TOKEN is a refresh token or one that expires (xoxe)"},
		{"xoxb-1", "xoxp-1", "", "SLACK_APP_TOKEN is a user token (xoxp-)"},
	} {
		err := Options{BotToken: c.bot, AppToken: c.app, SlackURL: c.url}.Check()
		if said := fmt.Sprint(err); (err == nil) != (c.want == "") || c.want != "" && !strings.Contains(said, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
