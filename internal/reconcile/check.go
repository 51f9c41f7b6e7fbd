package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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

// check runs the checks of a request. A request that passes becomes pending; one that AWS or the
// rules forbid is refused. A failed call is retried.
func (r *Reconciler) check(ctx context.Context, id grant.ID) error {
	p := r.pass()
	g, err := r.store.Get(ctx, id)
	if err != nil || g.State != grant.Checking {
		return p.end(ctx, err, "checking a request", "grant", id)
	}
	acts, err := r.examine(ctx, g)
	switch {
	case err != nil:
		p.cannotCheck(ctx, id, err)
	case len(acts) == 0:
		p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
			if !g.NeedsConsent() {
				return g, errUnchanged
			}
			return g.WithConsentAllowed(), nil
		})
	default:
		p.recordChecked(ctx, acts)
	}
	return p.end(ctx, nil, "checking a request", "grant", id)
}

// An act is an action on one grant of a batch.
type act struct {
	id grant.ID
	grant.Action
}

// examine runs the preflight of a batch and returns the acts that follow. All of the
// batch passes or none. A request that waits for its beneficiary has no act, unless
// the beneficiary cannot confirm it. The error is that of a failed call.
func (r *Reconciler) examine(ctx context.Context, g grant.Grant) (acts []act, err error) {
	if g.NeedsConsent() {
		report := r.Preflight().Check(ctx, preflight.Options{Moment: preflight.Consent, Grant: g})
		if no := report.Refusal(); no != nil {
			return rejected(g, no), nil
		}
		return nil, report.Unknown
	}
	all, err := store.ReadBatch(ctx, r.store, g)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		report := r.Preflight().Check(ctx, preflight.Options{Moment: preflight.Request, Grant: one, With: all})
		if no := report.Refusal(); no != nil {
			return rejected(g, no), nil
		}
		if report.Unknown != nil {
			return nil, report.Unknown
		}
		acts = append(acts, act{one.ID, grant.Action{
			Kind: grant.Check, Principal: &report.Principal, Bucket: &report.Bucket, Rule: &report.Rule, Findings: report.Card(),
			PrincipalOwners: report.Behind,
		}})
	}
	return acts, nil
}

// rejected returns the acts that refuse a batch.
func rejected(g grant.Grant, no error) (acts []act) {
	for _, id := range g.DecidedIDs() {
		acts = append(acts, act{id, grant.Action{Kind: grant.Reject, Why: no.Error()}})
	}
	return acts
}

// recordChecked records the acts of a check.
func (p *pass) recordChecked(ctx context.Context, acts []act) {
	if len(acts) == 1 {
		acts[0].At = p.now()
		p.checked(ctx, acts[0].id, acts[0].Action)
		return
	}
	var ids []grant.ID
	for _, a := range acts {
		ids = append(ids, a.id)
	}
	p.recordAll(ctx, ids, func(one grant.Grant) (grant.Grant, error) {
		i := slices.IndexFunc(acts, func(a act) bool { return a.id == one.ID })
		acts[i].At = p.now()
		return one.Next(acts[i].Action)
	})
}

func (p *pass) cannotCheck(ctx context.Context, id grant.ID, cause error) {
	p.log.WarnContext(ctx, "a request could not be checked yet", "grant", id, "err", cause)
	var stored grant.Grant
	told := false
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if g.State != grant.Checking {
			return g, errUnchanged
		}
		stored = g.RetryCheck(cause.Error(), p.now(), p.spread())
		if told = stored.Last(grant.Delayed) == nil && p.now().Sub(stored.Check.FailingAt) >= delayedAfter; !told {
			return stored, nil
		}
		return stored.Next(grant.Action{Kind: grant.Delayed, At: p.now(), Why: strings.TrimSuffix(cause.Error(), ".")})
	})
	if told {
		p.tell(ctx, fmt.Sprintf("The request `%s` cannot be checked, so it has no card yet: %s. Next try at %s.", id,
			strings.TrimSuffix(cause.Error(), "."), stored.Check.NextAttemptAt.UTC().Format(time.RFC3339)))
	}
}
