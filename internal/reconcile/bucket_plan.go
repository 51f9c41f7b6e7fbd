package reconcile

import (
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// A plan is the difference between a policy and what the records ask of it.
type plan struct {
	before policy.Document
	base   policy.Document // the same without those of our statements that nobody asks for
	add    []grant.Grant   // not as they should be yet; the oldest approval first
}

func (pl plan) changes() bool { return len(pl.add) > 0 || pl.removes() }

func (pl plan) removes() bool { return len(pl.base.Statements()) != len(pl.before.Statements()) }

// with returns doc with the statements of the grants as they should be. What a
// grant has there from before, such as its earlier end, is replaced in the same
// write, so that an extension leaves no gap.
func with(doc policy.Document, gs ...grant.Grant) policy.Document {
	for _, g := range gs {
		doc = preflight.WithGrant(doc, g, g.ExpiresAt)
	}
	return doc
}

// plan leaves alone what is as it should be, so that a pass that has nothing to
// do writes nothing. While halted, nothing is added.
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
		case halted && matchesPreviousExpiry(p.doc, g): // an extension is on its way: what is open stays open until its earlier end
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

// orphan returns the place, from 1, of the first statement that names a deleted
// principal, and that principal.
func orphan(doc policy.Document) (place int, st policy.Statement, principal string) {
	for i, st := range doc.Statements() {
		if ids := st.Orphans(); len(ids) > 0 {
			return i + 1, st, ids[0]
		}
	}
	return 0, policy.Statement{}, ""
}
