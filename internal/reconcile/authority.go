package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Before a record opens, prolongs or restores access, it is compared with its approval: the audit
// entries that it names. They contain every field that opens access. The store's file may have been
// edited, or its disk may fail.

// A mismatch means that a record differs from its approval.
type mismatch struct {
	why      string
	approved []grant.Entry // the approving entries
}

func (m *mismatch) Error() string { return m.why }

// heldToApproval returns a [*mismatch] if a grant that wants access differs from its approval.
// Any other error means that the chain could not be read; then nothing is known.
func (r *Reconciler) heldToApproval(ctx context.Context, g grant.Grant) error {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	entries, last, err := r.ledger.approving(ctx, r.store, g)
	if err != nil {
		return err
	}
	if err := g.HeldTo(entries...); err != nil {
		return &mismatch{err.Error(), entries}
	}
	if err := r.ledger.cover(ctx, r.store, last); err != nil {
		return err
	}
	if seq := r.ledger.closed[g.ID]; seq > last {
		return &mismatch{fmt.Sprintf("it is %s, and entry %d of the audit log says that it has ended", g.State, seq), entries}
	}
	if seq := r.ledger.paused[g.ID]; seq > last && g.DriftedAt.IsZero() {
		return &mismatch{fmt.Sprintf("it is %s, and entry %d of the audit log says that it is paused", g.State, seq), entries}
	}
	return nil
}

// approving returns the entries that opened a grant, and the number of the last one. These are the
// entries that the record names. A record from before this feature names none; then they come from
// the whole chain, with the entry of the request, which has the fields that older approvals lack.
func (l *ledger) approving(ctx context.Context, store store.Store, g grant.Grant) (
	entries []grant.Entry, last uint64, err error) {
	names := g.Approvals
	if len(names) == 0 {
		if err := l.cover(ctx, store, 0); err != nil {
			return nil, 0, err
		}
		for _, seq := range l.opened[g.ID] {
			names = append(names, grant.Ref{Seq: seq})
		}
	}
	for _, name := range names {
		e, err := l.entry(ctx, store, name.Seq)
		switch {
		case errors.Is(err, errNoEntry) || err == nil && name.Hash != e.Hash && len(g.Approvals) > 0:
			return nil, 0, &mismatch{why: fmt.Sprintf("it names an entry %d that the audit log does not have", name.Seq)}
		case err != nil:
			return nil, 0, err
		}
		entries, last = append(entries, e.Entry), max(last, e.Seq)
	}
	return entries, last, nil
}

// hold compares the records of grants with their approvals. It ends mismatches and alerts the
// operators. Nothing is added for the unknown ones, which did not agree: those that could not be
// compared stay as they are. fault means that an end or an alert could not be stored.
func (r *Reconciler) hold(ctx context.Context, began time.Time, gs []grant.Grant) (
	unknown map[grant.ID]bool, ended bool, fault error) {
	unknown = map[grant.ID]bool{}
	fault = each(gs, func(g grant.Grant) error {
		if !g.WantsAccess(began) {
			return nil
		}
		err := r.heldToApproval(ctx, g)
		if err == nil {
			return nil
		}
		unknown[g.ID] = true
		// The chain was read after the record. If the record is still the same, no newer entry is about it.
		var no *mismatch
		if now, unread := r.store.Get(ctx, g.ID); errors.As(err, &no) && unread == nil && now.Version == g.Version {
			ended = true
			return r.disown(ctx, g, no)
		}
		r.log.WarnContext(ctx, "a record cannot be held to its approval yet", "grant", g.ID, "err", err)
		return nil
	})
	return unknown, ended, fault
}

// disown ends a grant that differs from its approval, as failed. The removal applies to the bucket
// and principal of the approval.
func (r *Reconciler) disown(ctx context.Context, g grant.Grant, no *mismatch) (fault error) {
	r.log.ErrorContext(ctx, "a record is not what was approved; it is ended", "grant", g.ID, "why", no.why)
	if _, told := r.disowned.LoadOrStore(g.ID, true); !told {
		fault = r.tell(ctx, fmt.Sprintf("The stored record of `%s` differs from its approval: %s. s3share opened "+
			"nothing for it, and ends this access. The database was edited, or its disk fails: compare it with the "+
			"audit log.", g.ID, no.why))
	}
	return errors.Join(fault, r.record(ctx, g.ID, func(now grant.Grant) (grant.Grant, error) {
		if now.Version != g.Version {
			return now, errUnchanged
		}
		return now.AsApproved(r.rules.Accounts, no.approved...).Apply(
			grant.Fail{Why: "Its data differs from its approval: " + no.why + "."}, r.now())
	}))
}

// ofApproved returns a refusal if a grant that is approved or active differs from its approval. An
// extension or a restore approves the record again, as it is stored.
func (r *Reconciler) ofApproved(ctx context.Context, id grant.ID) error {
	g, err := r.store.Get(ctx, id)
	if err != nil {
		return err
	}
	if g.State != grant.Approved && g.State != grant.Active {
		return nil
	}
	switch err := r.heldToApproval(ctx, g); {
	case errors.As(err, new(*mismatch)):
		return grant.Refuse("The data of %s differs from its approval: %s.", g.ID, err).
			WithHint("Tell the operators of s3share, and submit a new request.")
	case err != nil:
		r.log.WarnContext(ctx, "a record cannot be held to its approval", "grant", id, "err", err)
		return grant.Refuse("Nothing was done: the data of %s couldn't be checked against its approval.", g.ID).
			WithHint("Try again in a minute.")
	}
	return nil
}
