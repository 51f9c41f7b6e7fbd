package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/store"
)

var (
	// errUnchanged is returned by a step that leaves a record as it is.
	errUnchanged = errors.New("there is nothing to record")
	// errStale means that a grant has changed since the pass read it, so the plan is out of date. The
	// change has scheduled the loops that it concerns.
	errStale = errors.New("the grant has moved on")
)

// ignoreStale returns err, or nil if it only means that another writer was faster.
func ignoreStale(err error) error {
	if errors.Is(err, errStale) || errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// each runs f for each item and returns the first error. A failure of one stops no other.
func each[T any](all []T, f func(T) error) (first error) {
	for _, one := range all {
		if err := f(one); first == nil {
			first = err
		}
	}
	return first
}

// A step returns the next state of a grant.
type step func(grant.Grant) (grant.Grant, error)

// record applies a step to the current state of a grant and stores the result. It returns internal
// faults, such as a full disk, but neither a refusal of the step nor errUnchanged.
func (r *Reconciler) record(ctx context.Context, id grant.ID, next step) error {
	return r.recordAll(ctx, []grant.ID{id}, next)
}

// recordEach applies a step to each of some grants, in few commits. Grants that the step leaves as they
// are, or refuses, stop no other; and if a commit fails, its grants are recorded one by one. make
// returns the step anew for each attempt.
func (r *Reconciler) recordEach(ctx context.Context, gs []grant.Grant, make func() step) (fault error) {
	for some := range slices.Chunk(gs, lifeAtOnce) {
		err := store.ErrConflict
		for tries := 0; len(some) > 1 && tries < togetherTries && errors.Is(err, store.ErrConflict); tries++ {
			err = r.recordTogether(ctx, some, make())
		}
		if err == nil {
			continue
		}
		err = each(some, func(g grant.Grant) error {
			return r.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) { return make()(g) })
		})
		fault = errors.Join(fault, err)
	}
	return fault
}

// togetherTries limits the commits of many results that meet other commits.
const togetherTries = 3

// recordTogether applies a step to some grants in one commit. After an error they are recorded one by
// one.
func (r *Reconciler) recordTogether(ctx context.Context, gs []grant.Grant, next step) error {
	now, err := store.Read(ctx, r.store, idsOf(gs)...)
	if err != nil {
		return err
	}
	var olds, nexts []grant.Grant
	for _, old := range now {
		switch g, err := next(old); {
		case err == nil:
			olds, nexts = append(olds, old), append(nexts, g)
		case !isAnswer(err):
			return err
		}
	}
	if len(olds) == 0 {
		return nil
	}
	i := -1
	tx, err := r.txFor(ctx, olds, func(grant.Grant) (grant.Grant, error) { i++; return nexts[i], nil })
	if err == nil {
		err = r.store.Commit(ctx, tx)
	}
	if err != nil {
		return err
	}
	for i, g := range tx.Grants {
		r.logEvents(ctx, g, len(olds[i].History))
	}
	return nil
}

func idsOf(gs []grant.Grant) (ids []grant.ID) {
	for _, g := range gs {
		ids = append(ids, g.ID)
	}
	return ids
}

// isAnswer reports whether an error of a step is no fault: the step leaves the grant as it is, or
// refuses.
func isAnswer(err error) bool {
	return errors.Is(err, errUnchanged) || errors.Is(err, errClosed) || errors.As(err, new(*grant.Refusal))
}

// recordAll applies a step to several grants in one commit.
func (r *Reconciler) recordAll(ctx context.Context, ids []grant.ID, next step) error {
	var olds []grant.Grant
	tx, err := store.Update(ctx, r.store, func(ctx context.Context) (tx store.Tx, err error) {
		if olds, err = store.Read(ctx, r.store, ids...); err != nil {
			return tx, err
		}
		return r.txFor(ctx, olds, next)
	})
	switch {
	case err == nil:
		for i, g := range tx.Grants {
			r.logEvents(ctx, g, len(olds[i].History))
		}
	case !isAnswer(err):
		return fmt.Errorf("recording the grant %s: %w", ids[0], err)
	}
	return nil
}

// txFor returns the change that results from a step. An addition expects that the gate stays open.
func (r *Reconciler) txFor(ctx context.Context, olds []grant.Grant, next step) (store.Tx, error) {
	tx, adds := store.Tx{At: r.now()}, false
	for _, old := range olds {
		g, err := next(old)
		if err != nil {
			return tx, err
		}
		tx.Put(old, g)
		adds = adds || grant.ExpandsAccess(old, g)
	}
	if !adds {
		return tx, nil
	}
	var err error
	tx.Expect, err = r.expectOpen(ctx, olds)
	return tx, err
}

// end logs and returns the fault of a pass.
func (r *Reconciler) end(ctx context.Context, err error, message string, about ...any) error {
	if err != nil {
		r.log.ErrorContext(ctx, message, append(about, "err", err)...)
	}
	return err
}

