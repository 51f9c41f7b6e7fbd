package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A damaged record affects no other record. Removals on its bucket continue. Its own statement is
// removed if its audit entries say that its end was decided; otherwise the statement, and a
// membership that it may need, stay until its expiry. Nothing is added on its bucket until the
// record is repaired.

// A damaged is a grant with an unreadable record, rebuilt from its audit entries.
type damaged struct {
	grant.Grant      // rebuilt; only the id if known is false
	known       bool // the entries describe the grant
	whole       bool // no entry of the chain is damaged, so that a missing entry means that it did not happen
}

// isOver reports whether the entries say that access has ended: by a decision, by its expiry, or
// because it was never approved.
func (d damaged) isOver(now time.Time) bool {
	if !d.known {
		return false
	}
	expired := !d.ExpiresAt.IsZero() && !now.Before(d.ExpiresAt)
	return expired || d.State != grant.Approved && d.State != grant.Active && !d.State.Open()
}

// mayNeed reports whether the grant may still need its statements and membership in AWS.
func (d damaged) mayNeed(now time.Time) bool {
	return !d.isOver(now) && (!d.known || d.State.InAWS() || !d.whole)
}

// isOn reports whether the grant is, or may be, on a bucket.
func (d damaged) isOn(b grant.Bucket) bool {
	return !d.known || d.Bucket.Name == b.Name && d.Bucket.AccountID == b.AccountID
}

// isFor reports whether the grant is, or may be, for a principal.
func (d damaged) isFor(p grant.Principal) bool {
	return !d.known || d.Principal.ARN == p.ARN &&
		(d.Principal.UniqueID == "" || p.UniqueID == "" || d.Principal.UniqueID == p.UniqueID)
}

// histories caches the audit entries of damaged grants, so that each sweep reads only new entries.
type histories struct {
	mu sync.Mutex
	of map[grant.ID]*history
	at time.Time // the last check for grants that are over
}

// isDue reports whether the next check for grants that are over is due.
func (h *histories) isDue(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.at).Abs() < poll {
		return false
	}
	h.at = now
	return true
}

// firstTime reports whether this is the first call for a grant.
func (h *histories) firstTime(id grant.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.of[id]
	if known == nil || known.over {
		return false
	}
	known.over = true
	return true
}

type history struct {
	over    bool // its passes were started because it is over
	entries []grant.Recorded
	upTo    uint64 // the last entry of the chain that was read
	whole   bool
}

// read returns the up-to-date history of a grant.
func (h *histories) read(ctx context.Context, db store.Store, id grant.ID) (history, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = map[grant.ID]*history{}
	}
	known := h.of[id]
	if known == nil {
		known = &history{whole: true}
	}
	more, upTo, whole, err := store.EntriesSince(ctx, db, id, known.upTo)
	if err != nil {
		return *known, err
	}
	known.entries, known.upTo, known.whole = append(known.entries, more...), upTo, known.whole && whole
	h.of[id] = known
	return *known, nil
}

// damagedGrants returns the grants with damaged records. many means that an unknown set of others
// may be damaged.
func (r *Reconciler) damagedGrants(ctx context.Context) (all []damaged, many bool) {
	for _, u := range r.store.Unreadable(ctx) {
		switch u.What {
		case store.RecordOfMany:
			many = true
		case store.RecordOfGrant:
			all = append(all, r.damagedGrant(ctx, u.ID))
		}
	}
	return all, many
}

func (r *Reconciler) damagedGrant(ctx context.Context, id grant.ID) damaged {
	d := damaged{Grant: grant.Grant{ID: id}}
	past, err := r.histories.read(ctx, r.store, id)
	if err != nil {
		r.log.ErrorContext(ctx, "reading the audit entries of a damaged record", "grant", id, "err", err)
		return d
	}
	if g, err := r.rules.Rebuild(id, past.entries); err == nil {
		d.Grant, d.known, d.whole = g, true, past.whole
	}
	return d
}

// dispatchDamaged starts the passes for damaged grants that are over, because damaged records are
// never due. Later sweeps repeat the passes.
func (r *Reconciler) dispatchDamaged(ctx context.Context) {
	all, _ := r.damagedGrants(ctx)
	for _, d := range all {
		if d.isOver(r.now()) && r.histories.firstTime(d.ID) {
			r.startBucket(ctx, d.Bucket, urgency{kind: expiredWork})
			r.startPrincipal(ctx, d.Principal, urgency{kind: expiredWork})
		}
	}
}

