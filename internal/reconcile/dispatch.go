package reconcile

import (
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
)

// A dispatcher starts jobs for due work.
type dispatcher struct{ r *Reconciler }

// dispatch starts a pass for every bucket and principal of a due grant, and a check for every due
// request. It reads only the grants that no waiting or running pass is for. It reports whether it
// left some for the next call.
func (d dispatcher) dispatch(ctx context.Context) (more bool) {
	r := d.r
	r.passes.begin()
	for _, work := range []struct {
		worker grant.Worker
		start  func(grant.Grant, urgency)
	}{
		{grant.OwnerWorker, func(g grant.Grant, u urgency) { r.startBucket(ctx, g.Bucket, u, g.ID) }},
		{grant.GranteeWorker, func(g grant.Grant, u urgency) { r.startPrincipal(ctx, g.Principal, u, g.ID) }},
		{grant.CheckWorker, func(g grant.Grant, _ urgency) { r.startCheck(ctx, g) }},
	} {
		ids := slices.DeleteFunc(r.due(ctx, work.worker, dueListed),
			func(id grant.ID) bool { return r.passes.covers(wake{work.worker, id}) })
		for _, id := range ids[:min(len(ids), dueAtOnce)] {
			g, err := r.store.Get(ctx, id)
			if err != nil {
				r.log.ErrorContext(ctx, "reading a grant", "grant", id, "err", err)
				continue
			}
			work.start(g, urgencyOf(g, len(ids)))
			more = more || len(ids) > dueAtOnce
		}
	}
	if len(r.store.Unreadable(ctx)) > 0 && r.histories.isDue(r.now()) {
		r.passes.start(job{key: "damaged records", run: func([]grant.ID) error { r.dispatchDamaged(ctx); return nil }})
	}
	return more
}

// An urgency is the priority of a pass.
type urgency struct {
	kind  workKind
	after time.Time
}

const (
	many   = 100         // due grants that make a dispatch gather removals
	gather = time.Second // the delay of these removals, so that a bucket is written once for all of them
)

// urgencyOf returns the urgency of a grant that is due together with others.
func urgencyOf(g grant.Grant, due int) urgency {
	u := urgency{kind: decidedWork}
	if g.State == grant.Ended || g.Outcome == grant.Expired {
		u.kind = expiredWork
	}
	if due > many && (g.State == grant.Ending || g.State == grant.Ended) {
		u.after = time.Now().Add(gather)
	}
	return u
}

func (r *Reconciler) startCheck(ctx context.Context, g grant.Grant) {
	r.passes.start(job{
		key: "check " + string(g.ID), kind: checkWork, accounts: accountsOf(g.Bucket.AccountID, g.Principal.AccountID),
		worker: grant.CheckWorker, due: []grant.ID{g.ID},
		run: func([]grant.ID) error { return r.check(ctx, g.ID) },
	})
}

// accountsOf returns the distinct accounts.
func accountsOf(a, b string) []string {
	if a == b {
		return []string{a}
	}
	return []string{a, b}
}

func (r *Reconciler) startBucket(ctx context.Context, b grant.Bucket, u urgency, due ...grant.ID) {
	r.passes.start(job{
		key: "bucket " + b.AccountID + " " + b.Name, kind: u.kind, after: u.after, accounts: []string{b.AccountID},
		worker: grant.OwnerWorker, due: due,
		run: func(due []grant.ID) error { return r.passBucket(ctx, b, due...) },
	})
}

func (r *Reconciler) startPrincipal(ctx context.Context, p grant.Principal, u urgency, due ...grant.ID) {
	r.passes.start(job{
		key: passOf(p), kind: u.kind, after: u.after, accounts: []string{p.AccountID},
		worker: grant.GranteeWorker, due: due,
		run: func(due []grant.ID) error { return r.passPrincipal(ctx, p, due...) },
	})
}

// passOf returns the key of the pass over a principal. If its account was external for a while,
// there are two passes, one for each kind of grant.
func passOf(p grant.Principal) string {
	if p.External {
		return "external principal " + p.ARN
	}
	return "principal " + p.ARN
}

// runTimers applies the timers at each ring, until ctx ends. The commits use work.
func (d dispatcher) runTimers(ctx, work context.Context, ring <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ring:
		}
		for ctx.Err() == nil && d.r.expireDue(work) {
		}
	}
}
