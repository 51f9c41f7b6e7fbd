package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// delayedAfter is how long a check fails before the requester and the operators are told.
const delayedAfter = time.Minute

// Preflight returns a preflight on the sources of r.
func (r *Reconciler) Preflight() *preflight.Preflight {
	return preflight.New(preflight.Config{
		AWS: r.aws, Records: r.store, People: r.people, Rules: r.rules, Now: r.now, Log: r.log, Held: r.ofApproved,
	})
}

// A checker checks requests before they become pending.
type checker struct{ r *Reconciler }

// check runs the checks of a request. A request that passes becomes pending; one that AWS or the
// rules forbid is refused. A failed call is retried.
func (r *Reconciler) check(ctx context.Context, id grant.ID) error {
	r.loadGate.Wait(ctx)
	return r.end(ctx, checker{r}.run(ctx, id), "checking a request", "grant", id)
}

func (c checker) run(ctx context.Context, id grant.ID) error {
	g, err := c.r.store.Get(ctx, id)
	if err != nil || g.State != grant.Checking {
		return err
	}
	acts, err := c.examine(ctx, g)
	switch {
	case err != nil:
		return c.recordFailed(ctx, id, err)
	case len(acts) > 0:
		return errors.Join(c.recordChecked(ctx, acts),
			c.r.alerts.End(ctx, checkAlert+string(id), fmt.Sprintf("the request `%s` is checked", id)))
	}
	return c.r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if !g.NeedsConsent() {
			return g, errUnchanged
		}
		return g.WithConsentAllowed(), nil
	})
}

// An act is an action on one grant of a batch.
type act struct {
	id     grant.ID
	action grant.Action
}

// examine runs the preflight of a batch and returns the acts that follow. All of the
// batch passes or none. A request that waits for its beneficiary has no act, unless
// the beneficiary cannot confirm it. The error is that of a failed call.
func (c checker) examine(ctx context.Context, g grant.Grant) (acts []act, err error) {
	checks := c.r.Preflight()
	if g.NeedsConsent() {
		report := checks.Check(ctx, preflight.Options{Moment: preflight.Consent, Grant: g})
		if no := report.Refusal(); no != nil {
			return rejected(g, no), nil
		}
		return nil, report.Unknown
	}
	all, err := store.ReadBatch(ctx, c.r.store, g)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		report := checks.Check(ctx, preflight.Options{Moment: preflight.Request, Grant: one, With: all})
		if no := report.Refusal(); no != nil {
			return rejected(g, no), nil
		}
		if report.Unknown != nil {
			return nil, report.Unknown
		}
		acts = append(acts, act{one.ID, grant.Check{
			Principal: &report.Principal, Bucket: &report.Bucket, Rule: &report.Rule,
			PrincipalOwners: report.Owners, Findings: report.Card(),
		}})
	}
	return acts, nil
}

// rejected returns the acts that refuse a batch.
func rejected(g grant.Grant, no error) (acts []act) {
	for _, id := range g.DecidedIDs() {
		acts = append(acts, act{id, grant.Reject{Why: no.Error()}})
	}
	return acts
}

// recordChecked records the acts of a check.
func (c checker) recordChecked(ctx context.Context, acts []act) error {
	if len(acts) == 1 {
		return c.recordOne(ctx, acts[0].id, acts[0].action)
	}
	var ids []grant.ID
	for _, a := range acts {
		ids = append(ids, a.id)
	}
	return c.r.recordAll(ctx, ids, func(one grant.Grant) (grant.Grant, error) {
		i := slices.IndexFunc(acts, func(a act) bool { return a.id == one.ID })
		return one.Apply(acts[i].action, c.r.now())
	})
}

// checkAlert is the prefix of the keys of alerts about requests that cannot be checked.
const checkAlert = "check of "

// recordFailed records that a request could not be checked.
func (c checker) recordFailed(ctx context.Context, id grant.ID, cause error) error {
	c.r.log.WarnContext(ctx, "a request could not be checked yet", "grant", id, "err", cause)
	var stored grant.Grant
	delayed := false
	fault := c.r.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if g.State != grant.Checking {
			return g, errUnchanged
		}
		now := c.r.now()
		stored = g.RetryCheck(cause.Error(), now, c.r.spread())
		delayed = stored.Last(grant.EventDelayed) == nil && now.Sub(stored.Check.FailingAt) >= delayedAfter
		if !delayed {
			return stored, nil
		}
		return stored.Apply(grant.Delayed{Why: strings.TrimSuffix(cause.Error(), ".")}, now)
	})
	if !delayed {
		return fault
	}
	text := fmt.Sprintf("Can't check the request `%s`, so the approvers have no card yet: `%s`. Retrying; next try %s.",
		id, strings.TrimSuffix(cause.Error(), "."), stored.Check.NextAttemptAt.UTC().Format("15:04:05 UTC"))
	return errors.Join(fault, raise(ctx, c.r.alerts,
		alarm.Alert{Key: checkAlert + string(id), Since: stored.Check.FailingAt, Text: text}))
}
