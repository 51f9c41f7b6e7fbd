package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A freezer freezes and unfreezes all additions in AWS, for a responder.
type freezer struct {
	store     writer
	records   *records
	directory *directory
	announce  func(ctx context.Context, a Announcement)
	now       func() time.Time
	log       *slog.Logger
}

// freeze stops every addition in AWS until an unfreeze. Removals continue.
func (f *freezer) freeze(ctx context.Context, c Invocation, why string) (Answer, error) {
	if why == "" {
		return Answer{}, grant.Refuse("A reason is missing.").WithHint("`/s3share freeze <reason>`.")
	}
	if err := grant.CheckReason(why); err != nil {
		return Answer{}, err
	}
	return f.setFreeze(ctx, c, "freeze", why)
}

func (f *freezer) setFreeze(ctx context.Context, c Invocation, kind, why string) (Answer, error) {
	if done, err := f.records.committed(ctx, c); err != nil || done {
		return f.announcedAgain(ctx, c, kind, why, err)
	}
	if _, err := f.directory.responder(ctx, c); err != nil {
		return Answer{}, err
	}
	tx, err := store.Update(ctx, f.store,
		func(ctx context.Context) (store.Tx, error) { return f.freezing(ctx, c, kind, why) })
	if err == nil && len(tx.Entries) == 0 {
		return Answer{}, grant.Refuse("s3share is frozen already.").WithHint("`/s3share unfreeze` ends the freeze.")
	}
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return f.announcedAgain(ctx, c, kind, why, nil)
	}
	if err != nil {
		return Answer{}, err
	}
	f.log.InfoContext(ctx, "freeze changed", "event", kind, "by", c.By.User)
	return f.announced(ctx, c, kind, why, tx.At, false), nil
}

// freezing returns the change that freezes or unfreezes everything. A second freeze adds no audit
// entry. Like the first, it voids the acts that were received before it.
func (f *freezer) freezing(ctx context.Context, c Invocation, kind, why string) (tx store.Tx, err error) {
	note, err := f.store.Document(ctx, store.FreezeKey)
	damaged := errors.Is(err, store.ErrUnreadable) // counts as frozen; either command replaces it
	if err != nil && !damaged && !errors.Is(err, store.ErrNotFound) {
		return tx, err
	}
	now := f.now()
	cutoff := grant.Cutoff{At: c.received(f.now()), By: c.By, Why: why, Freeze: true}
	switch frozen := note.JSON != ""; {
	case damaged:
	case frozen && kind == "freeze":
		tx = store.Tx{At: now, Causes: c.IdempotencyKeys}
		return tx, tx.AddCutoff(ctx, f.store, cutoff)
	case !frozen && kind == "unfreeze":
		return tx, grant.Refuse("s3share is not frozen.")
	case kind == "unfreeze":
		if err := c.mayEnd(note); err != nil {
			return tx, err
		}
	}
	note.Key, note.JSON = store.FreezeKey, ""
	if kind == "freeze" {
		text, err := json.Marshal(grant.Freeze{By: c.By, At: now, Why: why})
		if err != nil {
			return tx, err
		}
		note.JSON = string(text)
	}
	tx = store.Tx{At: now, Causes: c.IdempotencyKeys, Documents: []store.Document{note},
		Entries: []grant.Entry{{At: now, Kind: kind, By: c.By, Why: why}}}
	if tx.DueTimes, err = f.cardsThatWait(ctx, now); err == nil && kind == "freeze" {
		err = tx.AddCutoff(ctx, f.store, cutoff)
	}
	return tx, err
}

// mayEnd refuses an unfreeze whose button belongs to an earlier freeze than the one in the note.
func (c Invocation) mayEnd(note store.Document) error {
	var f grant.Freeze
	if c.Frozen.IsZero() {
		return nil
	}
	if err := json.Unmarshal([]byte(note.JSON), &f); err != nil {
		return fmt.Errorf("reading the freeze: %w", err)
	}
	if f.At.Equal(c.Frozen) {
		return nil
	}
	return grant.Refuse("s3share was frozen again since: %s.", strings.TrimSuffix(clip(f.Why), ".")).
		WithHint("`/s3share unfreeze` ends that freeze too.").WithDecision(f.By, f.At)
}

// cardsThatWait schedules a redraw of the messages about requests that wait. They show the freeze.
func (f *freezer) cardsThatWait(ctx context.Context, now time.Time) (wakes []grant.DueTime, err error) {
	gs, err := f.store.List(ctx,
		store.Query{States: []grant.State{grant.Checking, grant.Pending, grant.Approved, grant.Active}})
	if err != nil {
		return nil, fmt.Errorf("listing what waits for a decision: %w", err)
	}
	for _, g := range gs {
		if g.State != grant.Active || g.PendingExtension != nil {
			wakes = append(wakes, grant.DueTime{Worker: grant.NoticeWorker, ID: g.ID, At: now})
		}
	}
	return wakes, nil
}

const (
	frozenNow = "New approvals are blocked; existing access runs until it expires. " +
		"To end it now: `/s3share end-all everything <reason>`."
	unfrozenNow = "Requests can be approved again; approved access that waited becomes active."
)

// freezeKey is the prefix of the keys of announced freezes.
const freezeKey = "freeze "

// announced notifies the admin channel and returns the answer. at is the start of a freeze.
func (f *freezer) announced(ctx context.Context, c Invocation, kind, why string, at time.Time, again bool) Answer {
	did, then := "unfroze s3share", unfrozenNow
	if kind == "freeze" {
		did, then = "froze s3share", frozenNow+" To lift the freeze: `/s3share unfreeze`."
	}
	a := Announcement{By: c.By, Did: did, Why: why, Then: then, Calm: kind == "unfreeze", Again: again}
	if kind == "freeze" {
		a.Starts, a.Since = freezeKey+at.UTC().Format(time.RFC3339Nano), at
	} else {
		a.Ends = freezeKey
	}
	f.announce(ctx, a)
	return freezeReply(kind)
}

// announcedAgain repeats the announcement of a freeze or an unfreeze that is committed: the bot may
// have been killed before it. An act that a later one has reversed is not announced.
func (f *freezer) announcedAgain(ctx context.Context, c Invocation, kind, why string, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	frozen, err := store.Frozen(ctx, f.store)
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("reading the freeze: %w", err)
	case kind == "unfreeze" && frozen == nil:
		return f.announced(ctx, c, kind, why, time.Time{}, true), nil
	case kind == "freeze" && frozen != nil && frozen.By == c.By && frozen.Why == why:
		return f.announced(ctx, c, kind, why, frozen.At, true), nil
	}
	return freezeReply(kind), nil
}

// freezeReply returns the answer to a freeze or an unfreeze.
func freezeReply(kind string) Answer {
	if kind == "freeze" {
		return Answer{Text: "s3share is frozen. " + frozenNow}
	}
	return Answer{Text: "s3share is unfrozen. " + unfrozenNow}
}
