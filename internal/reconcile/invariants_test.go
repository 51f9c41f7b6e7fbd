package reconcile

import (
	"slices"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// checkCommit runs in each commit: a grant is recorded as granted or ended only if AWS agrees at that
// moment.
func (b *bench) checkCommit(c store.Tx) {
	for _, g := range c.Grants {
		said := func(k grant.EventKind) bool {
			return slices.ContainsFunc(c.Entries, func(e grant.Entry) bool { return e.Grant == g.ID && e.Kind == string(k) })
		}
		if said(grant.EventApplied) || said(grant.EventExtended) {
			there := hasStatements(b.policyOf(g.Bucket.Name), g, g.ExpiresAt) || !g.Owner.ConfirmedAt.After(b.taken[string(g.ID)])
			in := g.Principal.External || b.aws.joined(g.Principal) || !g.Grantee.ConfirmedAt.After(b.taken[g.Principal.Name])
			if !there || !in {
				b.Errorf("%s is said to be granted: statement %v, member %v", g.ID, there, in)
			}
		}
		now := b.clock.now()
		half := g.History[len(g.History)-1].Half
		if said(grant.EventHalfRemoved) && half == grant.GranteeHalf && b.aws.joined(g.Principal) && b.aws.build.UniqueID(g.Principal.ARN) == g.Principal.UniqueID &&
			!slices.ContainsFunc(b.store.inAWS(), func(o grant.Grant) bool { return o.Principal.ARN == g.Principal.ARN && o.WantsAccess(now) }) {
			b.Errorf("%s: the membership is said to be gone or somebody's, and is neither", g.ID)
		}
		if said(grant.EventRemoved) {
			needed := slices.ContainsFunc(b.store.inAWS(), func(o grant.Grant) bool {
				return o.ID != g.ID && o.Principal.ARN == g.Principal.ARN
			})
			if gone, in := preflight.Absent(b.policyOf(g.Bucket.Name), g.ID), b.aws.joined(g.Principal); !gone || in && !needed {
				b.Errorf("%s is said to be ended: statement %v, member %v", g.ID, !gone, in)
			}
		}
	}
}

func (m *memory) inAWS() []grant.Grant {
	gs, _ := m.List(ctx, store.Query{States: preflight.InAWS})
	return gs
}

// checkInvariants checks at any moment: every statement and member of ours has a record that allows it and
// expires no earlier, and everything of others is unchanged.
func (b *bench) checkInvariants(when string, theirs map[string]policy.Document) {
	b.Helper()
	for bucket, before := range theirs {
		doc := b.policyOf(bucket)
		ours := func(st policy.Statement) bool { _, is := policy.IDOfSid(st.Sid()); return is }
		if !policy.SameForeign(before, doc, ours) {
			b.Fatalf("%s: somebody else's statements of %s were\n%s\nand are\n%s", when, bucket, before.Bytes(), doc.Bytes())
		}
		for _, st := range doc.Statements() {
			id, is := policy.IDOfSid(st.Sid())
			if !is {
				continue
			}
			g, err := b.store.Get(ctx, grant.ID(id))
			until, dated := st.Expiry()
			if err != nil || !g.State.InAWS() || !dated || until.After(g.ExpiresAt) {
				b.Fatalf("%s: a statement of %s until %v, whose record is %s until %v (%v)", when, id, until, g.State, g.ExpiresAt, err)
			}
		}
	}
	for _, name := range b.aws.build.Members(groupOf) {
		if !slices.ContainsFunc(b.store.all(), func(g grant.Grant) bool { return g.State.InAWS() && g.Principal.Name == name }) {
			b.Fatalf("%s: %s is in the group, and no record allows for it", when, name)
		}
	}
	for _, g := range b.store.all() {
		if !g.State.InAWS() {
			continue
		}
		if b.store.Wake(grant.TimerWorker, g.ID).IsZero() && g.State != grant.Ending {
			b.Fatalf("%s: %s is %s, and nothing will end it", when, g.ID, g.State)
		}
		if g.State == grant.Ending && g.Owner.NextAttemptAt.IsZero() && g.Grantee.NextAttemptAt.IsZero() {
			b.Fatalf("%s: %s is ending, and nothing will go on with it", when, g.ID)
		}
	}
}