// damagedAlert is the prefix of the keys of alerts about damaged records.
const damagedAlert = "damaged "

// tellDamaged alerts the operators to each damaged record once, until it is repaired.
func (p sweepPass) tellDamaged(ctx context.Context, all []damaged) error {
	texts := map[string]string{}
	var keys []string
	for _, u := range p.r.store.Unreadable(ctx) {
		key := u.What + "/" + string(u.ID)
		keys, texts[key] = append(keys, key), p.damageOf(u, all)
	}
	return p.alertEach(ctx, condition{
		prefix: damagedAlert,
		text:   func(key string) string { return texts[key] },
		isOver: func(key string) bool { _, repaired := p.isRepaired(ctx, key); return repaired },
		how:    func(key string) string { what, _ := p.isRepaired(ctx, key); return what + " can be read again" },
	}, keys)
}

// isRepaired reports whether a damaged record that was alerted is readable again.
func (p sweepPass) isRepaired(ctx context.Context, key string) (what string, repaired bool) {
	what, id, _ := strings.Cut(key, "/")
	var err error
	switch what {
	case store.RecordOfGrant:
		_, err = p.r.store.Get(ctx, grant.ID(id))
		what = fmt.Sprintf("the stored record of `%s`", id)
	case store.RecordOfDelivery:
		_, err = p.r.store.Delivery(ctx, grant.ID(id))
		what = fmt.Sprintf("the list of messages about `%s`", id)
	case store.RecordOfMany:
		what, repaired = "the store's file", true
		for _, u := range p.r.store.Unreadable(ctx) {
			repaired = repaired && u.What != store.RecordOfMany
		}
		return what, repaired
	default:
		if _, err = p.r.store.Document(ctx, strings.TrimPrefix(what, store.RecordOfDocument)); errors.Is(err,
			store.ErrNotFound) {
			err = nil
		}
		what = "the " + what
	}
	return what, err == nil
}

// damageOf formats the alert about a damaged record: the damage, its consequences and the remedy.
func (p sweepPass) damageOf(u store.Unreadable, all []damaged) string {
	const remedy = " To repair it, stop the bot and run `bot store repair`."
	switch u.What {
	case store.RecordOfGrant:
		i := slices.IndexFunc(all, func(d damaged) bool { return d.ID == u.ID })
		if i < 0 {
			return fmt.Sprintf("The stored record of `%s` is damaged.", u.ID) + remedy
		}
		return p.damageOfGrant(all[i]) + remedy
	case store.RecordOfDelivery:
		return fmt.Sprintf("The stored list of messages about `%s` is damaged. Its card is posted again; the buttons of "+
			"earlier messages no longer work.", u.ID)
	case store.RecordOfMany:
		return "A part of the database file is damaged (" + u.Why + "). Access still ends; nothing is added. Put a backup " +
			"in its place, or stop the bot and run `bot store repair`."
	case store.RecordOfDocument + store.FreezeKey:
		return "The stored freeze is damaged, so s3share counts as frozen: new approvals are blocked, and existing access " +
			"runs until it expires. `/s3share unfreeze` ends that."
	case store.RecordOfDocument + store.HaltKey:
		return "The database does not say any more whether s3share is in safe mode, so it is: it removes expired access " +
			"and grants nothing. Restart the bot: it compares the database with the audit log again."
	}
	return fmt.Sprintf("The stored %s is damaged. s3share stores a new one.", u.What)
}

func (p sweepPass) damageOfGrant(d damaged) string {
	if !d.known {
		return fmt.Sprintf("The stored record of `%s` is damaged, and the audit log does not say which access it was. Its "+
			"statements stay as they are, and nothing is added anywhere.", d.ID)
	}
	text := fmt.Sprintf("The stored record of `%s` (%s, %s) is damaged.", d.ID, d.Principal.Name, d.Bucket.Name)
	switch {
	case d.isOver(p.began):
		text += " Its end was decided, so its access is removed."
	case d.mayNeed(p.began):
		text += fmt.Sprintf(" Its access stays as it is until %s, or until `/s3share end %s`.",
			d.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC"), d.ID)
	}
	return text + fmt.Sprintf(" Nothing is added on %s meanwhile.", d.Bucket.Name)
}
