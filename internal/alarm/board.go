package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"s3share/internal/store"
)

// An Alert is one message to the operators.
type Alert struct {
	Key    string    // of the condition that it reports; "": a fact, which has no end
	Text   string    // complete by itself
	Since  time.Time // the start of the condition; zero: now
	Urgent bool      // goes before all others

	Escaped bool // Text is escaped for the channel already; so is the end
}

// A Board keeps alerts in the store until the admin channel has them, and the message of
// each condition until its end. It has no state of its own: all boards of one store are
// the same.
type Board struct {
	Store interface {
		store.DocumentReader
		store.Committer
	}
	Now func() time.Time
	Log *slog.Logger
}

// A raised is a stored alert.
type raised struct {
	ID      int       `json:",omitzero"`
	Key     string    `json:",omitzero"`
	Text    string    `json:",omitzero"`
	Since   time.Time `json:",omitzero"`
	Urgent  bool      `json:",omitzero"`
	Escaped bool      `json:",omitzero"`
	Tried   bool      `json:",omitzero"` // a post has begun
	Unsure  bool      `json:",omitzero"` // a copy may exist whose place is unknown
	Posted  bool      `json:",omitzero"`
	Message Message   `json:",omitzero"` // its place, if Slack named it
	Closed  bool      `json:",omitzero"` // its end may be in the channel
	Ended   time.Time `json:",omitzero"` // when the condition ended; zero: it lasts
	Act     string    `json:",omitzero"` // who ended it; "": it was resolved
	How     string    `json:",omitzero"` // the end, as a sentence without its first capital
}

// A Message is the place of a posted message. The zero value is unknown.
type Message struct{ Channel, TS string }

// UnmarshalJSON also reads the text that an earlier version stored for an alert.
func (r *raised) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(string(text), `"`) {
		return json.Unmarshal(text, &r.Text)
	}
	type fields raised
	return json.Unmarshal(text, (*fields)(r))
}

// boardNote is the key of the note with the alerts, oldest first.
const boardNote = "alerts"

// maxPending bounds the alerts that Slack has not accepted yet. Operators who were out of
// reach for that long have the log to read as well.
const maxPending = 100

var errFull = errors.New("too many alerts are pending already")

// Raise queues an alert. It is posted at least once, however late. A condition that was
// raised before and has not ended is not raised again. An error means that nothing is
// queued.
func (b Board) Raise(ctx context.Context, a Alert) error { return b.add(ctx, a, raised{}) }

// Adopt is Raise for an alert that its caller has tried to post. m is the place of the message. If
// it is unknown, the alert is still to be posted. unsure means that a copy may exist elsewhere.
func (b Board) Adopt(ctx context.Context, a Alert, m Message, unsure bool) error {
	return b.add(ctx, a, raised{Posted: m.TS != "", Message: m, Unsure: unsure})
}

// add queues an alert. next has the result of its first post.
func (b Board) add(ctx context.Context, a Alert, next raised) error {
	full := false
	err := b.edit(ctx, func(all []raised) []raised {
		i := indexOf(all, a.Key)
		if i >= 0 && !all[i].Closed {
			all[i].Ended, all[i].Act, all[i].How = time.Time{}, "", "" // it began again before its end was told
			return all
		}
		pending, last := 0, 0
		for _, r := range all {
			last = max(last, r.ID)
			if !r.Posted {
				pending++
			}
		}
		if full = pending >= maxPending && !next.Posted; full {
			return all
		}
		if a.Since.IsZero() {
			a.Since = b.Now()
		}
		next.ID, next.Key, next.Text, next.Since = last+1, a.Key, a.Text, a.Since
		next.Urgent, next.Escaped = a.Urgent, a.Escaped
		if i >= 0 { // its message may say that it has ended
			all = slices.Delete(all, i, i+1)
		}
		return append(all, next)
	})
	if err == nil && full {
		b.Log.ErrorContext(ctx, "too many alerts are pending", "alert", a.Text)
		err = errFull
	}
	return err
}

// End ends a condition: its alert is edited and answered in its thread. how says what is
// well again, such as "the audit log is written again". A condition that was not raised
// stays so.
func (b Board) End(ctx context.Context, key, how string) error {
	return b.edit(ctx, func(all []raised) []raised {
		if i := indexOf(all, key); i >= 0 && all[i].Ended.IsZero() {
			all[i].Ended, all[i].How = b.Now(), how
		}
		return all
	})
}

// EndByAct ends the conditions whose key has a prefix, by a person's act such as "Ended by @Bob". why
// may be empty. It returns how many there were.
func (b Board) EndByAct(ctx context.Context, prefix, act, why string) (ended int, err error) {
	err = b.edit(ctx, func(all []raised) []raised {
		ended = 0
		for i := range all {
			if r := &all[i]; strings.HasPrefix(r.Key, prefix) && r.Ended.IsZero() {
				r.Ended, r.Act, r.How = b.Now(), act, why
				ended++
			}
		}
		return all
	})
	return ended, err
}

// EndAll ends the conditions whose key has a prefix and that are over. isOver and how get
// the rest of the key.
func (b Board) EndAll(ctx context.Context, prefix string, isOver func(key string) bool,
	how func(key string) string) error {
	lasting, err := b.Raised(ctx)
	for _, key := range slices.Sorted(maps.Keys(lasting)) {
		if rest, ok := strings.CutPrefix(key, prefix); ok && isOver(rest) {
			err = errors.Join(err, b.End(ctx, key, how(rest)))
		}
	}
	return err
}

// Raised returns the conditions that were raised and last, with their start.
func (b Board) Raised(ctx context.Context) (map[string]time.Time, error) {
	all, _, err := b.read(ctx)
	lasting := map[string]time.Time{}
	for _, r := range all {
		if r.Key != "" && r.Ended.IsZero() {
			lasting[r.Key] = r.Since
		}
	}
	return lasting, err
}

func indexOf(all []raised, key string) int {
	return slices.IndexFunc(all, func(r raised) bool { return key != "" && r.Key == key })
}

func (b Board) read(ctx context.Context) (all []raised, note store.Document, err error) {
	note, err = store.ReadDocument(ctx, b.Store, boardNote, &all)
	if errors.Is(err, store.ErrUnreadable) {
		all, err = []raised{{Text: "Alerts that were not posted yet are lost, and earlier ones may stay without their end: " +
			"their stored list is damaged. The log of s3share has them. Nothing else is affected."}}, nil
	}
	return all, note, err
}

// edit stores the alerts that a step returns, if they differ.
func (b Board) edit(ctx context.Context, step func(all []raised) []raised) error {
	_, err := store.Update(ctx, b.Store, func(ctx context.Context) (store.Tx, error) {
		all, note, err := b.read(ctx)
		if err != nil {
			return store.Tx{}, fmt.Errorf("reading the alerts: %w", err)
		}
		before := note.JSON
		note, err = note.WithValue(step(all))
		if err == nil && note.JSON == before {
			err = errUnchanged
		}
		return store.Tx{At: b.Now(), Documents: []store.Document{note}}, err
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

var errUnchanged = errors.New("the alerts are as before")

// change applies a step to one stored alert. The step returns false to remove it.
func (b Board) change(ctx context.Context, id int, text string, step func(r *raised) (keep bool)) error {
	// a result is recorded even if the bot stops
	return b.edit(context.WithoutCancel(ctx), func(all []raised) []raised {
		i := slices.IndexFunc(all, func(r raised) bool { return r.ID == id && r.Text == text })
		if i >= 0 && !step(&all[i]) {
			all = slices.Delete(all, i, i+1)
		}
		return all
	})
}
