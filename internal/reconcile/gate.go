package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// A gate says whether anything may be added in AWS. Removals pass it always.
type gate struct {
	reason  reason // "" if it is open
	refusal string // the answer to a break-glass, if it is closed
}

// A reason says why nothing is added.
type reason string

const (
	wrongClock     reason = "the clock is wrong"
	frozen         reason = "a freeze is in force"
	restoredStore  reason = "an old store was restored"
	brokenChain    reason = "the audit chain is broken"
	damagedJournal reason = "the journal is damaged"
	damagedRecord  reason = "a record is damaged" // of a bucket or a principal
	unknownReason  reason = "the store cannot be read"
	unconfirmed    reason = "the approval or the principal cannot be confirmed" // of some grants only
)

func (g gate) isClosed() bool { return g.reason != "" }

// withDamage returns the gate of a bucket or a principal. A damaged record of theirs closes it too.
func (g gate) withDamage(damaged bool) gate {
	if damaged && !g.isClosed() {
		return closed(damagedRecord)
	}
	return g
}

// logHeldBack says why grants that want access do not get it.
func (g gate) logHeldBack(ctx context.Context, log *slog.Logger, kind, name string) {
	log.InfoContext(ctx, "nothing is added", kind, name, "because", cmp.Or(g.reason, unconfirmed))
}

func closed(why reason) gate {
	return gate{why, "s3share is frozen, so nothing can be opened. Ask the responders."}
}

// gate is the only answer to "why was nothing added?". It reads the clock, the freeze and the notes.
// A read error closes it. [Reconciler.expectOpen] reads the freeze again at the commit.
func (r *Reconciler) gate(ctx context.Context) gate {
	if err := preflight.WrongClock(r.aws.ClockSkew()); err != nil {
		return gate{wrongClock, err.Error()}
	}
	switch freeze, err := store.Frozen(ctx, r.store); {
	case err != nil:
		return closed(unknownReason)
	case freeze != nil:
		return closed(frozen)
	}
	for _, note := range []struct {
		key string
		why reason
	}{{store.HaltKey, restoredStore}, {store.ChainKey, brokenChain}, {store.JournalKey, damagedJournal}} {
		switch n, err := r.store.Document(ctx, note.key); {
		case err == nil && n.JSON == "", errors.Is(err, store.ErrNotFound):
		case err == nil, errors.Is(err, store.ErrUnreadable):
			return closed(note.why)
		default:
			return closed(unknownReason)
		}
	}
	return gate{}
}

// errClosed means that a freeze or an end-all came before the commit of an addition. The addition
// stays due, and the next pass finds the gate closed.
var errClosed = errors.New("additions are blocked")

// expectOpen is the gate at the commit of an addition. It returns errClosed during a freeze, and if a
// freeze or an end-all came after an undecided request. The expectations make the commit fail if that
// changes before it.
func (r *Reconciler) expectOpen(ctx context.Context, gs []grant.Grant) ([]store.Expect, error) {
	freeze, read, err := store.FreezeGuard(ctx, r.store)
	switch {
	case err != nil:
		return nil, fmt.Errorf("looking for a freeze: %w", err)
	case freeze != nil:
		return nil, errClosed
	}
	expect := []store.Expect{read}
	for _, g := range gs {
		if !g.State.Open() {
			continue
		}
		cutoff, read, err := store.CutOff(ctx, r.store, g, r.rules.OwnersOf(g.Principal.ARN), g.AskedAt)
		switch {
		case err != nil:
			return nil, err
		case cutoff != nil:
			return nil, errClosed
		}
		expect = append(expect, read)
	}
	return expect, nil
}
