package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A pass is one run of a loop on one key. It keeps the first internal fault, such as a full disk,
// because work that was not recorded is not done.
type pass struct {
	*Reconciler
	now   time.Time // when it began
	fault error
}

func (r *Reconciler) pass() *pass { return &pass{Reconciler: r, now: r.Now()} }

// errStale means that a grant has changed since the pass read it. That change has already scheduled
// the loops that it concerns.
var errStale = errors.New("the grant has moved on")

// isStale reports whether err only means that a grant has changed. Then there is nothing to record.
func isStale(err error) bool {
	var no *grant.Refusal
	return errors.Is(err, errStale) || errors.Is(err, store.ErrConflict) || errors.As(err, &no)
}

// record applies step to the current state of a grant and stores the result. step returns errStale
// if there is nothing to store.
func (p *pass) record(ctx context.Context, id grant.ID, step func(grant.Grant) (grant.Grant, error)) {
	p.recordAll(ctx, []grant.ID{id}, step)
}

// recordAll applies step to several grants in one commit.
func (p *pass) recordAll(ctx context.Context, ids []grant.ID, step func(grant.Grant) (grant.Grant, error)) {
	var olds []grant.Grant
	change, err := store.Update(ctx, p.Store, func(ctx context.Context) (change store.Tx, err error) {
		if olds, err = store.Read(ctx, p.Store, ids...); err != nil {
			return change, err
		}
		return p.txFor(ctx, olds, step)
	})
	switch {
	case err == nil:
		for i, next := range change.Grants {
			p.logEvents(ctx, next, len(olds[i].History))
		}
	case errors.Is(err, store.ErrConflict) || !isStale(err):
		p.failed(fmt.Errorf("recording the grant %s: %w", ids[0], err))
	}
}

// txFor returns the change that results from step. During a freeze it refuses additions; they stay
// due, and the next pass finds the freeze.
func (p *pass) txFor(ctx context.Context, olds []grant.Grant,
	step func(grant.Grant) (grant.Grant, error)) (store.Tx, error) {
	change, adds := store.Tx{At: p.Now()}, false
	for _, old := range olds {
		next, err := step(old)
		if err != nil {
			return change, err
		}
		change.Put(old, next)
		adds = adds || old.ExpandsAccess(next)
	}
	if !adds {
		return change, nil
	}
	frozen, read, err := store.FreezeGuard(ctx, p.Store)
	switch {
	case err != nil:
		return change, fmt.Errorf("looking for a freeze: %w", err)
	case frozen != nil:
		return change, errStale
	}
	change.Expect = append(change.Expect, read)
	switch cutOff, err := p.cutOff(ctx, olds, &change); {
	case err != nil:
		return change, err
	case cutOff:
		return change, errStale // likewise
	}
	return change, nil
}

func (p *pass) failed(err error) {
	if p.fault == nil {
		p.fault = err
	}
}

// end returns and logs the fault of a pass that ended with err.
func (p *pass) end(ctx context.Context, err error, message string, about ...any) error {
	if err == nil || isStale(err) {
		err = p.fault
	}
	if err != nil {
		p.Log.ErrorContext(ctx, message, append(about, "err", err)...)
	}
	return err
}

func (r *Reconciler) logEvents(ctx context.Context, g grant.Grant, from int) {
	for _, ev := range g.History[from:] {
		r.Log.InfoContext(ctx, "grant changed", "event", ev.Kind, "grant", g.ID, "state", ev.To, "half", ev.Half)
	}
}

// retry records a failed attempt at a half.
func (p *pass) retry(ctx context.Context, id grant.ID, h grant.Half, cause error) {
	p.Log.WarnContext(ctx, "AWS call to be tried again", "grant", id, "half", h, "class", awsaccess.ClassOf(cause),
		"err", cause)
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		now := p.Now()
		if g.State == grant.Ended && now.After(g.EndedAt.Add(leftoverEvery)) { // the retry is not urgent
			return g.RecheckAt(h, nextLeftoverCheck(g, now)), nil
		}
		return g.Retry(h, cause.Error(), now, p.Spread()), nil
	})
}

// recheck schedules a recheck of a half, without recording a failure. A time that was set since
// this pass began stays: it belongs to an end, an extension or the pause after a failure.
func (p *pass) recheck(ctx context.Context, id grant.ID, h grant.Half, after time.Duration) {
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if !g.State.InAWS() && g.State != grant.Ended || g.Half(h).NextAttemptAt.After(p.now) {
			return g, errStale
		}
		return g.RecheckAt(h, p.Now().Add(after)), nil
	})
}

// fail ends a grant that cannot be applied, or no longer can.
func (p *pass) fail(ctx context.Context, id grant.ID, why string) {
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		return g.Next(grant.Action{Kind: grant.End, At: p.Now(), Outcome: grant.Failed, Why: why})
	})
}

// alert queues an alert to the operators. If that fails, the pass has a fault.
func (p *pass) alert(ctx context.Context, text string) {
	if err := p.Alert(ctx, text); err != nil {
		p.failed(fmt.Errorf("keeping %q to be told: %w", text, err))
	}
}

// due reports whether a half is due.
func due(progress grant.HalfStatus, now time.Time) bool {
	return !progress.NextAttemptAt.IsZero() && !progress.NextAttemptAt.After(now)
}

// leftoverEvery is how often an ended grant is rechecked before its expiry. Its statements would
// still open access if a tool with a saved policy restored them.
const leftoverEvery = time.Hour

// idleHalf stores that a half needs no recheck for now, unless that is stored already.
func idleHalf(g grant.Grant, h grant.Half, now time.Time) (grant.Grant, error) {
	if !due(g.Half(h), now) {
		return g, errStale
	}
	if g.Unsettled(h) {
		return g.Answered(h, now), nil
	}
	return g.RecheckAt(h, nextLeftoverCheck(g, now)), nil
}

// lateEvery is how often an ended grant is rechecked while a request that restores a half may still
// arrive.
const lateEvery = time.Minute

// recheckLeftover is idleHalf while a write that contains the half has no reply.
func recheckLeftover(g grant.Grant, h grant.Half, now time.Time) (grant.Grant, error) {
	if g.State != grant.Ended || !due(g.Half(h), now) || !now.Before(g.ExpiresAt) {
		return idleHalf(g, h, now)
	}
	return g.RecheckAt(h, now.Add(lateEvery)), nil
}

// nextLeftoverCheck returns the time of the next recheck of an ended grant; zero if it has expired
// or has not ended.
func nextLeftoverCheck(g grant.Grant, now time.Time) time.Time {
	if g.Unsettled(grant.OwnerHalf) || g.Unsettled(grant.GranteeHalf) {
		return g.NextSettledLook(now)
	}
	if again := now.Add(leftoverEvery); g.State == grant.Ended && again.Before(g.ExpiresAt) {
		return again
	}
	return time.Time{}
}
