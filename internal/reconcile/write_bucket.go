package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// write carries a plan out: at best as one write, and if AWS refuses that for
// its content, the removals alone and then the additions one by one, so that
// only the culprit fails.
func (p *bucketPass) write(ctx context.Context, pl plan) (settling, error) {
	all := pl.with(pl.add)
	if all.Fits() || len(pl.add) == 0 {
		err := p.send(ctx, pl.before, all, pl.add)
		switch awsaccess.ClassOf(err) {
		case "":
			return settling{wrote: &all, before: pl.before}, nil
		case awsaccess.Malformed, awsaccess.Limit:
			// somebody's statement is at fault: find out whose
		default:
			return p.refused(ctx, pl, all, err)
		}
	}
	return p.isolate(ctx, pl)
}

// refused records a write that failed as a whole. What may have taken effect is
// read back, like what was confirmed.
func (p *bucketPass) refused(ctx context.Context, pl plan, wanted policy.Document, cause error) (settling, error) {
	var fault *awsaccess.Error
	if !asError(cause, &fault) {
		return settling{}, cause // of our own store: nothing was sent
	}
	switch fault.Class {
	case awsaccess.Gone:
		p.bucketGone(ctx)
		return settling{}, errMoved
	case awsaccess.Unknown:
		return settling{wrote: &wanted, before: pl.before, doubt: cause}, nil
	}
	return settling{wrote: &pl.before, before: pl.before, doubt: cause}, nil
}

// isolate writes the removals, then each addition on top of those that went in.
func (p *bucketPass) isolate(ctx context.Context, pl plan) (settling, error) {
	have := pl.before
	if pl.removes() {
		if err := p.send(ctx, have, pl.without, nil); err != nil {
			return p.refused(ctx, pl, pl.without, p.explain(err, pl.without))
		}
		have = pl.without
	}
	var in []grant.Grant
	for _, g := range pl.add {
		try := pl.with(append(slices.Clone(in), g))
		if !try.Fits() {
			p.fail(ctx, g.ID, fmt.Sprintf("The policy of %s is full: AWS allows %d bytes.", p.bucket.Name, policy.MaxBucketPolicy))
			continue
		}
		err := p.send(ctx, have, try, []grant.Grant{g})
		switch class := awsaccess.ClassOf(err); class {
		case "":
			in, have = append(in, g), try
		case awsaccess.Malformed, awsaccess.Limit:
			p.culprit(ctx, g, class, p.explain(err, pl.without))
		default:
			return p.refused(ctx, plan{before: have, without: pl.without, add: pl.add}, try, err)
		}
	}
	return settling{wrote: &have, before: pl.before}, nil
}

// culprit records that AWS refuses the statements of one grant.
func (p *bucketPass) culprit(ctx context.Context, g grant.Grant, class awsaccess.Class, cause error) {
	if class == awsaccess.Limit {
		p.fail(ctx, g.ID, fmt.Sprintf("The policy of %s is full: AWS refused another statement.", p.bucket.Name))
		return
	}
	if !g.Principal.External {
		_, id, err := p.Access.Principal(ctx, g.Principal)
		if awsaccess.ClassOf(err) == awsaccess.Gone || err == nil && id != g.Principal.UniqueID {
			p.fail(ctx, g.ID, fmt.Sprintf("%s does not exist any more.", g.Principal.ARN))
			return
		}
	}
	p.retry(ctx, g.ID, grant.OwnerHalf, cause) // a principal that was just made is refused for a while
}

// explain adds to a refusal what most likely causes it and how to repair it: a
// deleted principal in somebody else's statement makes AWS refuse every write.
func (p *bucketPass) explain(cause error, doc policy.Document) error {
	for i, st := range doc.Statements() {
		if orphans := st.Orphans(); len(orphans) > 0 {
			return fmt.Errorf("%w: AWS refuses every change of this policy because statement %d (Sid %q) names the deleted principal %s; take that principal out of it",
				cause, i+1, st.Sid(), orphans[0])
		}
	}
	return cause
}

// send commits what is about to happen, with the policy before it, and then
// writes. From the commit on, a reader of the record knows that AWS may hold
// these statements, whatever the reply says.
func (p *bucketPass) send(ctx context.Context, before, after policy.Document, add []grant.Grant) error {
	now := p.Now()
	change := grant.Change{At: now, Entries: []grant.Entry{p.entry(before, after, now)}}
	for _, seen := range add {
		g, err := p.Store.Get(ctx, seen.ID)
		if err != nil {
			return err
		}
		if !g.Asks(now) || !g.ExpiresAt.Equal(seen.ExpiresAt) {
			return errMoved
		}
		change.Put(g, g.Asking(grant.OwnerHalf, grant.Statement, sids(g), now))
	}
	if err := p.Store.Commit(ctx, change); err != nil {
		return err
	}
	if after.IsEmpty() {
		return p.Access.DeleteBucketPolicy(ctx, p.bucket)
	}
	return p.Access.PutBucketPolicy(ctx, p.bucket, string(after.Bytes()))
}

func (p *bucketPass) entry(before, after policy.Document, now time.Time) grant.Entry {
	what, _ := policy.Describe(before, after)
	text := func(d policy.Document) string {
		if d.IsEmpty() {
			return ""
		}
		return string(d.Bytes())
	}
	return grant.Entry{At: now, Kind: "write", Facts: map[string]string{
		"bucket": p.bucket.Name, "owner_account": p.bucket.AccountID,
		"what": what, "before": text(before), "after": text(after),
	}}
}

func sids(g grant.Grant) []string {
	var keys []string
	for _, st := range askOf(g, g.ExpiresAt).Statements() {
		keys = append(keys, st.Sid)
	}
	return keys
}
