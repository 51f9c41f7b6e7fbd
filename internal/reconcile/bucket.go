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
	grants []grant.Grant     // grants that AWS may hold access for, oldest approval first
	ended  []grant.Grant     // ended grants that are rechecked
	unheld map[grant.ID]bool // grants without additions, see [pass.hold] and [bucketPass.holdNamesakes]
	ours   *ownership
	doc    policy.Document   // the policy as last read
	closed map[grant.ID]bool // grants whose result is recorded already

	damaged map[grant.ID]damaged // damaged grants of the bucket
	blocked bool                 // they block additions

	carried inflightWrites
	intent  *intent // a write that may still arrive
	arrived func()  // called when a read shows the last write
}

// passBucket makes the policy of a bucket agree with the records. Errors of AWS are recorded with
// the grants that they concern; the returned error is an internal fault.
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
		return nil // the desired state has changed: the flagged grants are due again
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
		p.requeue(ctx, blocked, nil, time.Minute) // the end of the blockage schedules them
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

// load reads the records that determine the bucket's policy.
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
	p.loadIntent(ctx)
	return nil
}

func (p *bucketPass) all() []grant.Grant { return slices.Concat(p.grants, p.ended) }

// read reads the policy. Only NoSuchBucketPolicy counts as an empty policy. After any other error
// the last known policy stays, and nothing may be written.
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

// unreadable records that the policy could not be read: as a failure of the due grants, or as the
// end of all grants if the bucket is gone.
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

// drift flags the grants with confirmed statements that have changed without the bot. done means
// that the pass ends here: a grant was flagged, or a reread failed. The pass must not overwrite a
// suspect that it could not reread.
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
			if p.failIfGone(ctx, g) { // AWS shows another principal
				continue
			}
			what = "altered"
		}
		p.reportDrift(ctx, g, grant.OwnerHalf,
			fmt.Sprintf("The statement in the policy of %s was %s by somebody else.", p.bucket.Name, what))
	}
	return true
}

// holdNamesakes blocks the rewrite of a statement that was written once and is missing, if another
// principal now has the name: AWS would resolve the name to the new principal. If IAM does not
// answer, nothing is added.
func (p *bucketPass) holdNamesakes(ctx context.Context) {
	for _, g := range p.grants {
		if !g.WantsAccess(p.now) || g.Owner.WrittenAt.IsZero() || g.Principal.External || p.unheld[g.ID] ||
			!preflight.Absent(p.doc, g.ID) {
			continue
		}
		gone, err := p.isGone(ctx, g)
		if gone || err != nil {
			p.unheld[g.ID] = true
		}
	}
}

// failIfGone ends a grant whose principal was deleted, renamed or replaced by another of the same
// name. For an external principal only the policy shows this.
func (p *bucketPass) failIfGone(ctx context.Context, g grant.Grant) bool {
	gone, _ := p.isGone(ctx, g)
	return gone
}

// isGone is failIfGone with the error of IAM.
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

// suspects returns the grants whose confirmed statements differ both from the desired ones and from
// those before a pending extension.
func (p *bucketPass) suspects() []grant.Grant {
	return slices.DeleteFunc(slices.Clone(p.grants), func(g grant.Grant) bool {
		if !g.WantsAccess(p.now) || !g.WasConfirmed(grant.OwnerHalf) || hasStatements(p.doc, g, g.ExpiresAt) {
			return true
		}
		return matchesPreviousExpiry(p.doc, g)
	})
}

// matchesPreviousExpiry reports whether a document holds a grant's statements as last confirmed,
// before a pending extension.
func matchesPreviousExpiry(doc policy.Document, g grant.Grant) bool {
	return slices.ContainsFunc(g.Parts, func(part grant.Part) bool {
		return part.Half == grant.OwnerHalf && !part.Confirmed.IsZero() && hasStatements(doc, g, part.Confirmed)
	})
}

// diverging returns the grants whose statements in a document differ from the desired ones.
func (p *bucketPass) diverging(doc policy.Document) (gs []grant.Grant) {
	now := p.Now()
	for _, g := range p.all() {
		if !matchesDesired(doc, g, now) {
			gs = append(gs, g)
		}
	}
	return gs
}
