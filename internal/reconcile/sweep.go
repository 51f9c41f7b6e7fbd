package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// A sweepPass starts a pass over every bucket and principal that may hold access of ours, due or not.
// It finds leftovers of a crash and changes outside s3share.
type sweepPass struct {
	r     *Reconciler
	began time.Time
}

func (r *Reconciler) sweep(ctx context.Context) error {
	return r.end(ctx, sweepPass{r, r.now()}.run(ctx), "sweeping")
}

func (p sweepPass) run(ctx context.Context) error {
	gs, err := p.r.store.List(ctx, store.Query{States: preflight.InAWS})
	if err != nil {
		return err
	}
	ended, err := p.r.store.List(ctx, store.Query{States: []grant.State{grant.Ended}, Limit: dueAtOnce})
	if err != nil {
		return err
	}
	// also grants that expire later, among the last thousand; the others recheck themselves, see
	// [idleHalf]
	yesterday := p.began.Add(-24 * time.Hour)
	gs = append(gs, slices.DeleteFunc(ended,
		func(g grant.Grant) bool { return g.EndedAt.Before(yesterday) && g.ExpiresAt.Before(yesterday) })...)
	if p.r.gate(ctx).isClosed() { // an old store: its pending requests may have been approved since
		waiting, err := p.r.store.List(ctx, store.Query{
			States: []grant.State{grant.Checking, grant.Pending}, Limit: dueAtOnce})
		if err != nil {
			return err
		}
		for _, g := range waiting {
			p.r.startBucket(ctx, g.Bucket, urgency{kind: sweepWork})
		}
	}
	lost, _ := p.r.damagedGrants(ctx)
	told := p.tellDamaged(ctx, lost)
	readable := gs
	for _, d := range lost {
		if d.known {
			gs = append(slices.Clip(gs), d.Grant)
		}
	}
	p.startAll(ctx, gs)
	return errors.Join(told, p.sweepChecks(ctx), p.checkDeactivated(ctx, readable), p.sweepGroups(ctx, gs))
}

// startAll starts a pass over each bucket and each principal of some grants. The accounts take turns,
// so that one with many buckets does not delay the others.
func (p sweepPass) startAll(ctx context.Context, gs []grant.Grant) {
	started, turn, low := map[string]bool{}, map[string]int{}, urgency{kind: sweepWork}
	starts := map[int][]func(){} // by the account's turn
	add := func(account, key string, start func()) {
		if !started[key] {
			started[key] = true
			starts[turn[account]] = append(starts[turn[account]], start)
			turn[account]++
		}
	}
	for _, g := range gs {
		add(g.Bucket.AccountID, "bucket "+g.Bucket.AccountID+" "+g.Bucket.Name,
			func() { p.r.startBucket(ctx, g.Bucket, low) })
		add(g.Principal.AccountID, passOf(g.Principal), func() { p.r.startPrincipal(ctx, g.Principal, low) })
	}
	for n := range len(starts) {
		for _, start := range starts[n] {
			start()
		}
	}
}

// sweepChecks starts the checks of requests that wait too long: the clock was set back after their
// time was computed.
func (p sweepPass) sweepChecks(ctx context.Context) error {
	checking, err := p.r.store.List(ctx, store.Query{States: []grant.State{grant.Checking}})
	if err != nil {
		return fmt.Errorf("listing what is being checked: %w", err)
	}
	waits := func(id string) bool {
		return slices.ContainsFunc(checking, func(g grant.Grant) bool { return string(g.ID) == id })
	}
	err = p.r.alerts.EndAll(ctx, checkAlert, func(id string) bool { return !waits(id) }, // cancelled, for example
		func(id string) string { return fmt.Sprintf("the request `%s` needs no check any more", id) })
	if err != nil {
		return fmt.Errorf("ending the alerts about checks: %w", err)
	}
	for _, g := range checking {
		if g.Check.NextAttemptAt.After(p.began.Add(2 * longestPause)) {
			p.r.startCheck(ctx, g)
		}
	}
	return nil
}

// longestPause is the longest backoff of a loop.
const longestPause = 5 * time.Minute

// sweepGroups starts a pass over every group member that a grant of ours ever named, and reports
// the others.
func (p sweepPass) sweepGroups(ctx context.Context, gs []grant.Grant) error {
	receive, err := p.receivers(ctx, gs)
	if err != nil {
		return err
	}
	found, read := map[string]awsaccess.Member{}, map[string]bool{}
	for id, members := range p.members(ctx, receive) {
		read[id] = true
		for _, m := range members {
			who, err := grant.ParsePrincipal(m.ARN, p.r.rules.Accounts)
			if err != nil {
				continue
			}
			who.UniqueID = m.UniqueID
			if slices.ContainsFunc(gs, func(g grant.Grant) bool { return g.Principal.UniqueID == who.UniqueID }) {
				continue // a pass over the grant's own name was started
			}
			known, err := p.r.knows(ctx, who)
			if err != nil {
				return err
			}
			if known {
				p.r.startPrincipal(ctx, who, urgency{kind: sweepWork})
				continue
			}
			found[id+" "+m.UniqueID] = m
		}
	}
	return p.tellUnmanagedMembers(ctx, found, read)
}

// members returns the members of the groups that could be read, by account. It reads a few groups at a
// time, so that an account that hangs does not delay the others.
func (p sweepPass) members(ctx context.Context, receive []string) map[string][]awsaccess.Member {
	var mu sync.Mutex
	found := map[string][]awsaccess.Member{}
	var all sync.WaitGroup
	slots := make(chan struct{}, limits[sweepWork].total)
	for _, a := range p.r.rules.Accounts {
		if a.External || p.owns(a) && !slices.Contains(receive, a.ID) {
			continue // an account that only owns buckets has no group
		}
		slots <- struct{}{}
		all.Add(1)
		p.r.passes.spawn(func() {
			defer func() { <-slots; all.Done() }()
			if p.r.passes.isClosed() {
				return
			}
			members, err := p.r.aws.Members(ctx, a.ID)
			if err != nil {
				p.r.log.WarnContext(ctx, "reading the members of a group", "account", a.Name, "err", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			found[a.ID] = members
		})
	}
	all.Wait()
	return found
}

// owns reports whether buckets of the account are shared.
func (p sweepPass) owns(a grant.Account) bool {
	return slices.ContainsFunc(p.r.rules.Rules, func(rule grant.Rule) bool { return rule.Account == a.Name })
}

// receiversNote is the key of the note with the ids of the accounts that ever received access.
// Their groups are searched for leftovers.
const receiversNote = "receivers"

// receivers returns the accounts that ever received access, including those of gs.
func (p sweepPass) receivers(ctx context.Context, gs []grant.Grant) (ids []string, err error) {
	note, err := store.ReadDocument(ctx, p.r.store, receiversNote, &ids)
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
	if err := p.r.store.Commit(ctx, store.Tx{At: p.r.now(), Documents: []store.Document{note}}); err != nil {
		return nil, fmt.Errorf("recording which accounts received access: %w", err)
	}
	return ids, nil
}
