package reconcile

import (
	"slices"
	"time"

	"s3share/internal/grant"
)

// A membership is the grantee half of a principal as it was read, with everything that determines
// what it should be. A role or a permission set has an attached policy instead.
type membership struct {
	records
	now    time.Time
	who    grant.Principal
	member bool // AWS shows the half
	ours   bool // a grant of this store ever named the principal
	needed bool // a damaged record may need the half
	gate   gate
}

// await leaves an addition to Identity Center.
const await action = "await"

// plan compares the membership with the records of its principal. It calls nothing.
//
//	record    | membership: absent | present
//	wanted    | add                | leave
//	held back | leave              | leave
//	unwanted  | leave              | remove
//	damaged   | leave              | leave
//	foreign   | leave              | leave
//
// The membership is wanted by any grant of the principal. It is held back while the gate is closed
// or if all these grants are withheld. It counts as damaged if a damaged record may need it, and as
// foreign if no grant of this store ever named the principal. Only Identity Center changes a
// permission set: its addition is awaited, and it is never removed.
func (m membership) plan() action {
	switch {
	case m.member && (m.isWanted() || m.isRetained() || !m.ours):
		return leave
	case m.member:
		return remove
	case m.additions().isClosed() || !slices.ContainsFunc(m.grants, m.isAllowed):
		return leave
	case m.who.PermissionSet() != "":
		return await
	}
	return add
}

// isWanted reports whether a grant wants the half.
func (m membership) isWanted() bool {
	return slices.ContainsFunc(m.grants, func(g grant.Grant) bool { return g.WantsAccess(m.now) })
}

// additions returns the gate of the principal.
func (m membership) additions() gate { return m.gate.withDamage(m.needed) }

// isAllowed reports whether a grant may be given the half.
func (m membership) isAllowed(g grant.Grant) bool { return g.WantsAccess(m.now) && !m.withheld[g.ID] }

// isRetained reports whether the pass must not remove the half.
func (m membership) isRetained() bool { return m.needed || m.who.PermissionSet() != "" }
