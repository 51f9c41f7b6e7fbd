package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// write carries out a plan, with one write if possible. If AWS refuses the contents, it writes the
// removals alone and then each addition, so that only the grant at fault fails. Its error is an
// internal fault, or errStale.
func (p *bucketPass) write(ctx context.Context, pl plan) (writeResult, error) {
	all := with(pl.base, pl.add...)
	alone := len(pl.add) == 1 && !pl.removes()
	if !all.Fits() && len(pl.add) > 0 {
		return p.isolate(ctx, pl)
	}
	refusal, err := p.send(ctx, pl.before, all, pl.add)
	switch class := awsaccess.ClassOf(refusal); {
	case err != nil:
		return writeResult{}, err
	case class == "":
		return writeResult{before: pl.before, wrote: all}, nil
	case class != awsaccess.Malformed && class != awsaccess.MembershipLimit || len(pl.add) == 0:
		return p.afterRefusal(ctx, pl.before, pl.before, all, refusal)
	case alone:
		if _, _, id := orphan(pl.base); id != "" {
			return p.afterRefusal(ctx, pl.before, pl.before, all, refusal)
		}
		p.blame(ctx, pl.add[0], class, refusal)
		return writeResult{before: pl.before, wrote: pl.before}, nil
	}
	return p.isolate(ctx, pl)
}

// afterRefusal returns the result of a write that failed for all its grants. before is the policy
// as read, have includes the writes since, and tried is the failed policy.
func (p *bucketPass) afterRefusal(ctx context.Context, before, have, tried policy.Document, cause error) (
	writeResult, error) {
	switch awsaccess.ClassOf(cause) {
	case awsaccess.Gone:
		p.bucketGone(ctx)
		return writeResult{}, errStale
	case awsaccess.Unknown:
		return writeResult{before: before, wrote: tried, unseen: cause}, nil
	}
	return writeResult{before: before, wrote: have, unwritten: explain(cause, tried)}, nil
}

// isolate writes the removals, then each addition on top of the successful ones.
func (p *bucketPass) isolate(ctx context.Context, pl plan) (writeResult, error) {
	have := pl.before
	if pl.removes() {
		refusal, err := p.send(ctx, have, pl.base, nil)
		if err != nil {
			return writeResult{}, err
		}
		if refusal != nil {
			return p.afterRefusal(ctx, pl.before, have, pl.base, refusal)
		}
		have = pl.base
	}
	for _, g := range pl.add {
		try := with(have, g)
		if !try.Fits() && try.Size() > have.Size() {
			p.failFull(ctx, g, fmt.Sprintf("AWS allows %d bytes", policy.MaxBucketPolicy))
			continue
		}
		refusal, err := p.send(ctx, have, try, []grant.Grant{g})
		if err != nil {
			return writeResult{}, err
		}
		switch class := awsaccess.ClassOf(refusal); class {
		case "":
			have = try
		case awsaccess.Malformed, awsaccess.MembershipLimit:
			if _, _, id := orphan(have); id != "" { // all others would fail too
				return p.afterRefusal(ctx, pl.before, have, try, refusal)
			}
			p.blame(ctx, g, class, refusal)
		default:
			return p.afterRefusal(ctx, pl.before, have, try, refusal)
		}
	}
	return writeResult{before: pl.before, wrote: have}, nil
}

// blame records that AWS refuses the statements of one grant.
func (p *bucketPass) blame(ctx context.Context, g grant.Grant, class awsaccess.Class, cause error) {
	if class == awsaccess.MembershipLimit {
		p.failFull(ctx, g, "AWS refused another statement")
		return
	}
	p.closed[g.ID] = true
	if p.failIfGone(ctx, g) || p.failIfUnknown(ctx, g, cause) {
		return
	}
	p.retry(ctx, g.ID, grant.OwnerHalf, cause) // a principal that was just created is refused for a while
}

// unknownFor is how long AWS refuses an external principal before it counts as nonexistent. The bot
// cannot look it up in that account.
const unknownFor = 90 * time.Second

const invalidPrincipal = "Invalid principal" // S3's message about an unknown principal

// failIfUnknown ends a grant for an external principal that AWS does not know. It reports whether a
// result is recorded.
func (p *bucketPass) failIfUnknown(ctx context.Context, g grant.Grant, cause error) bool {
	var fault *awsaccess.Error
	if !g.Principal.External || !errors.As(cause, &fault) || !strings.Contains(fault.Message, invalidPrincipal) {
		return false
	}
	if !strings.Contains(g.Owner.LastError, invalidPrincipal) { // the period begins here, whatever failed before
		p.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) {
			return g.RetryFromScratch(grant.OwnerHalf, cause.Error(), p.Now(), p.Spread()), nil
		})
		return true
	}
	if p.now.Sub(g.Owner.FailingAt) < unknownFor {
		return false
	}
	p.fail(ctx, g.ID, fmt.Sprintf("AWS knows no %s. Check the name.", g.Principal.ARN))
	return true
}

func (p *bucketPass) failFull(ctx context.Context, g grant.Grant, why string) {
	p.closed[g.ID] = true
	p.fail(ctx, g.ID, fmt.Sprintf("The policy of %s is full: %s.", p.bucket.Name, why))
}

// explain adds the likely cause of a refusal and its remedy: a deleted principal in another
// statement makes AWS refuse every write.
func explain(cause error, doc policy.Document) error {
	place, st, id := orphan(doc)
	if awsaccess.ClassOf(cause) != awsaccess.Malformed || id == "" {
		return cause
	}
	name := fmt.Sprintf("statement %d", place)
	if st.Sid() != "" {
		name += fmt.Sprintf(" (Sid %q)", st.Sid())
	}
	return fmt.Errorf("AWS refuses every change of this policy because its %s names the deleted principal %s. Take that "+
		"principal out of the statement: %s (%w)",
		name, id, short(string(st.Raw())), cause)
}

// short truncates a statement for an alert.
func short(s string) string {
	if r := []rune(s); len(r) > 800 {
		return string(r[:800]) + "…"
	}
	return s
}

// send commits the intended write with the earlier policy, then writes. From the commit on, the
// record shows that AWS may hold these statements, whatever the reply. refusal is AWS's error; with
// err nothing was sent.
func (p *bucketPass) send(ctx context.Context, before, after policy.Document, add []grant.Grant) (refusal, err error) {
	now := p.Now()
	change := store.Tx{At: now, Entries: []grant.Entry{p.entry(before, after, now)}}
	for _, seen := range add {
		g, err := p.Store.Get(ctx, seen.ID)
		if err != nil {
			return nil, err
		}
		if !g.WantsAccess(now) || !g.ExpiresAt.Equal(seen.ExpiresAt) || p.heldToApproval(ctx, g) != nil {
			return nil, errStale
		}
		change.Put(g, g.WithWriteIntent(grant.OwnerHalf, grant.Statement, sids(g), now))
	}
	carries, note, err := p.withInflight(ctx, after, now)
	if err != nil {
		return nil, err
	}
	change.Documents = []store.Document{note}
	if err := p.Store.Commit(ctx, change); err != nil {
		return nil, err
	}
	return p.put(ctx, before, after, carries), nil
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
	for _, st := range preflight.AskOf(g, g.ExpiresAt).Statements() {
		keys = append(keys, st.Sid)
	}
	return slices.Clip(keys)
}
