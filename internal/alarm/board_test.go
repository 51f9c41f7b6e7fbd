package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/store"
)

var ctx = context.Background()

// A memory is a store of documents. It refuses commits while broken.
type memory struct {
	mu     sync.Mutex
	notes  map[string]store.Document
	broken error
}

func (m *memory) Document(_ context.Context, key string) (store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n, ok := m.notes[key]; ok {
		return n, nil
	}
	return store.Document{}, store.ErrNotFound
}

func (m *memory) Commit(_ context.Context, tx store.Tx) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range tx.Documents {
		if m.broken != nil {
			return m.broken
		}
		if m.notes[n.Key].Version != n.Version {
			return store.ErrConflict
		}
		n.Version++
		m.notes[n.Key] = n
	}
	return nil
}

// An office has a board and an admin channel. Its clock is that of the bubble.
type office struct {
	t *testing.T
	Board
	store *memory

	mu    sync.Mutex
	lines []*line
	fails map[string]error // of the next calls, by kind: "post", "reply", "edit"

	killAfter string // the kind of call after which the process does nothing more
	killed    bool
}

// A line is a message in the channel.
type line struct{ text, thread string }

var (
	errTimeout = errors.New("timed out")
	errKilled  = errors.New("killed")
)

func newOffice(t *testing.T) *office {
	o := &office{t: t, store: &memory{notes: map[string]store.Document{}}, fails: map[string]error{}}
	o.Board = Board{Store: o.store, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	return o
}

// runFor runs a process for a while.
func (o *office) runFor(d time.Duration) {
	running, stop := context.WithTimeout(ctx, d)
	defer stop()
	o.Run(running, running, o)
}

// fail makes the next call of a kind fail. With errTookEffect the call takes effect.
func (o *office) fail(kind string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fails[kind] = err
}

// setKilled makes everything fail from now on, or nothing.
func (o *office) setKilled(killed bool) {
	o.store.mu.Lock()
	defer o.store.mu.Unlock()
	if o.killed, o.store.broken = killed, nil; killed {
		o.store.broken = errKilled
	}
}

// restart starts another process after a kill.
func (o *office) restart() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.killAfter = ""
	o.setKilled(false)
}

var errTookEffect = fmt.Errorf("%w, and took effect", errTimeout)

func (o *office) call(kind string, effect func()) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.killed {
		return errKilled
	}
	err := o.fails[kind]
	delete(o.fails, kind)
	if err == nil || errors.Is(err, errTookEffect) {
		effect()
		o.setKilled(kind == o.killAfter)
	}
	return err
}

func (o *office) Post(_ context.Context, text string, thread Message, urgent bool) (m Message, err error) {
	kind := "post"
	if thread.TS != "" {
		kind = "reply"
	}
	if urgent {
		text = "! " + text
	}
	err = o.call(kind, func() {
		o.lines = append(o.lines, &line{text, thread.TS})
		m = Message{"C0ADMIN", fmt.Sprint(len(o.lines))}
	})
	if err != nil {
		return Message{}, err
	}
	return m, nil
}

// Escape shows in a test whether the caller escaped a text.
func (o *office) Escape(text string) string { return strings.ReplaceAll(text, "<", "&lt;") }

func (o *office) Edit(_ context.Context, m Message, text string) error {
	return o.call("edit", func() {
		var i int
		fmt.Sscan(m.TS, &i)
		o.lines[i-1].text = text
	})
}

// shows compares the channel: a reply begins with an arrow and the number of its thread.
func (o *office) shows(want ...string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var have []string
	for _, l := range o.lines {
		if l.thread != "" {
			have = append(have, "↳"+l.thread+" "+l.text)
			continue
		}
		have = append(have, l.text)
	}
	if !slices.Equal(have, want) {
		o.t.Errorf("the channel has\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
	clear(o.fails)
}

func (o *office) raise(a Alert) {
	o.t.Helper()
	if err := o.Raise(ctx, a); err != nil {
		o.t.Error(err)
	}
}

func (o *office) end(key string) {
	o.t.Helper()
	if err := o.End(ctx, key, "the log is written again"); err != nil {
		o.t.Error(err)
	}
}

// expectEmpty checks that the board keeps nothing.
func (o *office) expectEmpty() {
	o.t.Helper()
	if all, _, err := o.read(ctx); err != nil || len(all) != 0 {
		o.t.Errorf("the board keeps %+v, %v", all, err)
	}
}

func inOffice(t *testing.T, name string, f func(o *office)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(newOffice(t)) }) })
}

var disk = Alert{Key: "log", Text: "Can't write the log: the disk is full."}

const (
	began    = "Can't write the log: the disk is full."
	struck   = "~Can't write the log: the disk is full.~ Resolved after 4 min: the log is written again."
	resolved = "Resolved after 4 min: the log is written again."
)

