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
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// sweep starts a pass over every bucket and principal that may hold access of ours, due or not. It
// finds leftovers of a crash and changes outside s3share.
func (r *Reconciler) sweep(ctx context.Context) error {
	p := r.pass()
	gs, err := r.store.List(ctx, store.Query{States: preflight.InAWS})
	if err != nil {
		return p.end(ctx, err, "sweeping")
	}
	ended, err := r.store.List(ctx, store.Query{States: []grant.State{grant.Ended}, Limit: dueAtOnce})
	if err != nil {
		return p.end(ctx, err, "sweeping")
	}
	// also grants that expire later, among the last thousand; the others recheck themselves, see
	// [idleHalf]
	yesterday := p.began.Add(-24 * time.Hour)
	gs = append(gs, slices.DeleteFunc(ended,
		func(g grant.Grant) bool { return g.EndedAt.Before(yesterday) && g.ExpiresAt.Before(yesterday) })...)
	if p.additionsBlocked(ctx) { // an old store: its pending requests may have been approved since
		waiting, err := r.store.List(ctx, store.Query{States: []grant.State{grant.Checking, grant.Pending}, Limit: dueAtOnce})
		if err != nil {
			return p.end(ctx, err, "sweeping")
		}
		for _, g := range waiting {
			r.startBucket(ctx, g.Bucket)
		}
	}
	lost, _ := p.damagedGrants(ctx)
	if err := p.tellDamaged(ctx, lost); err != nil {
		p.failed(err) // expired access still has to end
	}
	readable := gs
	for _, d := range lost {
		if d.known {
			gs = append(slices.Clip(gs), d.Grant)
		}
	}
	buckets, principals := map[string]grant.Bucket{}, map[string]grant.Principal{}
	for _, g := range gs { // each once, for all its grants
		buckets[g.Bucket.AccountID+" "+g.Bucket.Name], principals[passOf(g.Principal)] = g.Bucket, g.Principal
	}
	for _, key := range slices.Sorted(maps.Keys(buckets)) {
		r.startBucket(ctx, buckets[key])
	}
	for _, key := range slices.Sorted(maps.Keys(principals)) {
		r.startPrincipal(ctx, principals[key])
	}
	if err := p.sweepChecks(ctx); err != nil {
		return p.end(ctx, err, "sweeping")
	}
	p.checkDeactivated(ctx, readable)
	return p.end(ctx, p.sweepGroups(ctx, gs), "sweeping")
}

// sweepChecks starts the checks of requests that wait too long: the clock was set back after their
// time was computed.
func (p *pass) sweepChecks(ctx context.Context) error {
	checking, err := p.store.List(ctx, store.Query{States: []grant.State{grant.Checking}})
	if err != nil {
		return fmt.Errorf("listing what is being checked: %w", err)
	}
	for _, g := range checking {
		if g.Check.NextAttemptAt.After(p.began.Add(2 * longestPause)) {
			p.startCheck(ctx, g.ID)
		}
	}
	return nil
}

// longestPause is the longest backoff of a loop.
const longestPause = 5 * time.Minute

// sweepGroups starts a pass over every group member that a grant of ours ever named, and reports
// the others.
func (p *pass) sweepGroups(ctx context.Context, gs []grant.Grant) error {
	receive, err := p.receivers(ctx, gs)
	if err != nil {
		return err
	}
	found, read := map[string]awsaccess.Member{}, map[string]bool{}
	for _, a := range p.rules.Accounts {
		if a.External || p.owns(a) && !slices.Contains(receive, a.ID) {
			continue // an account that only owns buckets has no group
		}
		members, err := p.aws.Members(ctx, a.ID)
		if err != nil {
			p.log.WarnContext(ctx, "reading the members of a group", "account", a.Name, "err", err)
			continue
		}
		read[a.ID] = true
		for _, m := range members {
			who, err := grant.ParsePrincipal(m.ARN, p.rules.Accounts)
			if err != nil {
				continue
			}
			who.UniqueID = m.UniqueID
			if slices.ContainsFunc(gs, func(g grant.Grant) bool { return g.Principal.UniqueID == who.UniqueID }) {
				continue // a pass over the grant's own name was started
			}
			known, err := p.knows(ctx, who)
			if err != nil {
				return err
			}
			if known {
				p.startPrincipal(ctx, who)
				continue
			}
			found[a.ID+" "+m.UniqueID] = m
		}
	}
	return p.tellUnmanagedMembers(ctx, found, read)
}

// knows reports whether a grant of this store ever gave the principal the grantee half.
func (p *pass) knows(ctx context.Context, who grant.Principal) (bool, error) {
	past, err := p.store.List(ctx,
		store.Query{Principal: who.ARN, States: append(slices.Clone(preflight.InAWS), grant.Ended)})
	if err != nil {
		return false, fmt.Errorf("listing the grants of a principal: %w", err)
	}
	return slices.ContainsFunc(past, func(g grant.Grant) bool { return g.Principal.UniqueID == who.UniqueID }), nil
}

// owns reports whether buckets of the account are shared.
func (r *Reconciler) owns(a grant.Account) bool {
	return slices.ContainsFunc(r.rules.Rules, func(rule grant.Rule) bool { return rule.Account == a.Name })
}

// receiversNote is the key of the note with the ids of the accounts that ever received access.
// Their groups are searched for leftovers.
const receiversNote = "receivers"

// receivers returns the accounts that ever received access, including those of gs.
func (p *pass) receivers(ctx context.Context, gs []grant.Grant) (ids []string, err error) {
	note, err := store.ReadDocument(ctx, p.store, receiversNote, &ids)
	if err != nil && !errors.Is(err, store.ErrUnreadable) {
		return nil, fmt.Errorf("reading which accounts received access: %w", err)
	}
	before := len(ids)
	for _, g := range gs {
		if !slices.Contains(ids, g.Principal.AccountID) {
			ids = append(ids, g.Principal.AccountID)
		}
	}
	if len(ids) == before {
		return ids, nil
	}
	if note, err = note.WithValue(ids); err != nil {
		return nil, err
	}
	if err := p.store.Commit(ctx, store.Tx{At: p.now(), Documents: []store.Document{note}}); err != nil {
		return nil, fmt.Errorf("recording which accounts received access: %w", err)
	}
	return ids, nil
}
