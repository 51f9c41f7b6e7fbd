package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// A bucketPass is one pass over one bucket. Its steps pass values: load → observe → plan → write →
// verify → record.
type bucketPass struct {
	r      *Reconciler
	bucket grant.Bucket
	began  time.Time
	late   *lateWrites // of earlier passes too
}

// passBucket makes the policy of a bucket agree with the records. due are the grants that it was
// started for. Errors of AWS are recorded with the grants that they concern; the returned error is
// an internal fault.
func (r *Reconciler) passBucket(ctx context.Context, b grant.Bucket, due ...grant.ID) error {
	late, _ := r.late.LoadOrStore(b.AccountID+" "+b.Name, new(lateWrites))
	p := bucketPass{r, b, r.now(), late.(*lateWrites)}
	return r.end(ctx, errors.Join(p.run(ctx, due), p.reportLostEdit(ctx)), "pass over a bucket", "bucket", b.Name)
}

func (p bucketPass) run(ctx context.Context, due []grant.ID) error {
	onBucket := func() ([]grant.Grant, error) { return preflight.OnBucket(ctx, p.r.store, p.bucket) }
	rs, fault, err := p.r.load(ctx, due, p.began, onBucket, p.isOn)
	if err == nil {
		err = p.loadLateWrites(ctx, rs)
	}
	if err == nil {
		err = p.agree(ctx, rs)
	}
	return errors.Join(fault, err)
}

// isOn reports whether a grant is on the bucket.
func (p bucketPass) isOn(g grant.Grant) bool {
	return g.Bucket.Name == p.bucket.Name && g.Bucket.AccountID == p.bucket.AccountID
}

// agree makes the policy agree with records.
func (p bucketPass) agree(ctx context.Context, rs records) error {
	doc, err := p.read(ctx)
	if err != nil {
		return p.recordUnreadable(ctx, rs, err)
	}
	o, err := p.observe(ctx, rs, doc)
	if err != nil {
		return err
	}
	var fault error
	if !o.gate.isClosed() {
		var done bool
		if o, done, err = p.drift(ctx, o); done || err != nil {
			return err
		}
		o.withheld, fault = p.withholdNamesakes(ctx, o)
	}
	return errors.Join(fault, p.apply(ctx, o))
}

// apply carries out the plan of an observation and records the results.
func (p bucketPass) apply(ctx context.Context, o observation) error {
	pl := o.plan()
	if !pl.changes() {
		_, blocked, err := p.record(ctx, o, o.doc)
		if len(blocked) > 0 {
			o.additions().logHeldBack(ctx, p.r.log, "bucket", p.bucket.Name)
		}
		return errors.Join(err, p.r.requeue(ctx, p.began, blocked, grant.OwnerHalf, nil, time.Minute))
	}
	done, err := p.write(ctx, pl)
	refused := each(done.refused, func(no refusedGrant) error { return p.recordRefusal(ctx, o.doc, no) })
	switch {
	case err != nil:
		return errors.Join(ignoreStale(err), refused)
	case done.gone:
		return errors.Join(refused, p.recordGone(ctx, o.records))
	}
	return errors.Join(refused, p.verify(ctx, o, done))
}

// read reads the policy. Only NoSuchBucketPolicy counts as an empty policy. After any other error
// nothing may be written.
func (p bucketPass) read(ctx context.Context) (doc policy.Document, err error) {
	text, err := p.r.aws.BucketPolicy(ctx, p.bucket)
	if err != nil || text == "" {
		return doc, err
	}
	if doc, err = policy.Parse([]byte(text)); err != nil {
		return doc, fmt.Errorf("reading the policy of %s: %w", p.bucket.Name, err)
	}
	return doc, nil
}

// observe returns the observation of a policy that was read. Its error is an internal fault.
func (p bucketPass) observe(ctx context.Context, rs records, doc policy.Document) (observation, error) {
	o := observation{records: rs, now: p.began, owned: ownershipOf(rs), gate: p.r.gate(ctx)}
	o, unlisted, err := p.reread(ctx, o, doc)
	if err != nil {
		return o, err
	}
	all, many := p.r.damagedGrants(ctx) // after the reads of all statements' records, which may find damage
	o.damage, o.damaged = many, map[grant.ID]damaged{}
	for _, d := range all {
		if d.isOn(p.bucket) || !preflight.Absent(doc, d.ID) {
			o.damaged[d.ID], o.damage, o.owned[d.ID] = d, true, true
		}
	}
	o.withheld = maps.Clone(rs.withheld)
	for _, g := range unlisted {
		if g.WantsAccess(o.now) && p.isOn(g) {
			p.r.log.ErrorContext(ctx, "a grant is missing from the list of its bucket", "grant", g.ID, "bucket", p.bucket.Name)
			o.grants, o.withheld[g.ID] = append(slices.Clip(o.grants), g), true // it keeps its statements
			byAge(o.grants)
		}
	}
	return o, nil
}

// reread returns an observation with a policy that was read later, and the grants of its statements
// that were not among the records.
func (p bucketPass) reread(ctx context.Context, o observation, doc policy.Document) (
	_ observation, unlisted []grant.Grant, err error) {
	o.doc = doc
	if o.owned, unlisted, err = p.owners(ctx, o.owned, append(p.late.statements(), doc.Statements()...)...); err == nil {
		p.late.compare(doc, o.owned, p.r.now())
		_ = p.reportLostEdit(ctx) // at once: a kill must not lose it. The end of the pass tries again
	}
	return o, unlisted, err
}

