package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// bucketPass is one pass over one bucket.
type bucketPass struct {
	*pass
	bucket grant.Bucket
	grants []grant.Grant     // for which AWS may hold access, the oldest approval first
	ended  []grant.Grant     // that are looked at once more
	unheld map[grant.ID]bool // of grants: nothing is added for them, see [failpoint.hold] and [bucketPass.holdNamesakes]
	ours   *ownership
	doc    policy.Document   // as AWS last showed it
	closed map[grant.ID]bool // what became of these in this pass is recorded already

	damaged map[grant.ID]damaged // that concern the bucket
	blocked bool                 // nothing is added because of them

	carried inflightWrites
	intent  *intent // a write that may still arrive
	arrived func()  // to be called once the last write is seen in AWS
}

// passBucket makes the policy of a bucket agree with the records. What AWS says
// is recorded with the grants that it concerns; the error is a fault of our own.
func (r *Reconciler) passBucket(ctx context.Context, b grant.Bucket) error {
	p := &bucketPass{pass: r.pass(), bucket: b, ours: r.ownership(ctx), closed: map[grant.ID]bool{}, arrived: func() {}}
	return p.end(ctx, p.run(ctx), "pass over a bucket", "bucket", b.Name)
}

func (p *bucketPass) run(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	if err := p.read(ctx); err != nil {
		p.unreadable(ctx, err)
		return nil
	}
	p.meetDamaged(ctx)
	halted := p.additionsBlocked(ctx)
	if !halted && p.drift(ctx) {
		return nil // what is asked for has changed: the flagged grants are due again
	}
	if !halted {
		p.holdNamesakes(ctx)
	}
	plan := p.plan(halted || p.blocked)
	if p.ours.err != nil {
		return p.ours.err
	}
	if !plan.changes() {
		_, blocked := p.recordObserved(ctx, p.doc)
		p.requeue(ctx, blocked, nil, time.Minute) // whatever unblocks them wakes them
		return nil
	}
	concerned := p.diverging(p.doc)
	done, err := p.write(ctx, plan)
	if err != nil {
		return err
	}
	p.verifyWrite(ctx, done, concerned)
	return nil
}

// load reads the records that the bucket's policy depends on.
func (p *bucketPass) load(ctx context.Context) (err error) {
	if p.grants, err = p.ofBucket(ctx, p.bucket); err != nil {
		return err
	}
	var disowned bool
	if p.unheld, disowned = p.hold(ctx, p.grants); disowned {
		if p.grants, err = p.ofBucket(ctx, p.bucket); err != nil {
			return err
		}
	}
	for _, g := range p.dueGrants(ctx, grant.OwnerWorker) {
		if g.State == grant.Ended && g.Bucket.Name == p.bucket.Name && g.Bucket.AccountID == p.bucket.AccountID {
			p.ended = append(p.ended, g)
		}
	}
	if err := p.loadInflight(ctx); err != nil {
		return err
	}
	return p.loadIntent(ctx)
}

func (p *bucketPass) all() []grant.Grant { return slices.Concat(p.grants, p.ended) }

// read reads the policy as it is. Only the one reply that says that there is
// none counts as an empty policy: after any other error what is known of the
// policy stays as it was, and nothing may be written.
func (p *bucketPass) read(ctx context.Context) error {
	text, err := p.Access.BucketPolicy(ctx, p.bucket)
	if err != nil {
		return err
	}
	doc := policy.Document{}
	if text != "" {
		if doc, err = policy.Parse([]byte(text)); err != nil {
			return fmt.Errorf("reading the policy of %s: %w", p.bucket.Name, err)
		}
	}
	p.doc = doc
	p.compareWithIntent(ctx)
	return nil
}

// unreadable records that the policy could not be read: with the grants that
// were due, or as the end of all of them if the bucket is gone.
func (p *bucketPass) unreadable(ctx context.Context, cause error) {
	if awsaccess.ClassOf(cause) == awsaccess.Gone {
		p.bucketGone(ctx)
		return
	}
	p.Log.WarnContext(ctx, "a bucket policy cannot be read, so it is left alone", "bucket", p.bucket.Name, "err", cause)
	for _, g := range p.all() {
		if due(g.Owner, p.now) {
			p.retry(ctx, g.ID, grant.OwnerHalf, cause)
		}
	}
}

