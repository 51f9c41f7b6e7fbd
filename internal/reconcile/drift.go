package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
)

// healsADay is how often per day a half is restored automatically. More frequent changes come from
// a program, and would never stop.
const healsADay = 3

// A drift is a change of a half outside s3share.
type drift struct {
	half   grant.Half
	what   string // a sentence about it
	absent bool   // AWS has nothing of the half any more
}

// reportDrift records that a half of a grant was changed outside s3share. The grant then wants
// no access in AWS, unless its rule restores it automatically.
func (r *Reconciler) reportDrift(ctx context.Context, began time.Time, g grant.Grant, d drift) error {
	rule, heals, found, against := r.mayHeal(ctx, began, g)
	return r.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) {
		now := r.now()
		if !g.WantsAccess(now) {
			return g, errUnchanged
		}
		changed, healed := changesOfADay(g, d.half, now)
		heal := heals && healed < healsADay && !r.gate(ctx).isClosed()
		why := d.what + against
		if changed > 0 {
			why += fmt.Sprintf(" This is change %d in a day: another program, such as Terraform, keeps writing there.",
				changed+1)
		}
		r.log.WarnContext(ctx, "access was changed outside s3share", "grant", g.ID, "half", d.half, "heal", heal,
			"before", changed)
		next, err := g.Apply(grant.Drift{Half: d.half, Why: why}, now)
		if err != nil {
			return g, err
		}
		if d.absent {
			next = next.Half(d.half).RecordDropped()
		}
		if !heal {
			return next, nil
		}
		return next.Apply(grant.Heal{Rule: &rule, Found: found}, now)
	})
}

// describeDrift says which statements of a grant were changed outside s3share.
func describeDrift(doc policy.Document, g grant.Grant) string {
	isGone := func(sid string) bool {
		return !slices.ContainsFunc(doc.Statements(), func(st policy.Statement) bool { return st.Sid() == sid })
	}
	gone := slices.DeleteFunc(sids(g), func(sid string) bool { return !isGone(sid) })
	left := slices.DeleteFunc(sids(g), isGone)
	where := fmt.Sprintf("the policy of s3://%s/ in %s", g.Bucket.Name, g.Bucket.Account)
	name := func(all []string) string {
		if len(all) > 1 {
			return "Statements `" + strings.Join(all, "` and `") + "`"
		}
		return "Statement `" + all[0] + "`"
	}
	switch {
	case len(gone) > 1:
		return fmt.Sprintf("%s are missing from %s (changed outside s3share).", name(gone), where)
	case len(gone) > 0:
		return fmt.Sprintf("%s is missing from %s (changed outside s3share).", name(gone), where)
	case len(left) > 1:
		return fmt.Sprintf("%s in %s do not match the approved access (changed outside s3share).", name(left), where)
	}
	return fmt.Sprintf("%s in %s does not match the approved access (changed outside s3share).", name(left), where)
}

// mayHeal reports whether a grant's rule restores it automatically. against is the reason if
// today's rules or AWS's limits forbid that. found holds the current findings for the card.
func (r *Reconciler) mayHeal(ctx context.Context, began time.Time, g grant.Grant) (
	rule grant.Rule, heals bool, found *grant.Findings, against string) {
	rule, covered := r.rules.RuleFor(g)
	if !covered || !rule.Heal {
		return rule, false, nil, ""
	}
	_, err := r.rules.EvaluateRestore(g, began)
	if err == nil {
		found, err = r.Preflight().CheckRestore(ctx, g)
	}
	if err != nil {
		return rule, false, nil, " The rule restores such changes, but today this access would be refused: " +
			err.Error()
	}
	return rule, true, found, ""
}

// changesOfADay counts the changes of a half outside s3share within the last day, and the automatic
// restores.
func changesOfADay(g grant.Grant, h grant.Half, now time.Time) (changed, healed int) {
	mine := false // the last change was of this half
	for _, ev := range g.History {
		if ev.At.Before(now.Add(-24 * time.Hour)) {
			continue
		}
		switch {
		case ev.Kind == grant.EventDrift:
			if mine = ev.Half == h; mine {
				changed++
			}
		case ev.Kind == grant.EventRestore && ev.By.IsBot() && mine:
			healed++
		}
	}
	return changed, healed
}

// rechecks returns the pauses before the rereads of suspects. A stale read can hide a half that was
// confirmed a moment ago.
func rechecks(suspects []grant.Grant, h grant.Half, now time.Time) []time.Duration {
	for _, g := range suspects {
		if now.Sub(g.Half(h).ConfirmedAt) < time.Minute {
			return []time.Duration{time.Second, time.Second, time.Second, 2 * time.Second}
		}
	}
	return []time.Duration{time.Second}
}
