package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// byAge sorts grants by approval, oldest first. If the policy is full, the later grants wait.
func byAge(gs []grant.Grant) {
	slices.SortFunc(gs, func(a, b grant.Grant) int {
		if c := a.StartAt.Compare(b.StartAt); c != 0 {
			return c
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
}

// ofBucket returns the grants of a bucket that AWS may hold access for, oldest approval first.
func (r *Reconciler) ofBucket(ctx context.Context, b grant.Bucket) ([]grant.Grant, error) {
	gs, err := preflight.OnBucket(ctx, r.Store, b)
	byAge(gs)
	return gs, err
}

// ownership distinguishes the statements of this store's grants from all others, including those of
// another installation. It reads each id once.
type ownership struct {
	read   func(id string) (grant.Grant, error) // from the store
	known  map[string]bool
	grants map[grant.ID]grant.Grant // those that were readable
	err    error                    // the first read error; then nothing may be written
}

func (r *Reconciler) ownership(ctx context.Context) *ownership {
	read := func(id string) (grant.Grant, error) { return r.Store.Get(ctx, grant.ID(id)) }
	return &ownership{read: read, known: map[string]bool{}, grants: map[grant.ID]grant.Grant{}}
}

func (o *ownership) owns(st policy.Statement) bool {
	id, formed := policy.IDOfSid(st.Sid())
	if !formed {
		return false
	}
	known, asked := o.known[id]
	if !asked {
		g, err := o.read(id)
		switch {
		case err == nil:
			o.grants[g.ID], known = g, true
		case errors.Is(err, store.ErrUnreadable):
			known = true
		case !errors.Is(err, store.ErrNotFound) && o.err == nil:
			o.err = fmt.Errorf("finding out whose statement %s is: %w", st.Sid(), err)
		}
		o.known[id] = known
	}
	return known
}

// hasStatements reports whether a document holds exactly a grant's desired statements until an
// expiry: each once, and no other under its Sids.
func hasStatements(doc policy.Document, g grant.Grant, until time.Time) bool {
	wanted := preflight.AskOf(g, until).Statements()
	found := map[string]bool{}
	for _, st := range doc.Statements() {
		if !preflight.IsOf(st, g.ID) {
			continue
		}
		i := slices.IndexFunc(wanted, func(want policy.Allow) bool { return want.Sid == st.Sid() })
		if i < 0 || found[st.Sid()] || !st.Matches(wanted[i]) {
			return false
		}
		found[st.Sid()] = true
	}
	return len(wanted) > 0 && len(found) == len(wanted)
}

// matchesDesired reports whether a document agrees with a grant's record now.
func matchesDesired(doc policy.Document, g grant.Grant, now time.Time) bool {
	if g.WantsAccess(now) {
		return hasStatements(doc, g, g.ExpiresAt)
	}
	return preflight.Absent(doc, g.ID)
}

// orphaned reports whether a grant's statement names the unique id of its principal. S3 shows the
// id after the principal was deleted. The id of an external principal is unknown, so any such id
// counts.
func orphaned(doc policy.Document, g grant.Grant) bool {
	return slices.ContainsFunc(doc.Statements(), func(st policy.Statement) bool {
		if g.Principal.UniqueID == "" {
			return preflight.IsOf(st, g.ID) && len(st.Orphans()) > 0
		}
		return preflight.IsOf(st, g.ID) && st.GrantsTo(g.Principal.UniqueID)
	})
}