func (r *Reconciler) logEvents(ctx context.Context, g grant.Grant, from int) {
	for _, ev := range g.History[from:] {
		r.log.InfoContext(ctx, "grant changed", "event", ev.Kind, "grant", g.ID, "state", ev.To, "half", ev.Half)
	}
}

// retry records a failed attempt at a half.
func (r *Reconciler) retry(ctx context.Context, id grant.ID, h grant.Half, cause error) error {
	return r.record(ctx, id, r.retried(ctx, h, cause))
}

// retried returns the step of a failed attempt at a half.
func (r *Reconciler) retried(ctx context.Context, h grant.Half, cause error) step {
	return func(g grant.Grant) (grant.Grant, error) {
		r.log.WarnContext(ctx, "an AWS call failed; retrying", "grant", g.ID, "half", h, "class", awsaccess.ClassOf(cause),
			"err", cause)
		now := r.now()
		if g.State == grant.Ended && now.After(g.EndedAt.Add(leftoverEvery)) { // the retry is not urgent
			return g.Half(h).RecheckAt(nextLeftoverCheck(g, now)), nil
		}
		return g.Half(h).Retry(cause.Error(), now, r.spread()), nil
	}
}

// retryDue records a failed attempt at a half with the grants whose half was due when the pass began.
func (r *Reconciler) retryDue(ctx context.Context, began time.Time, gs []grant.Grant, h grant.Half,
	cause error) error {
	due := slices.DeleteFunc(slices.Clone(gs), func(g grant.Grant) bool { return !g.Half(h).IsDue(began) })
	return r.recordEach(ctx, due, func() step { return r.retried(ctx, h, cause) })
}

// requeue schedules a recheck of a half of grants, as a failure if cause is set. Without a failure, a
// time that was set since the pass began stays: it belongs to an end, an extension or the pause after
// a failure.
func (r *Reconciler) requeue(ctx context.Context, began time.Time, gs []grant.Grant, h grant.Half, cause error,
	after time.Duration) error {
	if cause != nil {
		return r.recordEach(ctx, gs, func() step { return r.retried(ctx, h, cause) })
	}
	return r.recordEach(ctx, gs, func() step {
		return func(g grant.Grant) (grant.Grant, error) {
			if !g.State.InAWS() && g.State != grant.Ended || g.Half(h).NextAttemptAt.After(began) {
				return g, errUnchanged
			}
			return g.Half(h).RecheckAt(r.now().Add(after)), nil
		}
	})
}

// fail ends a grant that cannot be applied, or no longer can.
func (r *Reconciler) fail(ctx context.Context, id grant.ID, why string) error {
	return r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		return g.Apply(grant.Fail{Why: why}, r.now())
	})
}

// tell alerts the operators to a fact, which has no end.
func (r *Reconciler) tell(ctx context.Context, text string) error {
	return raise(ctx, r.alerts, alarm.Alert{Text: text})
}

func raise(ctx context.Context, to Alerts, a alarm.Alert) error {
	if err := to.Raise(ctx, a); err != nil {
		return fmt.Errorf("storing the alert %q: %w", a.Text, err)
	}
	return nil
}

// leftoverEvery is how often an ended grant is rechecked before its expiry. Its statements would
// still open access if a tool with a saved policy restored them.
const leftoverEvery = time.Hour

// idleHalf stores that a half needs no recheck for now, unless that is stored already.
func idleHalf(g grant.Grant, h grant.Half, now time.Time) (grant.Grant, error) {
	if !g.Half(h).IsDue(now) {
		return g, errUnchanged
	}
	if g.Half(h).IsUnsettled() {
		return g.Half(h).RecordAnswer(now), nil
	}
	return g.Half(h).RecheckAt(nextLeftoverCheck(g, now)), nil
}

// lateEvery is how often an ended grant is rechecked while a request that restores a half may still
// arrive.
const lateEvery = time.Minute

// withoutHalf returns the next state of a grant that wants no access and lacks a half in AWS. late
// means that a write without a reply may still bring the half back.
func withoutHalf(g grant.Grant, h grant.Half, late bool, now time.Time) (grant.Grant, error) {
	switch {
	case g.State == grant.Ending && g.Half(h).RemovedAt.IsZero():
		return g.Half(h).RecordAbsent(now)
	case !g.DriftedAt.IsZero() && g.Half(h).WasConfirmed():
		return g.Half(h).RecordDropped(), nil
	case late && g.State == grant.Ended && g.Half(h).IsDue(now) && now.Before(g.ExpiresAt):
		return g.Half(h).RecheckAt(now.Add(lateEvery)), nil
	}
	return idleHalf(g, h, now)
}

// nextLeftoverCheck returns the time of the next recheck of an ended grant; zero if it has expired
// or has not ended.
func nextLeftoverCheck(g grant.Grant, now time.Time) time.Time {
	if g.Half(grant.OwnerHalf).IsUnsettled() || g.Half(grant.GranteeHalf).IsUnsettled() {
		return grant.NextSettledLook(now)
	}
	if again := now.Add(leftoverEvery); g.State == grant.Ended && again.Before(g.ExpiresAt) {
		return again
	}
	return time.Time{}
}