// An alert is posted once. At the end of its condition it is edited and answered in its thread, also
// by a later process.
func TestAlertHasItsEnd(t *testing.T) {
	inOffice(t, "one process", func(o *office) {
		o.raise(disk)
		o.raise(disk)
		o.runFor(4 * time.Minute)
		o.raise(disk)
		o.shows(began)
		o.end("log")
		o.end("log")
		o.end("other")
		o.runFor(time.Minute)
		o.shows(struck, "↳1 "+resolved)
		o.expectEmpty()
	})
	inOffice(t, "a restart in between", func(o *office) {
		o.raise(disk)
		o.runFor(time.Minute)
		time.Sleep(3 * time.Minute)
		o.end("log")
		o.runFor(time.Minute)
		o.shows(struck, "↳1 "+resolved)
	})
	inOffice(t, "it ended before it was posted", func(o *office) {
		o.raise(disk)
		time.Sleep(4 * time.Minute)
		o.end("log")
		o.runFor(time.Minute)
		o.shows(struck)
		o.expectEmpty()
	})
	inOffice(t, "it began earlier", func(o *office) {
		early := disk
		early.Since = time.Now().Add(-4 * time.Minute)
		o.raise(early)
		o.end("log")
		o.runFor(time.Second)
		o.shows(struck)
	})
	inOffice(t, "it begins again before its end is told", func(o *office) {
		o.raise(disk)
		o.runFor(time.Minute)
		o.end("log")
		o.raise(disk)
		o.runFor(3 * time.Minute)
		o.shows(began)
		o.end("log")
		o.runFor(time.Minute)
		o.shows(struck, "↳1 "+resolved)
	})
	inOffice(t, "it begins again while its end is told", func(o *office) {
		o.raise(disk)
		o.runFor(4 * time.Minute)
		o.end("log")
		o.fail("reply", errTimeout)
		o.runFor(500 * time.Millisecond)
		o.shows(struck)
		o.raise(disk)
		o.runFor(4 * time.Minute)
		o.shows(struck, began)
		o.end("log")
		o.runFor(time.Second)
		o.shows(struck, struck, "↳2 "+resolved)
		o.expectEmpty()
	})
	inOffice(t, "it begins again after its end", func(o *office) {
		for range 2 {
			o.raise(disk)
			o.runFor(4 * time.Minute)
			o.end("log")
			o.runFor(time.Second)
		}
		o.shows(struck, "↳1 "+resolved, struck, "↳3 "+resolved)
	})
	inOffice(t, "a fact has no end", func(o *office) {
		o.raise(Alert{Text: "one"})
		o.raise(Alert{Text: "one"})
		o.raise(Alert{Text: "now", Urgent: true})
		o.runFor(time.Minute)
		o.shows("! now", "one", "one")
		o.expectEmpty()
	})
}

// An act that lasts is posted by its caller. The board keeps its message, and posts what its caller
// could not.
func TestAlertEndedByAnAct(t *testing.T) {
	froze := Alert{Key: "freeze 1", Text: "<@UEVE> froze s3share.", Urgent: true, Escaped: true}
	const by = "Ended by <@UBOB> after 20 min: keys &lt;renewed&gt;."
	for _, c := range []struct {
		name   string
		posted bool
		unsure bool
		want   []string
	}{
		{"posted", true, false, []string{"~<@UEVE> froze s3share.~ " + by, "↳1 " + by}},
		{"posted, and another copy may exist", true, true, []string{"~<@UEVE> froze s3share.~ " + by, by}},
		{"refused", false, false, []string{"~<@UEVE> froze s3share.~ " + by, "↳1 " + by}},
		{"lost", false, true, []string{"~<@UEVE> froze s3share.~ " + by, by}},
	} {
		inOffice(t, c.name, func(o *office) {
			var m Message
			if c.posted {
				m, _ = o.Post(ctx, froze.Text, Message{}, false)
			}
			for range 2 {
				if err := o.Adopt(ctx, froze, m, c.unsure); err != nil {
					t.Fatal(err)
				}
			}
			o.raise(disk)
			o.runFor(20 * time.Minute)
			n, err := o.EndByAct(ctx, "freeze ", "Ended by <@UBOB>", "keys &lt;renewed&gt;.")
			again, _ := o.EndByAct(ctx, "freeze ", "Ended by <@UEVE>", "")
			if n != 1 || again != 0 || err != nil {
				t.Errorf("%d, then %d were ended (%v)", n, again, err)
			}
			o.runFor(time.Minute) // another process
			o.shows(c.want[0], began, c.want[1])
			o.end("log")
			o.runFor(time.Minute)
			o.expectEmpty()
		})
	}
}

