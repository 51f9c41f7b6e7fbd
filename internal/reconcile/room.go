package reconcile

import (
	"context"
	"errors"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// roomFor is how long an approver waits for AWS before the approval is taken
// without its word.
const roomFor = 5 * time.Second

// Room returns a refusal if g, approved now, would pass a limit of AWS, would
// open more than it says, or has lost its bucket or principal since it was
// checked, and while the clock is wrong. AWS out of reach is no reason to refuse: an approved grant is tried
// until it expires.
func (r *Reconciler) Room(ctx context.Context, g grant.Grant) error {
	ctx, cancel := context.WithTimeout(ctx, roomFor)
	defer cancel()
	err := r.ofApproved(ctx, g.ID)
	if err == nil {
		err = r.room(ctx, g)
	}
	if wrong := r.wrongClock(); wrong != nil {
		return wrong // whatever else AWS has said
	}
	var no *grant.Refusal
	if err == nil || errors.As(err, &no) {
		return err
	}
	r.Log.WarnContext(ctx, "an approval could not be held against AWS's limits", "grant", g.ID, "err", err)
	return nil
}

// Again returns a refusal if a grant that is to last longer would be refused as
// a new request by what AWS says today. Like Room, it does not take silence for
// a no.
func (r *Reconciler) Again(ctx context.Context, g grant.Grant) error {
	ctx, cancel := context.WithTimeout(ctx, roomFor)
	defer cancel()
	err := r.ofApproved(ctx, g.ID)
	if err == nil {
		_, err = r.judgeAsFound(ctx, g)
	}
	if err == nil {
		_, _, err = r.examineBucket(ctx, g)
	}
	if err == nil {
		err = r.roomForPrincipal(ctx, g)
	}
	if wrong := r.wrongClock(); wrong != nil {
		return wrong
	}
	var no *grant.Refusal
	if err == nil || errors.As(err, &no) {
		return err
	}
	r.Log.WarnContext(ctx, "an extension could not be held against what AWS says", "grant", g.ID, "err", err)
	return nil
}

// Findings asks AWS about a request once more, as an approver has changed it.
func (r *Reconciler) Findings(ctx context.Context, g grant.Grant) (grant.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, roomFor)
	defer cancel()
	doc, facts, err := r.examineBucket(ctx, g)
	if err == nil {
		var all []grant.Grant
		var found grant.Findings
		if all, err = grant.DecidedWith(ctx, r.Store, g); err != nil {
			return grant.Findings{}, err
		}
		var seen observed
		if seen, err = r.observe(ctx, g, facts); err == nil {
			if found, err = r.findings(g, doc, seen, all); err == nil {
				return found, nil
			}
		}
	}
	var no *grant.Refusal
	if errors.As(err, &no) {
		return grant.Findings{}, err
	}
	r.Log.WarnContext(ctx, "a change could not be held against what AWS says", "grant", g.ID, "err", err)
	return grant.Findings{}, grant.Refuse("AWS could not be asked about the change just now, so nothing was changed.").WithHint("Try again in a minute.")
}

func (r *Reconciler) room(ctx context.Context, g grant.Grant) error {
	if _, err := r.judgeAsFound(ctx, g); err != nil {
		return err
	}
	text, err := r.Access.BucketPolicy(ctx, g.Bucket)
	if awsaccess.ClassOf(err) == awsaccess.Gone {
		return grant.NoSuchBucket(g.Bucket.Name)
	}
	if err != nil {
		return err
	}
	var doc policy.Document
	if text != "" {
		if doc, err = policy.Parse([]byte(text)); err != nil {
			return unreadable(g, err)
		}
	}
	if err := r.blocked(g, doc, awsaccess.Facts{Enforced: true}); err != nil {
		return err // even if S3 does not tell the rest
	}
	facts, err := r.Access.Facts(ctx, g.Bucket, g.Level.Writes())
	if err != nil {
		return err
	}
	if err := r.blocked(g, doc, facts); err != nil {
		return err
	}
	others, err := r.ofBucket(ctx, g.Bucket)
	if err != nil {
		return err
	}
	now := r.Now()
	for _, o := range others {
		if o.Asks(now) && absent(doc, o.ID) { // approved, and on its way there
			doc = with(doc, o)
		}
	}
	asked, err := grant.DecidedWith(ctx, r.Store, g)
	if err != nil {
		return err
	}
	doc = r.withOthers(doc, g, asked)
	if !doc.With(askOf(g, now.Add(g.Term.Duration())).Statements()...).Fits() {
		return fullPolicy(g)
	}
	return r.roomForPrincipal(ctx, g)
}

func (r *Reconciler) roomForPrincipal(ctx context.Context, g grant.Grant) error {
	if g.Principal.External {
		return nil
	}
	_, id, err := r.Access.Principal(ctx, g.Principal)
	if awsaccess.ClassOf(err) == awsaccess.Gone || err == nil && id != g.Principal.UniqueID {
		return grant.Refuse("%s was deleted since this was asked.", g.Principal.ARN).WithHint("Deny it, and have them ask again.")
	}
	if err != nil {
		return err
	}
	return r.mayJoin(ctx, g.Principal)
}
