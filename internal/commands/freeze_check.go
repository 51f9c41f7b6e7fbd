package commands

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A freezeCheck refuses acts that open access because of a freeze or an end-all.
type freezeCheck struct {
	store store.DocumentReader
	rules *ruleBook
	now   func() time.Time
	log   *slog.Logger
}

// whileFrozen refuses an addition in AWS during a freeze.
func (fc *freezeCheck) whileFrozen(ctx context.Context) error {
	_, err := fc.notFrozen(ctx)
	return err
}

// notFrozen refuses an addition in AWS during a freeze. The expectation makes the commit fail if a
// freeze begins before it.
func (fc *freezeCheck) notFrozen(ctx context.Context) (store.Expect, error) {
	f, read, err := store.FreezeGuard(ctx, fc.store)
	if err != nil || f == nil {
		return read, err
	}
	return read, grant.Refuse("s3share is frozen: %s.", strings.TrimSuffix(clip(f.Why), ".")).
		WithHint("Try again after the freeze.").WithDecision(f.By, f.At)
}

// notCutOff refuses an act on some grants if a freeze or an end-all that covers one of them was
// received after it. The expectation makes the commit fail if that changes before it.
func (fc *freezeCheck) notCutOff(ctx context.Context, c Invocation, gs []grant.Grant) (read store.Expect, err error) {
	for _, g := range gs {
		cutoff, expect, err := store.CutOff(ctx, fc.store, g, fc.rules.OwnersOf(g.Principal.ARN), c.received(fc.now()))
		if read = expect; err != nil {
			return read, err
		}
		if cutoff != nil {
			return read, cutoff.Refusal()
		}
	}
	return read, nil
}

// freezeNote returns the note about a freeze that is added to the answer to a request.
func (fc *freezeCheck) freezeNote(ctx context.Context) string {
	f, err := store.Frozen(ctx, fc.store)
	switch {
	case err != nil:
		fc.log.ErrorContext(ctx, "looking for a freeze", "err", err)
	case f != nil:
		return fmt.Sprintf(" s3share is frozen (%s): approvals wait until the freeze ends.",
			strings.TrimSuffix(clip(f.Why), "."))
	}
	return ""
}
