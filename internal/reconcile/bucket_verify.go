package reconcile

import (
	"context"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// writeResult is what a pass has written and now waits to see.
type writeResult struct {
	before    policy.Document // as it was read
	wrote     policy.Document // as AWS should show it by now; as it was read if nothing was written
	unseen    error           // why the write may not have taken effect; nil: AWS confirmed it
	unwritten error           // why what is not in wrote was not written
}

// readBacks are the pauses before each look at what was written. S3 may show the
// state of before for some seconds.
var readBacks = []time.Duration{0, 300 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second}

// verifyWrite reads back until AWS shows what was written for the grants that it
// concerned, and records what was seen. What does not show by then, or could not
// be written, is looked at again later.
func (p *bucketPass) verifyWrite(ctx context.Context, s writeResult, concerned []grant.Grant) {
	if policy.Equivalent(p.doc, s.wrote) { // what was read is as good as a read-back
		_, blocked := p.recordObserved(ctx, s.wrote)
		p.requeue(ctx, blocked, s.unwritten, 5*time.Second)
		return
	}
	open, blocked := concerned, []grant.Grant(nil)
	flash := false // somebody else's edit was seen
	for _, wait := range readBacks {
		if wait > 0 && !p.Pause(ctx, wait) {
			break
		}
		if err := p.read(ctx); err != nil {
			s.unseen = err // not seen is not there
			continue
		}
		if policy.Equivalent(p.doc, s.wrote) {
			p.arrived()
		}
		open, blocked = p.recordObserved(ctx, s.wrote)
		foreign := policy.SameForeign(p.doc, s.wrote, p.ours.owns)
		switch {
		case p.intent != nil: // [bucketPass.compareWithIntent] sees to it
		case !foreign:
			flash = true
		case foreign && flash:
			p.reportLostEdit(ctx)
			flash = false
		}
		if len(open) == 0 {
			break
		}
	}
	p.requeue(ctx, open, s.unseen, 5*time.Second)
	p.requeue(ctx, blocked, s.unwritten, 5*time.Second)
}

// reportLostEdit tells people that a foreign edit fell into the window between our read
// and our write: it was seen without our write, and then our write without it.
func (p *bucketPass) reportLostEdit(ctx context.Context) {
	p.Log.ErrorContext(ctx, "somebody else's edit of a bucket policy was overwritten", "bucket", p.bucket.Name)
	p.alert(ctx, fmt.Sprintf("Somebody else edited the policy of %s in the same moment as I did, and that edit was lost. It has to be made again; the audit log has the policy from before my write.", p.bucket.Name))
}

// recordObserved records what the last read shows. It returns the grants that it
// does not show as they should be: open are those for which waiting can help,
// because it was written, blocked those that need another write.
func (p *bucketPass) recordObserved(ctx context.Context, wrote policy.Document) (open, blocked []grant.Grant) {
	for _, seen := range p.all() {
		p.record(ctx, seen.ID, func(g grant.Grant) (grant.Grant, error) {
			now := p.Now()
			switch {
			case matchesDesired(p.doc, g, now):
				return p.observed(g, now)
			case matchesDesired(wrote, g, now):
				open = append(open, g)
			default:
				blocked = append(blocked, g)
			}
			return g, errStale
		})
	}
	return open, blocked
}

// observed returns what a read makes of a grant that it shows as it should be.
// errMoved: there is nothing to store.
func (p *bucketPass) observed(g grant.Grant, now time.Time) (grant.Grant, error) {
	const h = grant.OwnerHalf
	switch {
	case g.WantsAccess(now) && !g.Confirmed(h):
		return g.WithWriteIntent(h, grant.Statement, sids(g), now).RecordPresent(h, now)
	case !g.WantsAccess(now) && g.State == grant.Ending && g.Owner.RemovedAt.IsZero():
		if p.carried.has(g.ID, now) {
			return g.RecordAbsentUnconfirmed(h, now)
		}
		return g.RecordAbsent(h, now)
	case !g.WantsAccess(now) && !g.DriftedAt.IsZero() && g.WasConfirmed(h):
		return g.RecordDropped(h), nil
	}
	if p.carried.has(g.ID, now) {
		return recheckLeftover(g, h, now)
	}
	return idleHalf(g, h, now)
}

// requeue leaves grants to a later pass: as a failure if AWS gave one.
func (p *bucketPass) requeue(ctx context.Context, gs []grant.Grant, cause error, after time.Duration) {
	for _, g := range gs {
		switch {
		case p.closed[g.ID]:
		case cause != nil:
			p.retry(ctx, g.ID, grant.OwnerHalf, cause)
		default:
			p.recheck(ctx, g.ID, grant.OwnerHalf, after)
		}
	}
}