func (p *bucketPass) bucketGone(ctx context.Context) {
	for _, g := range p.all() {
		switch g.State {
		case grant.Ending:
			p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) { return g.RecordAbsent(grant.OwnerHalf, p.Now()) })
		case grant.Ended:
			p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) { return idleHalf(g, grant.OwnerHalf, p.Now()) })
		default:
			p.fail(ctx, g.ID, fmt.Sprintf("The bucket %s does not exist any more.", p.bucket.Name))
		}
	}
}

// drift finds the grants whose statements were confirmed and are not as they
// were, though nobody here has asked for that, and flags them. It reports
// whether there is nothing more to do: it has flagged one, or could not look
// again. A suspect that could not be looked at again must not be written over.
func (p *bucketPass) drift(ctx context.Context) (done bool) {
	suspects := p.suspects()
	if len(suspects) == 0 {
		return false
	}
	for _, wait := range rechecks(suspects, grant.OwnerHalf, p.now) {
		if !p.Pause(ctx, wait) {
			return true
		}
		if err := p.read(ctx); err != nil {
			p.unreadable(ctx, err)
			return true
		}
		if suspects = p.suspects(); len(suspects) == 0 {
			return false
		}
	}
	for _, g := range suspects {
		what := "removed"
		if !preflight.Absent(p.doc, g.ID) {
			if p.failIfGone(ctx, g) { // then it is AWS that shows another principal
				continue
			}
			what = "altered"
		}
		p.reportDrift(ctx, g, grant.OwnerHalf, fmt.Sprintf("The statement in the policy of %s was %s by somebody else.", p.bucket.Name, what))
	}
	return true
}

// holdNamesakes keeps a statement that was written once, and is not there, from
// being written again for another principal of the same name: AWS would take the
// name for whoever has it by now. Without an answer from IAM nothing is added.
func (p *bucketPass) holdNamesakes(ctx context.Context) {
	for _, g := range p.grants {
		if !g.WantsAccess(p.now) || g.Owner.WrittenAt.IsZero() || g.Principal.External || p.unheld[g.ID] || !preflight.Absent(p.doc, g.ID) {
			continue
		}
		gone, err := p.isGone(ctx, g)
		if gone || err != nil {
			p.unheld[g.ID] = true
		}
	}
}

// failIfGone ends a grant whose principal is gone, has another name, or is
// somebody else of the same name by now. Of an external principal only the
// policy tells.
func (p *bucketPass) failIfGone(ctx context.Context, g grant.Grant) bool {
	gone, _ := p.isGone(ctx, g)
	return gone
}

// isGone is failIfGone, with the error of an IAM that does not say.
func (p *bucketPass) isGone(ctx context.Context, g grant.Grant) (gone bool, err error) {
	why := fmt.Sprintf("%s does not exist any more.", g.Principal.ARN)
	if g.Principal.External {
		if !orphaned(p.doc, g) {
			return false, nil
		}
		p.fail(ctx, g.ID, why)
		return true, nil
	}
	arn, id, err := p.Access.Principal(ctx, g.Principal)
	switch {
	case awsaccess.ClassOf(err) == awsaccess.Gone || err == nil && id != g.Principal.UniqueID:
	case err == nil && arn != g.Principal.ARN:
		why = movedTo(g, arn)
	default:
		return false, err
	}
	p.fail(ctx, g.ID, why)
	return true, nil
}

// suspects are the grants whose statements were confirmed and are not there as
// they should be, nor as they were before an extension that is on its way.
func (p *bucketPass) suspects() []grant.Grant {
	return slices.DeleteFunc(slices.Clone(p.grants), func(g grant.Grant) bool {
		if !g.WantsAccess(p.now) || !g.WasConfirmed(grant.OwnerHalf) || hasStatements(p.doc, g, g.ExpiresAt) {
			return true
		}
		return matchesPreviousExpiry(p.doc, g)
	})
}

// matchesPreviousExpiry reports whether a document holds a grant's statements as they were
// last confirmed, before an extension that is on its way.
func matchesPreviousExpiry(doc policy.Document, g grant.Grant) bool {
	return slices.ContainsFunc(g.Parts, func(part grant.Part) bool {
		return part.Half == grant.OwnerHalf && !part.Confirmed.IsZero() && hasStatements(doc, g, part.Confirmed)
	})
}

// diverging returns the grants that a document does not show as they should be.
func (p *bucketPass) diverging(doc policy.Document) (gs []grant.Grant) {
	now := p.Now()
	for _, g := range p.all() {
		if !matchesDesired(doc, g, now) {
			gs = append(gs, g)
		}
	}
	return gs
}
