package grant

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxBatch is the largest number of grants in one request.
const MaxBatch = 10

// plainTarget is the longest target, in characters, of a request for several
// grants. It keeps all of them on one card.
const plainTarget = 100

// BatchLead returns the grant that represents all grants of one request: the first.
// Its card shows them all and its notices tell about them. A request for one
// grant has itself as lead.
func (g Grant) BatchLead() ID {
	if len(g.BatchIDs) > 0 {
		return g.BatchIDs[0]
	}
	return g.ID
}

// IsBatchLead reports whether g represents all grants of its request.
func (g Grant) IsBatchLead() bool { return g.BatchLead() == g.ID }

// DecidedIDs returns the grants that a decision on g applies to: all grants of the
// request until they are decided. After that each grant is separate.
func (g Grant) DecidedIDs() []ID {
	if len(g.BatchIDs) > 0 && g.State.Open() {
		return g.BatchIDs
	}
	return []ID{g.ID}
}

// DraftBatch returns the grants of one request: one for each target and
// principal. They are checked and decided as one, so the same people have to
// decide on all of them in the same time.
func (r Rules) DraftBatch(newID func() ID, d Draft, open int, now time.Time) ([]Grant, error) {
	n := (1 + len(d.MoreTargets)) * (1 + len(d.MorePrincipals))
	if d.BreakGlass && n > 1 {
		return nil, Refuse("Break-glass opens one bucket for one user or role.").
			WithHint("Request each separately.")
	}
	if n > MaxBatch {
		return nil, Refuse("Your request has %d grants, and the limit is %d.", n, MaxBatch).
			WithHint("Name fewer buckets or users and roles, and request the others separately.")
	}
	var all []Grant
	for i, target := range append([]string{d.Target}, d.MoreTargets...) {
		for j, principal := range append([]string{d.Principal}, d.MorePrincipals...) {
			one := d
			one.Target, one.Principal = target, principal
			g, err := r.Draft(newID(), one, open, now)
			switch {
			case err != nil:
				return nil, aboutExtension(err, i > 0, j > 0)
			case !slices.ContainsFunc(all, func(o Grant) bool { return requestTheSame(g, o) }): // duplicates count once
				all = append(all, g)
			}
		}
	}
	if len(all) == 1 {
		return all, nil
	}
	if err := r.evaluateBatch(all, open); err != nil {
		return nil, err
	}
	ids := make([]ID, len(all))
	for i, g := range all {
		ids[i] = g.ID
	}
	for i := range all {
		all[i].BatchIDs = ids
		if i > 0 {
			all[i].Check.NextAttemptAt = time.Time{} // the first is checked for all
		}
	}
	return all, nil
}

// aboutExtension moves a refusal from the field of the first target or principal to
// the field of the others.
func aboutExtension(err error, target, principal bool) error {
	if no, ok := err.(*Refusal); ok {
		switch {
		case target && (no.Field == FieldBucket || no.Field == FieldPrefix):
			return no.WithField(FieldMoreBuckets)
		case principal && no.Field == FieldPrincipal:
			return no.WithField(FieldMorePrincipals)
		}
	}
	return err
}

func requestTheSame(g, o Grant) bool {
	return o.Bucket == g.Bucket && o.Prefix == g.Prefix && o.Principal.ARN == g.Principal.ARN
}

// evaluateBatch returns a refusal if the drafts cannot be one request.
func (r Rules) evaluateBatch(all []Grant, open int) error {
	first := all[0]
	if r.MaxPending > 0 && open+len(all) > r.MaxPending {
		return Refuse("Your request counts as %d; with your %d open %s, it exceeds the limit of %d.",
			len(all), open, requests(open), r.MaxPending).
			WithHint("Request fewer, cancel one, or wait for a decision.")
	}
	for _, g := range all {
		if t := g.Typed.Target; utf8.RuneCountInString(t) > plainTarget || strings.ContainsAny(t, "`\t\n") {
			return Refuse("%s is too long or unusual to share a card with others.", clip(t, 60)).
				WithHint("Request it separately.")
		}
	}
	everybody := first
	for _, g := range all[1:] {
		if !decidedAlike(first, g) {
			return Refuse("%s and %s can't be in one request: their approvers or deadlines differ.",
				describe(first), describe(g)).WithHint("Request each separately.")
		}
		everybody.PrincipalOwners = append(slices.Clip(everybody.PrincipalOwners), g.PrincipalOwners...)
	}
	return r.EvaluateQuorum(first.Rule, everybody)
}

// decidedAlike reports whether both grants have the same approvers, quorum,
// channel and deadline.
func decidedAlike(g, o Grant) bool {
	a, b := g.Rule, o.Rule
	return a.Channel == b.Channel && a.Approvers.Same(b.Approvers) && a.Quorum(g.Level.Name) == b.Quorum(o.Level.Name) &&
		g.LapsesAt.Equal(o.LapsesAt)
}

func describe(g Grant) string {
	return fmt.Sprintf("%s for %s", strings.TrimSuffix(g.Bucket.Name+"/"+g.Prefix, "/"), g.Principal.Name)
}
