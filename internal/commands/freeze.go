package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// freeze stops every addition in AWS until an unfreeze. Removals continue.
func (s *Service) freeze(ctx context.Context, c Invocation, why string) (Answer, error) {
	if why == "" {
		return Answer{}, grant.Refuse("Say why everything is to be frozen.").WithHint("`/s3share freeze <reason>`.")
	}
	if err := grant.CheckReason(why); err != nil {
		return Answer{}, err
	}
	return s.setFreeze(ctx, c, "freeze", why)
}

func (s *Service) setFreeze(ctx context.Context, c Invocation, kind, why string) (Answer, error) {
	if done, err := s.committed(ctx, c); err != nil || done {
		return frozenOrNot(kind), err
	}
	if _, err := s.responder(ctx, c); err != nil {
		return Answer{}, err
	}
	change, err := store.Update(ctx, s.store,
		func(ctx context.Context) (store.Tx, error) { return s.freezing(ctx, c, kind, why) })
	if err == nil && len(change.Entries) == 0 {
		return Answer{}, grant.Refuse("Everything is frozen already.").WithHint("`/s3share unfreeze` ends that.")
	}
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return frozenOrNot(kind), nil
	}
	if err != nil {
		return Answer{}, err
	}
	s.log.InfoContext(ctx, "freeze changed", "event", kind, "by", c.By.User)
	return s.announced(ctx, c, kind, why), nil
}

// freezing returns the change that freezes or unfreezes everything. A second freeze adds no audit
// entry. Like the first, it voids the acts that were received before it.
func (s *Service) freezing(ctx context.Context, c Invocation, kind, why string) (change store.Tx, err error) {
	note, err := s.store.Document(ctx, store.FreezeKey)
	damaged := errors.Is(err, store.ErrUnreadable) // counts as frozen; either command replaces it
	if err != nil && !damaged && !errors.Is(err, store.ErrNotFound) {
		return change, err
	}
	now := s.now()
	cutoff := grant.Cutoff{At: s.received(c), By: c.By, Why: why, Freeze: true}
	switch frozen := note.JSON != ""; {
	case damaged:
	case frozen && kind == "freeze":
		change = store.Tx{At: now, Causes: c.IdempotencyKeys}
		return change, change.AddCutoff(ctx, s.store, cutoff)
	case !frozen && kind == "unfreeze":
		return change, grant.Refuse("Nothing is frozen.")
	case kind == "unfreeze":
		if err := c.mayEnd(note); err != nil {
			return change, err
		}
	}
	note.Key, note.JSON = store.FreezeKey, ""
	if kind == "freeze" {
		text, err := json.Marshal(grant.Freeze{By: c.By, At: now, Why: why})
		if err != nil {
			return change, err
		}
		note.JSON = string(text)
	}
	change = store.Tx{At: now, Causes: c.IdempotencyKeys, Documents: []store.Document{note},
		Entries: []grant.Entry{{At: now, Kind: kind, By: c.By, Why: why}}}
	if change.DueTimes, err = s.cardsThatWait(ctx, now); err == nil && kind == "freeze" {
		err = change.AddCutoff(ctx, s.store, cutoff)
	}
	return change, err
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
	return grant.Refuse("Everything was frozen again since: %s.", strings.TrimSuffix(clip(f.Why), ".")).
		WithHint("If that is to end too: `/s3share unfreeze`.").WithDecision(f.By, f.At)
}

// cardsThatWait schedules a redraw of the cards that ask for a decision. They show the freeze.
func (s *Service) cardsThatWait(ctx context.Context, now time.Time) (wakes []grant.DueTime, err error) {
	gs, err := s.store.List(ctx, store.Query{States: []grant.State{grant.Checking, grant.Pending, grant.Active}})
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

// andFrozen returns the note about a freeze that is added to the answer to a request.
func (s *Service) andFrozen(ctx context.Context) string {
	f, err := store.Frozen(ctx, s.store)
	switch {
	case err != nil:
		s.log.ErrorContext(ctx, "looking for a freeze", "err", err)
	case f != nil:
		return fmt.Sprintf(" Everything is frozen for now (%s), so nobody can approve it until that ends.",
			strings.TrimSuffix(clip(f.Why), "."))
	}
	return ""
}

// announced notifies the admin channel and returns the answer.
func (s *Service) announced(ctx context.Context, c Invocation, kind, why string) Answer {
	if kind == "freeze" {
		s.announce(ctx, c.By, "has frozen everything: nothing is approved and nothing is added in AWS until somebody "+
			"unfreezes. What is open stays open until it ends.", why)
	} else {
		s.announce(ctx, c.By, "has unfrozen everything: what was approved goes on.", why)
	}
	return frozenOrNot(kind)
}

func frozenOrNot(kind string) Answer {
	if kind == "freeze" {
		return Answer{Text: "Frozen: nothing is approved, and nothing is added in AWS. What is open stays open; `/s3share " +
			"end-all everything <reason>` ends it. `/s3share unfreeze` lets things go on."}
	}
	return Answer{Text: "Unfrozen: what was approved goes on."}
}

// mayStillOpen refuses an act that opens access during a freeze, or if a freeze or an end-all was
// received after it. The expectations make the commit fail if that changes before it.
func (s *Service) mayStillOpen(ctx context.Context, c Invocation, gs []grant.Grant) ([]store.Expect, error) {
	frozen, err := s.notFrozen(ctx)
	if err != nil {
		return nil, err
	}
	cutOff, err := s.notCutOff(ctx, c, gs)
	return []store.Expect{frozen, cutOff}, err
}

// notCutOff refuses an act on some grants if a freeze or an end-all that covers one of them was
// received after it. The expectation makes the commit fail if that changes before it.
func (s *Service) notCutOff(ctx context.Context, c Invocation, gs []grant.Grant) (read store.Expect, err error) {
	for _, g := range gs {
		cutoff, expect, err := store.CutOff(ctx, s.store, g, s.rules.OwnersOf(g.Principal.ARN), s.received(c))
		if read = expect; err != nil {
			return read, err
		}
		if cutoff != nil {
			return read, cutoff.Refusal()
		}
	}
	return read, nil
}

// responder returns the caller if they are a responder, and a refusal otherwise.
func (s *Service) responder(ctx context.Context, c Invocation) (grant.Actor, error) {
	by := s.actor(ctx, c, c.By, s.rules.Responders.Groups)
	if err := by.Check(); err != nil {
		return by, err
	}
	if !s.rules.Responders.Include(by) {
		return by, grant.Refuse("Only the responders may do that.").
			WithHint("The people who run s3share list them in its config, under responders.")
	}
	return by, nil
}

// whileFrozen refuses an addition in AWS during a freeze.
func (s *Service) whileFrozen(ctx context.Context) error {
	_, err := s.notFrozen(ctx)
	return err
}

// notFrozen refuses an addition in AWS during a freeze. The expectation makes the commit fail if a
// freeze begins before it.
func (s *Service) notFrozen(ctx context.Context) (store.Expect, error) {
	f, read, err := store.FreezeGuard(ctx, s.store)
	if err != nil || f == nil {
		return read, err
	}
	return read, grant.Refuse("Everything is frozen: %s.", strings.TrimSuffix(clip(f.Why), ".")).
		WithHint("Do that again once it is unfrozen.").WithDecision(f.By, f.At)
}
