package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// readBacks are the pauses before the read-backs. S3 may show the earlier policy for some seconds.
var readBacks = []time.Duration{0, 300 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second,
	3 * time.Second, 3 * time.Second}

// recheckAfter is the pause before the recheck of a write that AWS does not show.
const recheckAfter = 5 * time.Second

// verify reads back until AWS shows the written statements of all grants that differed, and records
// each read. Grants that AWS still does not show, or that were not written, are rechecked later.
func (p bucketPass) verify(ctx context.Context, o observation, s writeResult) (fault error) {
	open, blocked := o.diverging(p.r.now()), []grant.Grant(nil)
	reads := readBacks
	if policy.Equivalent(o.doc, s.wrote) { // the observation counts as the read-back
		_, blocked, fault = p.record(ctx, o, s.wrote)
		open, reads = nil, nil
	}
	unsettled, flash := s.unseen != nil, false // flash: another writer's edit was seen
	for _, wait := range reads {
		if wait > 0 && !p.r.pause(ctx, wait) {
			break
		}
		doc, err := p.read(ctx)
		if err != nil {
			s.unseen = err // not seen means not confirmed
			continue
		}
		if o, _, err = p.reread(ctx, o, doc); err != nil {
			return errors.Join(fault, err)
		}
		if unsettled && policy.Equivalent(doc, s.wrote) {
			p.settle(ctx, s.left)
			unsettled = false
		}
		open, blocked, err = p.record(ctx, o, s.wrote)
		fault = errors.Join(fault, err)
		switch foreign := policy.SameForeign(doc, s.wrote, o.owned.owns); {
		case p.late.intent != nil: // [lateWrites.compare] handles it
		case !foreign:
			flash = true
		case flash:
			p.late.lostEdit, flash = true, false
			_ = p.reportLostEdit(ctx) // at once, as in reread
		}
		if len(open) == 0 {
			break
		}
	}
	return errors.Join(fault,
		p.r.requeue(ctx, p.began, s.others(open), grant.OwnerHalf, s.unseen, recheckAfter),
		p.r.requeue(ctx, p.began, s.others(blocked), grant.OwnerHalf, s.unwritten, recheckAfter))
}

// diverging returns the grants whose statements differ from the desired ones.
func (o observation) diverging(now time.Time) []grant.Grant {
	return slices.DeleteFunc(o.all(), func(g grant.Grant) bool { return matchesDesired(o.doc, g, now) })
}

// record records the results of a read. It returns the grants that differ from their desired state.
// open grants are in the written policy, so waiting can help; blocked ones need another write.
func (p bucketPass) record(ctx context.Context, o observation, wrote policy.Document) (
	open, blocked []grant.Grant, fault error) {
	behind := map[grant.ID]bool{} // grants that differ; true: they are in the written policy
	fault = p.r.recordEach(ctx, o.all(), func() step {
		return func(g grant.Grant) (grant.Grant, error) {
			now := p.r.now()
			if matchesDesired(o.doc, g, now) {
				delete(behind, g.ID)
				return asRead(g, p.late.carried.has(g.ID, now), now)
			}
			behind[g.ID] = matchesDesired(wrote, g, now)
			return g, errUnchanged
		}
	})
	for _, g := range o.all() {
		if written, differs := behind[g.ID]; written {
			open = append(open, g)
		} else if differs {
			blocked = append(blocked, g)
		}
	}
	return open, blocked, fault
}

// asRead returns the next state of a grant that a read shows as desired. inFlight means that a late
// write may still bring its statements back.
func asRead(g grant.Grant, inFlight bool, now time.Time) (grant.Grant, error) {
	const h = grant.OwnerHalf
	switch wanted := g.WantsAccess(now); {
	case wanted && !g.Half(h).IsConfirmed():
		return g.Half(h).WithWriteIntent(grant.Statement, sids(g), now).Half(h).RecordPresent(now)
	case wanted:
		return idleHalf(g, h, now)
	case inFlight && g.State == grant.Ending && g.Owner.RemovedAt.IsZero():
		return g.Half(h).RecordAbsentUnconfirmed(now)
	}
	return withoutHalf(g, h, inFlight, now)
}