// owners adds to an ownership the ids in statements. It returns the grants that it read, too. After
// an error nothing may be written.
func (p bucketPass) owners(ctx context.Context, known ownership, statements ...policy.Statement) (
	owned ownership, read []grant.Grant, err error) {
	owned = maps.Clone(known)
	for _, st := range statements {
		id, formed := policy.IDOfSid(st.Sid())
		if _, looked := owned[grant.ID(id)]; looked || !formed {
			continue
		}
		g, err := p.r.store.Get(ctx, grant.ID(id))
		switch {
		case err == nil:
			read = append(read, g)
		case !errors.Is(err, store.ErrUnreadable) && !errors.Is(err, store.ErrNotFound):
			return nil, nil, fmt.Errorf("finding out whose statement %s is: %w", st.Sid(), err)
		}
		owned[grant.ID(id)] = !errors.Is(err, store.ErrNotFound)
	}
	return owned, read, nil
}

// recordUnreadable records that the policy could not be read: as a failure of the due grants, or as the
// end of all grants if the bucket is gone.
func (p bucketPass) recordUnreadable(ctx context.Context, rs records, cause error) error {
	if awsaccess.ClassOf(cause) == awsaccess.Gone {
		return p.recordGone(ctx, rs)
	}
	p.r.passes.failed(p.bucket.AccountID, cause)
	p.r.log.WarnContext(ctx, "a bucket policy cannot be read, so it is left alone", "bucket", p.bucket.Name, "err", cause)
	return p.r.retryDue(ctx, p.began, rs.all(), grant.OwnerHalf, cause)
}

// recordGone ends all grants of a bucket that does not exist.
func (p bucketPass) recordGone(ctx context.Context, rs records) error {
	return p.r.recordEach(ctx, rs.all(), func() step {
		return func(g grant.Grant) (grant.Grant, error) {
			now := p.r.now()
			switch g.State {
			case grant.Ending:
				return g.Half(grant.OwnerHalf).RecordAbsent(now)
			case grant.Ended:
				return idleHalf(g, grant.OwnerHalf, now)
			}
			return g.Apply(grant.Fail{Why: fmt.Sprintf("The bucket %s does not exist any more.", p.bucket.Name)}, now)
		}
	})
}

// drift flags the grants with confirmed statements that have changed without the bot. It rereads the
// policy, and returns the latest observation. done means that the pass ends here: a grant was
// flagged, or a reread failed. The pass must not overwrite a suspect that it could not reread.
func (p bucketPass) drift(ctx context.Context, o observation) (_ observation, done bool, err error) {
	suspects := o.suspects()
	if len(suspects) == 0 {
		return o, false, nil
	}
	for _, wait := range rechecks(suspects, grant.OwnerHalf, p.began) {
		if !p.r.pause(ctx, wait) {
			return o, true, nil
		}
		doc, err := p.read(ctx)
		if err != nil {
			return o, true, p.recordUnreadable(ctx, o.records, err)
		}
		if o, err = p.observe(ctx, o.records, doc); err != nil {
			return o, true, err
		}
		if suspects = o.suspects(); len(suspects) == 0 {
			return o, false, nil
		}
	}
	return o, true, each(suspects, func(g grant.Grant) error {
		absent := preflight.Absent(o.doc, g.ID)
		if !absent {
			if why, _ := p.whyGone(ctx, o.doc, g); why != "" { // AWS shows another principal
				return p.r.fail(ctx, g.ID, why)
			}
		}
		return p.r.reportDrift(ctx, p.began, g, drift{grant.OwnerHalf, describeDrift(o.doc, g), absent})
	})
}

// withholdNamesakes returns the grants without additions. It adds those with a statement that was
// written once and is missing, if another principal now has the name: AWS would resolve the name to
// the new principal. If IAM does not answer, nothing is added.
func (p bucketPass) withholdNamesakes(ctx context.Context, o observation) (map[grant.ID]bool, error) {
	withheld := maps.Clone(o.withheld)
	return withheld, each(o.grants, func(g grant.Grant) error {
		if !g.WantsAccess(o.now) || g.Owner.WrittenAt.IsZero() || g.Principal.External || withheld[g.ID] ||
			!preflight.Absent(o.doc, g.ID) {
			return nil
		}
		why, err := p.whyGone(ctx, o.doc, g)
		if why == "" {
			withheld[g.ID] = err != nil
			return nil
		}
		withheld[g.ID] = true
		return p.r.fail(ctx, g.ID, why)
	})
}

// whyGone returns the reason if a grant's principal was deleted, renamed or replaced by another of
// the same name, and otherwise "". For an external principal only the policy shows this. The error
// is that of IAM.
func (p bucketPass) whyGone(ctx context.Context, doc policy.Document, g grant.Grant) (why string, err error) {
	gone := fmt.Sprintf("%s does not exist any more.", g.Principal.ARN)
	if g.Principal.External {
		if !orphaned(doc, g) {
			gone = ""
		}
		return gone, nil
	}
	arn, id, err := p.r.aws.Principal(ctx, g.Principal)
	switch {
	case awsaccess.ClassOf(err) == awsaccess.Gone || err == nil && id != g.Principal.UniqueID:
		return gone, nil
	case err == nil && arn != g.Principal.ARN:
		return movedTo(g, arn), nil
	}
	return "", err
}
