package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// A principalPass is one pass over one principal: the grantee half of all its grants. Its steps pass
// values: load → identify → observe → plan → write → verify → record.
type principalPass struct{ r *Reconciler }

// passPrincipal makes a principal's membership or attached policy agree with the records. Errors of
// AWS are recorded with the grants that they concern; the returned error is an internal fault.
func (r *Reconciler) passPrincipal(ctx context.Context, who grant.Principal, due ...grant.ID) error {
	return r.end(ctx, principalPass{r}.run(ctx, who, due), "pass over a principal", "principal", who.ARN)
}

func (p principalPass) run(ctx context.Context, who grant.Principal, due []grant.ID) error {
	began := p.r.now()
	// The account may have become external in the config, or the reverse.
	isTheirs := func(g grant.Grant) bool {
		return g.Principal.ARN == who.ARN && g.Principal.External == who.External
	}
	list := func() ([]grant.Grant, error) {
		gs, err := p.r.ofPrincipal(ctx, who, preflight.InAWS...)
		return slices.DeleteFunc(gs, func(g grant.Grant) bool { return !isTheirs(g) }), err
	}
	rs, fault, err := p.r.load(ctx, due, began, list, isTheirs)
	if err == nil {
		err = p.agree(ctx, membership{records: rs, now: began, who: who})
	}
	return errors.Join(fault, err)
}

// ofPrincipal returns a principal's grants in some states.
func (r *Reconciler) ofPrincipal(ctx context.Context, who grant.Principal, in ...grant.State) ([]grant.Grant, error) {
	gs, err := r.store.List(ctx, store.Query{Principal: who.ARN, States: in})
	if err != nil {
		return nil, fmt.Errorf("listing the grants of a principal: %w", err)
	}
	return gs, nil
}

// knows reports whether a grant of this store ever gave the principal the grantee half.
func (r *Reconciler) knows(ctx context.Context, who grant.Principal) (bool, error) {
	past, err := r.ofPrincipal(ctx, who, append(slices.Clone(preflight.InAWS), grant.Ended)...)
	return slices.ContainsFunc(past, func(g grant.Grant) bool { return g.Principal.UniqueID == who.UniqueID }), err
}

// agree makes the membership agree with the records.
func (p principalPass) agree(ctx context.Context, m membership) error {
	all, many := p.r.damagedGrants(ctx)
	m.needed = many
	for _, d := range all {
		if d.isFor(m.who) {
			m.ours, m.needed = m.ours || d.known, m.needed || d.mayNeed(m.now)
		}
	}
	if m.who.External {
		m.gate = p.r.gate(ctx)
		return p.recordExternal(ctx, m)
	}
	m, read, present, fault := p.observe(ctx, m)
	if !present {
		return fault
	}
	var err error
	m.member, m.gate = read.Member, p.r.gate(ctx) // last, because a freeze may begin during the reads
	if m.ours = m.ours || len(m.all()) > 0; !m.ours {
		m.ours, err = p.r.knows(ctx, m.who)
	}
	if err == nil {
		err = p.apply(ctx, m)
	}
	return errors.Join(fault, err)
}

// observe identifies the principal and reads its half. present is false if there is no such principal,
// or IAM did not answer.
func (p principalPass) observe(ctx context.Context, m membership) (
	_ membership, read awsaccess.Membership, present bool, fault error) {
	if m.isIdentified() {
		read, err := p.r.aws.Joined(ctx, m.who)
		if err == nil && read.Member {
			m.who.UniqueID = m.all()[0].Principal.UniqueID
			return m, read, true, nil
		}
	}
	if m, present, fault = p.identify(ctx, m); !present {
		return m, read, false, fault
	}
	read, err := p.r.aws.Joined(ctx, m.who)
	if err != nil {
		return m, read, false, errors.Join(fault, p.retryDue(ctx, m, err))
	}
	return m, read, true, fault
}

// apply carries out the plan of a membership and records the results.
func (p principalPass) apply(ctx context.Context, m membership) error {
	do := m.plan()
	if do == add || do == await {
		if done, err := p.drift(ctx, m); done || err != nil {
			return err
		}
	}
	switch do {
	case add, remove:
		return p.change(ctx, m, do)
	case await:
		waiting := slices.DeleteFunc(slices.Clone(m.grants), func(g grant.Grant) bool { return !g.WantsAccess(m.now) })
		cause := grant.NotInPermissionSet(m.who)
		return errors.Join(p.r.retryDue(ctx, m.now, waiting, grant.GranteeHalf, cause), p.record(ctx, m))
	}
	if m.isWanted() && !m.member {
		m.additions().logHeldBack(ctx, p.r.log, "principal", m.who.ARN)
	}
	return p.record(ctx, m)
}

// change adds or removes the grantee half, and records the result. It removes an added half again at
// once if no grant needs it any more.
func (p principalPass) change(ctx context.Context, m membership, do action) error {
	done, err := p.write(ctx, m, do)
	if err == nil && done.refused == nil && do == add {
		var wanted bool
		if wanted, err = p.wanted(ctx, m); err == nil && !wanted {
			done, err = p.write(ctx, m, remove)
		}
	}
	switch {
	case err != nil:
		return ignoreStale(err)
	case done.refused != nil:
		return p.recordRefused(ctx, m, done)
	}
	return p.verify(ctx, m, done)
}

// drift flags the grants whose confirmed membership is missing. done means that the pass ends here:
// a grant was flagged, the membership was seen after all, or a reread failed. The pass must not
// restore a membership that it could not reread.
func (p principalPass) drift(ctx context.Context, m membership) (done bool, err error) {
	const h = grant.GranteeHalf
	suspects := slices.DeleteFunc(slices.Clone(m.grants), func(g grant.Grant) bool {
		return !g.WantsAccess(m.now) || !g.Half(h).WasConfirmed()
	})
	if len(suspects) == 0 {
		return false, nil
	}
	for _, wait := range rechecks(suspects, h, m.now) {
		if !p.r.pause(ctx, wait) {
			return true, nil
		}
		switch read, err := p.r.aws.Joined(ctx, m.who); {
		case err != nil:
			return true, p.retryDue(ctx, m, err)
		case read.Member:
			m.member = true
			return true, p.record(ctx, m)
		}
	}
	what := fmt.Sprintf("User %s is missing from the group in %s (changed outside s3share).", m.who.Name, m.who.Account)
	if m.who.Kind == grant.KindRole {
		what = fmt.Sprintf("Role %s in %s no longer has the policy of s3share (changed outside s3share).", m.who.Name,
			m.who.Account)
	}
	if set := m.who.PermissionSet(); set != "" {
		what = fmt.Sprintf("The permission set %s no longer has the policy /s3share/s3share (changed outside s3share).", set)
	}
	return true, each(suspects, func(g grant.Grant) error { return p.r.reportDrift(ctx, m.now, g, drift{h, what, true}) })
}

// retryDue records a failed call with the due grants.
func (p principalPass) retryDue(ctx context.Context, m membership, cause error) error {
	p.r.passes.failed(m.who.AccountID, cause)
	return p.r.retryDue(ctx, m.now, m.all(), grant.GranteeHalf, cause)
}
