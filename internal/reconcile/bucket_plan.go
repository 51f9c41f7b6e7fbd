package reconcile

import (
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// A plan is the difference between a policy and the records.
type plan struct {
	before policy.Document
	base   policy.Document // before without the statements that no grant needs
	add    []grant.Grant   // grants to write, oldest approval first
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

// plan computes the plan of a bucket. Correct statements are kept, so a pass without differences
// writes nothing. While halted, nothing is added:
//
//	record             policy                     halted  plan
//	wants access       statements are correct     either  keep
//	wants access       earlier expiry, confirmed  yes     keep
//	wants access       missing or different       no      write
//	wants access       names a deleted principal  no      remove
//	wants access       missing or different       yes     remove
//	wants no access    statements of ours         either  remove
//	damaged, not over  any                        either  keep
//	not in this store  any                        either  keep
func (p *bucketPass) plan(halted bool) plan {
	keep := map[string]bool{}
	for id, d := range p.damaged {
		keep[string(id)] = !d.isOver(p.now)
	}
	pl := plan{before: p.doc}
	for _, g := range p.grants {
		halted := halted || p.unheld[g.ID]
		switch {
		case !g.WantsAccess(p.now):
		case hasStatements(p.doc, g, g.ExpiresAt):
			keep[string(g.ID)] = true
		// a pending extension: the access stays until its earlier expiry
		case halted && matchesPreviousExpiry(p.doc, g):
			keep[string(g.ID)] = true
		case halted, orphaned(p.doc, g), len(preflight.AskOf(g, g.ExpiresAt).Statements()) == 0:
		default:
			keep[string(g.ID)] = true
			pl.add = append(pl.add, g)
		}
	}
	pl.base = p.doc.Without(func(st policy.Statement) bool {
		id, _ := policy.IDOfSid(st.Sid())
		return !keep[id] && p.ours.owns(st)
	})
	return pl
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
