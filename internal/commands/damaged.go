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
	ending := Answer{Text: fmt.Sprintf("Ending `%s`. Its stored record is damaged, so no message will confirm it.", id)}
	if done, err := e.records.committed(ctx, c); err != nil || done {
		return ending, err
	}
	g, err := e.rebuilt(ctx, id)
	if errors.Is(err, grant.ErrNoEntries) {
		return Answer{}, grant.Refuse("The stored record of %s is damaged, and the audit log does not say whose "+
			"access it is.", id).
			WithHint("The people who run s3share can remove its statements from the bucket policy by hand.")
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

// endDamagedToo ends the grants with damaged records that an end-all covers. The text reports the
// results; it is empty if there are none.
func (e *Endings) endDamagedToo(ctx context.Context, c Invocation, f filter, why string) (text string) {
	var ended, unknown []string
	for _, u := range e.store.Unreadable(ctx) {
		if u.What != store.RecordOfGrant {
			continue
		}
		covered, err := e.records.committed(ctx, c.forGrant(u.ID)) // by this act, before the bot was interrupted
		if err == nil && !covered {
			covered, err = e.coversDamaged(ctx, f, u.ID)
		}
		if err == nil && covered {
			_, err = e.endDamaged(ctx, c.forGrant(u.ID), u.ID, grant.End{Why: why})
		}
		switch name := "`" + string(u.ID) + "`"; {
		case err != nil:
			e.log.ErrorContext(ctx, "ending a grant whose record is damaged", "grant", u.ID, "err", err)
			unknown = append(unknown, name)
		case covered:
			ended = append(ended, name)
		}
	}
	if len(ended) > 0 {
		text += fmt.Sprintf(" With a damaged record, and without a message that will confirm it, I am ending %s too.",
			strings.Join(ended, ", "))
	}
	if len(unknown) > 0 {
		text += fmt.Sprintf(" Of a damaged record I could not tell, or not end it: %s. The people who run s3share know, "+
			"and can remove its statements by hand.", strings.Join(unknown, ", "))
	}
	return text
}

// coversDamaged reports whether a grant with a damaged record matches the filter and is approved or
// active by its audit entries.
func (e *Endings) coversDamaged(ctx context.Context, f filter, id grant.ID) (bool, error) {
	g, err := e.rebuilt(ctx, id)
	if err != nil {
		return false, err
	}
	return (g.State == grant.Approved || g.State == grant.Active) && len(e.rules.matching(f, []grant.Grant{g})) == 1, nil
}

// rebuilt returns a grant as its audit entries tell it.
func (e *Endings) rebuilt(ctx context.Context, id grant.ID) (grant.Grant, error) {
	entries, _, err := store.EntriesOf(ctx, e.store, id)
	if err != nil {
		return grant.Grant{}, err
	}
	return e.rules.Rebuild(id, entries)
}
