package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// bucketPass is one pass over one bucket.
type bucketPass struct {
	*Reconciler
	bucket grant.Bucket
	grants []grant.Grant // for which AWS may hold access, the oldest approval first
	ended  []grant.ID    // that are looked at once more
	ours   *ours
	doc    policy.Document // as AWS last showed it
	now    time.Time
}

// passBucket makes the policy of a bucket agree with the records.
func (r *Reconciler) passBucket(ctx context.Context, b grant.Bucket) {
	p := &bucketPass{Reconciler: r, bucket: b, ours: r.ours(ctx), now: r.Now()}
	if err := p.run(ctx); err != nil && !errors.Is(err, errMoved) {
		r.Log.ErrorContext(ctx, "pass over a bucket", "bucket", b.Name, "err", err)
	}
}

// run returns an error only for a fault of our own; what AWS says is recorded
// with the grants that it concerns.
func (p *bucketPass) run(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	if err := p.read(ctx); err != nil {
		p.unreadable(ctx, err)
		return nil
	}
	halted := p.halted(ctx)
	if !halted {
		if moved := p.drift(ctx); moved {
			return errMoved // what is asked for has changed: the flagged grants are due again
		}
	}
	plan := p.plan(halted)
	if p.ours.err != nil {
		return p.ours.err
	}
	if !plan.changes() {
		p.settle(ctx, settling{})
		return nil
	}
	done, err := p.write(ctx, plan)
	if err != nil {
		return err
	}
	p.settle(ctx, done)
	return nil
}

// load reads the records that the bucket's policy depends on.
func (p *bucketPass) load(ctx context.Context) (err error) {
	if p.grants, err = p.ofBucket(ctx, p.bucket); err != nil {
		return err
	}
	for _, g := range p.dueGrants(ctx, grant.OwnerLoop) {
		if g.Bucket.Name == p.bucket.Name && g.State == grant.Ended {
			p.ended = append(p.ended, g.ID)
		}
	}
	return nil
}

// read reads the policy as it is. Only the one reply that says that there is
// none counts as an empty policy: after any other error nothing is written.
func (p *bucketPass) read(ctx context.Context) error {
	text, err := p.Access.BucketPolicy(ctx, p.bucket)
	if err != nil {
		return err
	}
	if text == "" {
		p.doc = policy.Document{}
		return nil
	}
	p.doc, err = policy.Parse([]byte(text))
	if err != nil {
		return fmt.Errorf("reading the policy of %s: %w", p.bucket.Name, err)
	}
	return nil
}

// unreadable records that the policy could not be read: with the grants that
// were due, or as the end of all of them if the bucket is gone.
func (p *bucketPass) unreadable(ctx context.Context, cause error) {
	if awsaccess.ClassOf(cause) == awsaccess.Gone {
		p.bucketGone(ctx)
		return
	}
	for _, g := range p.grants {
		if due(g.Owner, p.now) {
			p.retry(ctx, g.ID, grant.OwnerHalf, cause)
		}
	}
	for _, id := range p.ended {
		p.retry(ctx, id, grant.OwnerHalf, cause)
	}
}

func (p *bucketPass) bucketGone(ctx context.Context) {
	for _, g := range p.grants {
		if g.State == grant.Ending {
			p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) { return g.Gone(grant.OwnerHalf, p.Now()) })
			continue
		}
		p.fail(ctx, g.ID, fmt.Sprintf("The bucket %s does not exist any more.", p.bucket.Name))
	}
	for _, id := range p.ended {
		p.record(ctx, id, notAgain(grant.OwnerHalf))
	}
}

// due reports whether a half is waiting to be looked at.
func due(progress grant.Progress, now time.Time) bool {
	return !progress.Next.IsZero() && !progress.Next.After(now)
}

func notAgain(h grant.Half) func(grant.Grant) (grant.Grant, error) {
	return func(g grant.Grant) (grant.Grant, error) { return g.LookAgain(h, time.Time{}), nil }
}

