package reconcile

import (
	"context"
	"fmt"
	"time"

	"s3share/internal/grant"
)

// healsADay is how often per day a half is restored automatically. More frequent changes come from
// a program, and would never stop.
const healsADay = 3

// reportDrift records that a half of a grant was changed outside s3share. The grant then wants
// no access in AWS, unless its rule restores it automatically.
func (r *Reconciler) reportDrift(ctx context.Context, began time.Time, g grant.Grant, h grant.Half,
	what string) error {
	rule, heals, found, against := r.mayHeal(ctx, began, g)
	return r.record(ctx, g.ID, func(g grant.Grant) (grant.Grant, error) {
		now := r.now()
		if !g.WantsAccess(now) {
			return g, errUnchanged
		}
		changed, healed := changesOfADay(g, h, now)
		heal := heals && healed < healsADay && !r.gate(ctx).isClosed()
		why := what + against
		if changed > 0 {
			why += fmt.Sprintf(" That makes %d times in a day: something else, such as Terraform, keeps writing there.",
				changed+1)
		}
		r.log.WarnContext(ctx, "changed by somebody else", "grant", g.ID, "half", h, "heal", heal, "before", changed)
		next, err := g.Apply(grant.Drift{Half: h, Why: why}, now)
		if err != nil || !heal {
			return next, err
		}
		return next.Apply(grant.Heal{Rule: &rule, Found: found}, now)
	})
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
		return rule, false, nil, " It would have been put back without asking, but today it would not be opened: " +
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
