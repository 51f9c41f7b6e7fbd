package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// endDamaged ends a grant whose record is damaged. It rebuilds the record from its audit entries to
// decide whether the caller may end the grant. It stores the end as an audit entry only: the
// reconciler acts on the entry, and a repair of the record includes it.
func (e *Endings) endDamaged(ctx context.Context, c Invocation, id grant.ID, what grant.End) (Answer, error) {
	ending := Answer{Text: fmt.Sprintf("Ending `%s`. Its data is damaged, so no message will confirm it.", id)}
	if done, err := e.records.committed(ctx, c); err != nil || done {
		return ending, err
	}
	g, err := e.rebuilt(ctx, id)
	if errors.Is(err, grant.ErrNoEntries) {
		return Answer{}, grant.Refuse("The data of %s is damaged, and the audit log does not say whose "+
			"access it is.", id).
			WithHint("The operators of s3share can remove its statements from the bucket policy by hand.")
	}
	if err != nil {
		return Answer{}, err
	}
	now := e.now()
	next, err := g.Apply(e.ends(what)(g, e.caller(ctx, c, g)), now)
	if err != nil {
		return Answer{}, err
	}
	var tx store.Tx
	tx.Put(g, next)
	err = e.store.Commit(ctx, store.Tx{At: now, Entries: tx.Entries, Causes: c.IdempotencyKeys})
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return ending, nil
	}
	if err != nil {
		return Answer{}, err
	}
	e.log.InfoContext(ctx, "grant changed", "event", grant.EventEnd, "grant", id, "by", c.By.User, "record", "damaged")
	return ending, nil
}

// endDamagedToo ends the grants with damaged records that an end-all covers. unclear are the damaged
// records that may be covered: they could not be read, or not be ended.
func (e *Endings) endDamagedToo(ctx context.Context, c Invocation, f filter, why string) (ended, unclear []grant.ID) {
	for _, id := range e.damaged(ctx) {
		covered, err := e.records.committed(ctx, c.forGrant(id)) // by this act, before the bot was interrupted
		if err == nil && !covered {
			_, covered, err = e.coversDamaged(ctx, f, id)
		}
		if err == nil && covered {
			_, err = e.endDamaged(ctx, c.forGrant(id), id, grant.End{Why: why})
		}
		switch {
		case err != nil:
			e.log.ErrorContext(ctx, "ending a grant whose record is damaged", "grant", id, "err", err)
			unclear = append(unclear, id)
		case covered:
			ended = append(ended, id)
		}
	}
	return ended, unclear
}

// damagedCovered returns the grants with damaged records that an end-all would end, rebuilt from
// their audit entries. unclear are the records that cannot be rebuilt.
func (e *Endings) damagedCovered(ctx context.Context, f filter) (covered []grant.Grant, unclear []grant.ID) {
	for _, id := range e.damaged(ctx) {
		switch g, is, err := e.coversDamaged(ctx, f, id); {
		case err != nil:
			unclear = append(unclear, id)
		case is:
			covered = append(covered, g)
		}
	}
	return covered, unclear
}

// damaged returns the grants whose record is damaged.
func (e *Endings) damaged(ctx context.Context) (ids []grant.ID) {
	for _, u := range e.store.Unreadable(ctx) {
		if u.What == store.RecordOfGrant {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// damagedNote says that no message will confirm some ends.
func damagedNote(ids []grant.ID) string {
	switch len(ids) {
	case 0:
		return ""
	case 1:
		return " The record of " + codes(ids) + " is damaged, so no message will confirm its end."
	}
	return " The records of " + codes(ids) + " are damaged, so no message will confirm their end."
}

// unclearNote says that some damaged records may be covered, and what an operator can do.
func unclearNote(ids []grant.ID) string {
	if len(ids) == 0 {
		return ""
	}
	return " Damaged records that I can't read or end: " + codes(ids) +
		". The operators of s3share can remove their statements by hand."
}

func codes(ids []grant.ID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = "`" + string(id) + "`"
	}
	return strings.Join(names, ", ")
}

// coversDamaged rebuilds a grant with a damaged record, and reports whether it matches the filter and
// is approved or active by its audit entries.
func (e *Endings) coversDamaged(ctx context.Context, f filter, id grant.ID) (grant.Grant, bool, error) {
	g, err := e.rebuilt(ctx, id)
	if err != nil {
		return g, false, err
	}
	open := g.State == grant.Approved || g.State == grant.Active
	return g, open && len(e.rules.matching(f, []grant.Grant{g})) == 1, nil
}

// rebuilt returns a grant as its audit entries tell it.
func (e *Endings) rebuilt(ctx context.Context, id grant.ID) (grant.Grant, error) {
	entries, _, err := store.EntriesOf(ctx, e.store, id)
	if err != nil {
		return grant.Grant{}, err
	}
	return e.rules.Rebuild(id, entries)
}