// A plan is the difference between a policy and what the records ask of it.
type plan struct {
	before  policy.Document
	without policy.Document // the same without those of our statements that nobody asks for
	add     []grant.Grant   // the oldest approval first
}

func (pl plan) changes() bool {
	return len(pl.add) > 0 || pl.removes()
}

func (pl plan) removes() bool { return len(pl.without.Statements()) != len(pl.before.Statements()) }

// with returns the document that also has the statements of the grants.
func (pl plan) with(gs []grant.Grant) policy.Document {
	doc := pl.without
	for _, g := range gs {
		doc = doc.With(askOf(g, g.ExpiresAt).Statements()...)
	}
	return doc
}

// plan leaves alone what is as it should be, so that a pass that has nothing to
// do writes nothing. While halted, nothing is added.
func (p *bucketPass) plan(halted bool) plan {
	keep := map[string]bool{}
	pl := plan{before: p.doc}
	for _, g := range p.grants {
		switch {
		case !g.Asks(p.now):
		case present(p.doc, g, g.ExpiresAt):
			keep[string(g.ID)] = true
		case halted, orphaned(p.doc, g):
		default:
			pl.add = append(pl.add, g)
		}
	}
	pl.without = p.doc.Without(func(st policy.Statement) bool {
		id, _ := policy.IDOfSid(st.Sid())
		return !keep[id] && p.ours.is(st)
	})
	return pl
}

// drift finds the grants whose statements were confirmed and are not as they
// were, though nobody here has asked for that. They are flagged, or put back if
// their rule says so. It reports whether any was.
func (p *bucketPass) drift(ctx context.Context) (moved bool) {
	suspects := p.suspects()
	for look := range looks(suspects, p.now) {
		if len(suspects) == 0 || !p.Pause(ctx, time.Duration(min(look, 1))*time.Second) || p.read(ctx) != nil {
			return false
		}
		suspects = p.suspects()
	}
	for _, g := range suspects {
		if orphaned(p.doc, g) { // its principal is gone: the other half finds that out
			p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) { return g.LookAgain(grant.GranteeHalf, p.Now()), nil })
			continue
		}
		what := "altered"
		if absent(p.doc, g.ID) {
			what = "removed"
		}
		p.flag(ctx, g, grant.OwnerHalf, fmt.Sprintf("The statement in the policy of %s was %s by somebody else.", p.bucket.Name, what))
		moved = true
	}
	return moved
}

// looks returns how often a suspect is looked at again before it counts. What
// was confirmed a moment ago may only be hidden by a read that is behind.
func looks(suspects []grant.Grant, now time.Time) int {
	for _, g := range suspects {
		if now.Sub(g.Owner.ConfirmedAt) < time.Minute {
			return 5
		}
	}
	return 2
}

func (p *bucketPass) suspects() []grant.Grant {
	return slices.DeleteFunc(slices.Clone(p.grants), func(g grant.Grant) bool {
		if !g.Asks(p.now) || !g.WasConfirmed(grant.OwnerHalf) || present(p.doc, g, g.ExpiresAt) {
			return true
		}
		for _, part := range g.Parts { // an extension is on its way
			if part.Half == grant.OwnerHalf && present(p.doc, g, part.Confirmed) {
				return true
			}
		}
		return false
	})
}

// flag records that somebody else changed a half of a grant.
func (r *Reconciler) flag(ctx context.Context, g grant.Grant, h grant.Half, what string) {
	rule, covered := r.Rules.RuleFor(g)
	heal := covered && rule.Heal
	r.Log.WarnContext(ctx, "changed by somebody else", "grant", g.ID, "half", h, "heal", heal)
	r.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) {
		if !g.Asks(r.Now()) {
			return g, errMoved
		}
		next, err := g.Next(grant.Act{Kind: grant.Drift, At: r.Now(), Half: h, Why: what})
		if err != nil || !heal {
			return next, err
		}
		return next.Next(grant.Act{Kind: grant.PutBack, At: r.Now(), Rule: &rule})
	})
}
