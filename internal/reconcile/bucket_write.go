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

// A writeResult is the result of the writes of a plan, before it is verified.
type writeResult struct {
	wrote     policy.Document // the expected policy; the policy read if nothing was written
	refused   []refusedGrant  // grants at fault for a refusal of AWS
	gone      bool            // the bucket does not exist
	unseen    error           // why the write may have had no effect; nil: AWS confirmed it
	left      inflightWrites  // the grants in other late writes
	unwritten error           // why grants that are missing in wrote were not written
}

// A refusedGrant is a grant whose statements were not written.
type refusedGrant struct {
	grant.Grant
	full  string // why the policy is full; "" for another refusal
	cause error  // AWS's refusal
}

// others returns the grants that were not refused.
func (s writeResult) others(gs []grant.Grant) []grant.Grant {
	return slices.DeleteFunc(gs, func(g grant.Grant) bool {
		return slices.ContainsFunc(s.refused, func(no refusedGrant) bool { return no.ID == g.ID })
	})
}

// write carries out a plan, with one write if possible. If AWS refuses the contents, it writes the
// removals alone and then each addition, so that only the grant at fault fails. Its error is an
// internal fault, or errStale.
func (p bucketPass) write(ctx context.Context, pl plan) (writeResult, error) {
	all := with(pl.base, pl.add...)
	if !all.Fits() && len(pl.add) > 0 {
		return p.isolate(ctx, pl)
	}
	s := writeResult{wrote: pl.before, left: p.late.carried}
	refusal, err := p.send(ctx, pl, pl.before, all, pl.add)
	switch {
	case err != nil:
		return s, err
	case refusal == nil:
		s.wrote = all
		return s, nil
	case isOfContents(refusal) && (len(pl.add) > 1 || len(pl.add) == 1 && pl.removes()):
		return p.isolate(ctx, pl)
	}
	s, _ = s.failed(pl.add, all, refusal)
	return s, nil
}

// isolate writes the removals, then each addition on top of the successful ones.
func (p bucketPass) isolate(ctx context.Context, pl plan) (writeResult, error) {
	s := writeResult{wrote: pl.before, left: p.late.carried}
	if pl.removes() {
		refusal, err := p.send(ctx, pl, s.wrote, pl.base, nil)
		if err != nil {
			return s, err
		}
		if refusal != nil {
			s, _ = s.failed(nil, pl.base, refusal)
			return s, nil
		}
		s.wrote = pl.base
	}
	for _, g := range pl.add {
		try := with(s.wrote, g)
		if !try.Fits() && try.Size() > s.wrote.Size() {
			full := fmt.Sprintf("AWS allows %d bytes", policy.MaxBucketPolicy)
			s.refused = append(s.refused, refusedGrant{Grant: g, full: full})
			continue
		}
		refusal, err := p.send(ctx, pl, s.wrote, try, []grant.Grant{g})
		if err != nil {
			return s, err
		}
		if refusal == nil {
			s.wrote = try
			continue
		}
		var blamed bool
		if s, blamed = s.failed([]grant.Grant{g}, try, refusal); !blamed {
			return s, nil
		}
	}
	return s, nil
}

// failed returns the result after a write that failed, on top of the writes so far. blamed means that
// only the one grant that it adds is at fault. Otherwise all others would fail too.
func (s writeResult) failed(add []grant.Grant, tried policy.Document, cause error) (_ writeResult, blamed bool) {
	_, _, deleted := orphan(s.wrote)
	switch class := awsaccess.ClassOf(cause); {
	case class == awsaccess.Gone:
		s.gone = true
	case class == awsaccess.Unknown:
		s.wrote, s.unseen = tried, cause
	case !isOfContents(cause) || len(add) != 1 || deleted != "":
		s.unwritten = explain(cause, tried)
	default:
		no := refusedGrant{Grant: add[0], cause: cause}
		if class == awsaccess.MembershipLimit {
			no.full = "AWS refused another statement"
		}
		s.refused = append(s.refused, no)
		return s, true
	}
	return s, false
}

// isOfContents reports whether AWS refused the contents of a policy.
func isOfContents(refusal error) bool {
	class := awsaccess.ClassOf(refusal)
	return class == awsaccess.Malformed || class == awsaccess.MembershipLimit
}

// recordRefusal records a grant whose statements were not written. doc is the policy read.
func (p bucketPass) recordRefusal(ctx context.Context, doc policy.Document, no refusedGrant) error {
	if no.full != "" {
		return p.r.fail(ctx, no.ID, fmt.Sprintf("The policy of %s is full: %s.", p.bucket.Name, no.full))
	}
	if why, _ := p.whyGone(ctx, doc, no.Grant); why != "" {
		return p.r.fail(ctx, no.ID, why)
	}
	if no.isUnknownPrincipal() {
		if !strings.Contains(no.Owner.LastError, invalidPrincipal) { // the period begins here, whatever failed before
			return p.r.record(ctx, no.ID, func(g grant.Grant) (grant.Grant, error) {
				return g.Half(grant.OwnerHalf).RetryFromScratch(no.cause.Error(), p.r.now(), p.r.spread()), nil
			})
		}
		if p.began.Sub(no.Owner.FailingAt) >= unknownFor {
			return p.r.fail(ctx, no.ID, fmt.Sprintf("AWS has no %s. Check the name.", no.Principal.ARN))
		}
	}
	// a principal that was just created is refused for a while
	return p.r.retry(ctx, no.ID, grant.OwnerHalf, no.cause)
}

// unknownFor is how long AWS refuses an external principal before it counts as nonexistent. The bot
// cannot look it up in that account.
const unknownFor = 90 * time.Second

const invalidPrincipal = "Invalid principal" // S3's message about an unknown principal

// isUnknownPrincipal reports whether AWS does not know the external principal of the grant.
func (no refusedGrant) isUnknownPrincipal() bool {
	var fault *awsaccess.Error
	return no.Principal.External && errors.As(no.cause, &fault) && strings.Contains(fault.Message, invalidPrincipal)
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
func (p bucketPass) send(ctx context.Context, pl plan, before, after policy.Document, add []grant.Grant) (
	refusal, err error) {
	var carried inflightWrites
	_, err = store.Update(ctx, p.r.store, func(ctx context.Context) (store.Tx, error) {
		now := p.r.now()
		tx := store.Tx{At: now, Entries: []grant.Entry{p.entry(before, after, now)}}
		for _, seen := range add {
			g, err := p.r.store.Get(ctx, seen.ID)
			if err != nil {
				return tx, err
			}
			if !g.WantsAccess(now) || !g.ExpiresAt.Equal(seen.ExpiresAt) || p.r.heldToApproval(ctx, g) != nil {
				return tx, errStale
			}
			tx.Put(g, g.Half(grant.OwnerHalf).WithWriteIntent(grant.Statement, sids(g), now))
		}
		carried = p.late.carried.with(after, pl.owned, now)
		note, err := p.inflightDocument(ctx, carried)
		tx.Documents = []store.Document{note}
		return tx, err
	})
	if err != nil {
		return nil, err
	}
	return p.put(ctx, before, after, carried), nil
}

func (p bucketPass) entry(before, after policy.Document, now time.Time) grant.Entry {
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
	for _, st := range preflight.AccessOf(g, g.ExpiresAt).Statements() {
		keys = append(keys, st.Sid)
	}
	return slices.Clip(keys)
}
