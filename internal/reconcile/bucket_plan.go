package reconcile

import (
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// An observation is a bucket's policy with everything that determines what it should be.
type observation struct {
	records
	now     time.Time
	doc     policy.Document
	owned   ownership            // of the statements of doc
	damaged map[grant.ID]damaged // damaged grants of the bucket
	damage  bool                 // damaged records block additions
	gate    gate                 // of all buckets
}

// additions returns the gate of the bucket.
func (o observation) additions() gate { return o.gate.withDamage(o.damage) }

// A plan is the difference between a policy and the records.
type plan struct {
	before policy.Document
	base   policy.Document // before without the statements that no grant needs
	add    []grant.Grant   // grants to write, oldest approval first
	owned  ownership
}

func (pl plan) changes() bool { return len(pl.add) > 0 || pl.removes() }

func (pl plan) removes() bool { return len(pl.base.Statements()) != len(pl.before.Statements()) }

// with returns doc with the desired statements of some grants. They replace earlier statements of
// the same grants, so that an extension leaves no gap.
func with(doc policy.Document, gs ...grant.Grant) policy.Document {
	for _, g := range gs {
		doc = preflight.WithGrant(doc, g, g.ExpiresAt)
	}
	return doc
}

// plan compares the statements of each grant with its record. It calls nothing. Statements that
// stay are kept byte for byte, so that a pass without differences writes nothing.
//
//	record    | statements: absent | correct | earlier expiry | different | deleted principal
//	wanted    | add                | leave   | replace        | replace   | remove
//	held back | leave              | leave   | leave          | remove    | remove
//	ending    | leave              | remove  | remove         | remove    | remove
//	drifted   | leave              | remove  | remove         | remove    | remove
//	ended     | leave              | remove  | remove         | remove    | remove
//	damaged   | leave              | leave   | leave          | leave     | leave
//	foreign   | leave              | leave   | leave          | leave     | leave
//
// A wanted grant is held back while the gate is closed, or if it is withheld. An earlier expiry is
// the confirmed one before a pending extension. Ending includes grants whose expiry has passed, and
// ended includes damaged records that are over. Foreign statements have no record in this store.
func (o observation) plan() plan {
	stays := map[grant.ID]bool{}
	for id, d := range o.damaged {
		stays[id] = !d.isOver(o.now)
	}
	pl := plan{before: o.doc, owned: o.owned}
	for _, g := range o.grants {
		action := o.actionFor(g)
		stays[g.ID] = action != remove
		if action == add || action == replace {
			pl.add = append(pl.add, g)
		}
	}
	pl.base = o.doc.Without(func(st policy.Statement) bool {
		id, _ := policy.IDOfSid(st.Sid())
		return o.owned.owns(st) && !stays[grant.ID(id)]
	})
	return pl
}

// An action is done with the statements of one grant.
type action string

const (
	leave   action = "leave"
	add     action = "add"
	replace action = "replace"
	remove  action = "remove"
)

func (o observation) actionFor(g grant.Grant) action {
	wanted := g.WantsAccess(o.now) && len(preflight.AccessOf(g, g.ExpiresAt).Statements()) > 0
	heldBack := o.additions().isClosed() || o.withheld[g.ID]
	switch {
	case preflight.Absent(o.doc, g.ID):
		if wanted && !heldBack {
			return add
		}
		return leave
	case !wanted, orphaned(o.doc, g):
		return remove
	case hasStatements(o.doc, g, g.ExpiresAt), heldBack && matchesPreviousExpiry(o.doc, g):
		return leave
	case heldBack:
		return remove
	}
	return replace
}

// suspects returns the grants whose confirmed statements differ both from the desired ones and from
// those before a pending extension.
func (o observation) suspects() []grant.Grant {
	return slices.DeleteFunc(slices.Clone(o.grants), func(g grant.Grant) bool {
		return !g.WantsAccess(o.now) || !g.Half(grant.OwnerHalf).WasConfirmed() || hasStatements(o.doc, g, g.ExpiresAt) ||
			matchesPreviousExpiry(o.doc, g)
	})
}

// matchesPreviousExpiry reports whether a document holds a grant's statements as last confirmed,
// before a pending extension.
func matchesPreviousExpiry(doc policy.Document, g grant.Grant) bool {
	return slices.ContainsFunc(g.Parts, func(part grant.Part) bool {
		return part.Half == grant.OwnerHalf && !part.Confirmed.IsZero() && hasStatements(doc, g, part.Confirmed)
	})
}

// orphan returns the position, from 1, of the first statement that names a deleted principal, the
// statement and that principal.
func orphan(doc policy.Document) (place int, st policy.Statement, principal string) {
	for i, st := range doc.Statements() {
		if ids := st.Orphans(); len(ids) > 0 {
			return i + 1, st, ids[0]
		}
	}
	return 0, policy.Statement{}, ""
}