// Every call of Slack can be refused, time out without or with an effect, or be the last of its
// process.
func TestFaultsOfAlerts(t *testing.T) {
	play := func(o *office) {
		o.raise(disk)
		o.runFor(4 * time.Minute)
		o.end("log")
		o.runFor(5 * time.Minute)
		o.expectEmpty()
	}
	for _, c := range []struct {
		name, call string
		err        error
		want       []string
	}{
		{"a refused post is retried", "post", ErrRefused, []string{struck, "↳1 " + resolved}},
		{"the place of an unknown copy is unknown, so the end is a line", "post", errTookEffect, []string{began, struck, resolved}},
		{"a lost post may be a copy", "post", errTimeout, []string{struck, resolved}},
		{"a failed edit is retried", "edit", errTimeout, []string{struck, "↳1 " + resolved}},
		{"an edit that took effect is repeated", "edit", errTookEffect, []string{struck, "↳1 " + resolved}},
		{"an alert that cannot be edited keeps its text", "edit", ErrLost, []string{began, resolved}},
		{"a failed reply is retried", "reply", errTimeout, []string{struck, "↳1 " + resolved}},
		{"a reply that took effect is repeated", "reply", errTookEffect, []string{struck, "↳1 " + resolved, "↳1 " + resolved}},
		{"a thread that is gone", "reply", ErrLost, []string{struck, resolved}},
	} {
		inOffice(t, c.name, func(o *office) {
			o.fail(c.call, c.err)
			play(o)
			o.shows(c.want...)
		})
	}
	for call, want := range map[string][]string{
		"post": {began, struck, resolved}, "edit": {struck, "↳1 " + resolved},
		"reply": {struck, "↳1 " + resolved, "↳1 " + resolved},
	} {
		inOffice(t, "killed after the "+call, func(o *office) {
			o.killAfter = call
			o.raise(disk)
			o.runFor(500 * time.Millisecond)
			if call == "post" {
				o.restart()
			}
			o.runFor(4*time.Minute - 500*time.Millisecond)
			o.end("log")
			o.runFor(500 * time.Millisecond)
			o.restart()
			o.runFor(time.Minute)
			o.shows(want...)
			o.expectEmpty()
		})
	}
}

// Alerts are sent in order once Slack accepts them again, also by the next process.
func TestAlertsAreToldLate(t *testing.T) {
	inOffice(t, "Slack is down", func(o *office) {
		for _, text := range []string{"one", "two", "two"} { // two equal facts are separate
			o.raise(Alert{Text: text})
		}
		for range 2 {
			o.fail("post", errTimeout)
			o.runFor(500 * time.Millisecond)
		}
		o.shows()
		o.runFor(5 * time.Second)
		o.raise(Alert{Text: "three"})
		o.runFor(5 * time.Second)
		o.shows("one", "two", "two", "three")
	})
}

// Alerts that are added concurrently are all kept, up to the limit.
func TestAlertsAtOnce(t *testing.T) {
	o := newOffice(t)
	var log strings.Builder
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	var all sync.WaitGroup
	for n := range maxPending {
		all.Go(func() { o.raise(Alert{Text: fmt.Sprint("alert ", n)}) })
	}
	all.Wait()
	if pending, _, err := o.read(ctx); err != nil || len(pending) != maxPending || log.Len() != 0 {
		t.Errorf("%d are pending, %v; logged %s", len(pending), err, log.String())
	}
	if err := o.Raise(ctx, Alert{Text: "one too many"}); !errors.Is(err, errFull) || !strings.Contains(log.String(), `alert="one too many"`) {
		t.Errorf("%v; logged %s", err, log.String())
	}
}

// The list of an earlier version is read, and a damaged one is replaced.
func TestStoredAlerts(t *testing.T) {
	inOffice(t, "texts only", func(o *office) {
		o.store.notes[boardNote] = store.Document{Key: boardNote, Version: 1, JSON: `["one","two"]`}
		o.runFor(time.Minute)
		o.shows("one", "two")
	})
	inOffice(t, "all fields", func(o *office) {
		r := raised{ID: 1, Key: "k", Text: "t", Since: time.Now(), Urgent: true, Tried: true, Unsure: true, Posted: true,
			Message: Message{"C", "1"}, Ended: time.Now(), How: "h"}
		text, err := json.Marshal(r)
		var again raised
		if err != nil || json.Unmarshal(text, &again) != nil || again.Text != "t" || again.Message != r.Message || again.How != "h" || !again.Unsure || !again.Tried {
			t.Errorf("%s is read as %+v, %v", text, again, err)
		}
	})
}

// EndAll ends the conditions that are over.
func TestEndAll(t *testing.T) {
	inOffice(t, "by prefix", func(o *office) {
		for _, key := range []string{"member a", "member b", "log"} {
			o.raise(Alert{Key: key, Text: key + " is there."})
		}
		o.runFor(time.Minute)
		err := o.EndAll(ctx, "member ", func(key string) bool { return key == "a" }, func(key string) string { return key + " left" })
		if err != nil {
			t.Error(err)
		}
		o.runFor(time.Minute)
		o.shows("~member a is there.~ Resolved after 1 min: a left.", "member b is there.", "log is there.", "↳1 Resolved after 1 min: a left.")
		if lasting, err := o.Raised(ctx); err != nil || len(lasting) != 2 {
			t.Errorf("%v last, %v", lasting, err)
		}
	})
}

func TestLasted(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min", 119 * time.Minute: "119 min", -4 * time.Minute: "4 min",
		3 * time.Hour: "3 h", 49 * time.Hour: "2 days",
	} {
		if got := Lasted(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}

func TestStruck(t *testing.T) {
	if got, want := Struck("a ~b~\n\nc "), "~a ∼b∼~\n\n~c~"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if long := []rune(Struck(strings.Repeat("x", 4000))); len(long) > struckAtMost+3 {
		t.Errorf("%d characters", len(long))
	}
}
