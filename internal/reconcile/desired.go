package reconcile

import (
	"cmp"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// byAge sorts grants by approval, oldest first. If the policy is full, the later grants wait.
func byAge(gs []grant.Grant) {
	slices.SortFunc(gs, func(a, b grant.Grant) int {
		return cmp.Or(a.StartAt.Compare(b.StartAt), cmp.Compare(a.ID, b.ID))
	})
}

// An ownership has the ids of this store's grants. A statement with another id is foreign, also if
// another installation wrote it.
type ownership map[grant.ID]bool

func ownershipOf(rs records) ownership {
	owned := ownership{}
	for _, g := range rs.all() {
		owned[g.ID] = true
	}
	return owned
}

func (o ownership) owns(st policy.Statement) bool {
	id, formed := policy.IDOfSid(st.Sid())
	return formed && o[grant.ID(id)]
}

// hasStatements reports whether a document holds exactly a grant's desired statements until an
// expiry: each once, and no other under its Sids.
func hasStatements(doc policy.Document, g grant.Grant, until time.Time) bool {
	wanted := preflight.AccessOf(g, until).Statements()
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
