package reconcile

import (
	"context"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// writeResult is the result of the writes of a pass, before it is verified.
type writeResult struct {
	before    policy.Document // the policy read
	wrote     policy.Document // the expected policy; the policy read if nothing was written
	unseen    error           // why the write may have had no effect; nil: AWS confirmed it
	unwritten error           // why grants that are missing in wrote were not written
}

// readBacks are the pauses before the read-backs. S3 may show the earlier policy for some seconds.
var readBacks = []time.Duration{0, 300 * time.Millisecond, 700 * time.Millisecond, time.Second, 2 * time.Second,
	3 * time.Second, 3 * time.Second}

// verifyWrite reads back until AWS shows the written statements of the concerned grants, and
// records the results. Grants that AWS still does not show, or that were not written, are rechecked
// later.
func (p *bucketPass) verifyWrite(ctx context.Context, s writeResult, concerned []grant.Grant) {
	if policy.Equivalent(p.doc, s.wrote) { // the read counts as a read-back
		_, blocked := p.recordObserved(ctx, s.wrote)
		p.requeue(ctx, blocked, s.unwritten, 5*time.Second)
		return
	}
	open, blocked := concerned, []grant.Grant(nil)
	flash := false // another writer's edit was seen
	for _, wait := range readBacks {
		if wait > 0 && !p.Pause(ctx, wait) {
			break
		}
		if err := p.read(ctx); err != nil {
			s.unseen = err // not seen means not confirmed
			continue
		}
		if policy.Equivalent(p.doc, s.wrote) {
			p.arrived()
		}
		open, blocked = p.recordObserved(ctx, s.wrote)
		foreign := policy.SameForeign(p.doc, s.wrote, p.ours.owns)
		switch {
		case p.intent != nil: // [bucketPass.compareWithIntent] handles it
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

// reportLostEdit alerts the operators that another writer's edit between the bot's read and write
// was lost: reads showed it without the bot's write, and then the bot's write without it.
func (p *bucketPass) reportLostEdit(ctx context.Context) {
	p.Log.ErrorContext(ctx, "somebody else's edit of a bucket policy was overwritten", "bucket", p.bucket.Name)
	p.alert(ctx, fmt.Sprintf("Somebody else edited the policy of %s in the same moment as I did, and that edit was "+
		"lost. It has to be made again; the audit log has the policy from before my write.", p.bucket.Name))
}

// recordObserved records the results of the last read. It returns the grants that differ from their
// desired state. open grants were written, so waiting can help; blocked ones need another write.
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

// observed returns the next state of a grant that the read shows as desired. errStale means that
// there is nothing to store.
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

// requeue schedules a recheck of grants, as a failure if cause is set.
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
