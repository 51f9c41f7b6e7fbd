package grant

import (
	"slices"
	"time"
)

// Break-glass opens access at once, for people listed by a rule and a principal
// listed as their own. It is short, it alerts people, and it cannot be
// extended. Another approver has to review it afterwards; until then the person
// cannot use break-glass again.

// A BreakGlass defines who may use it, how long, and how often. A rule without
// one has it off.
type BreakGlass struct {
	People  People // never empty
	MaxTerm Term   // positive
	PerDay  int    // uses per person in 24 hours; at least 1
}

// reviewEvery is the interval of reminders about an open review.
const reviewEvery = 24 * time.Hour

// NeedsReview reports whether a break-glass still has to be reviewed.
func (g Grant) NeedsReview() bool {
	return g.BreakGlass && g.Last(EventOpenBreakGlass) != nil && g.Last(EventReview) == nil
}

// evaluateBreakGlass checks a request against the rule's break-glass settings, as far
// as the request alone shows.
func (r Rules) evaluateBreakGlass(rule Rule, g Grant) error {
	switch b := rule.BreakGlass; {
	case !g.BreakGlass:
		return nil
	case b == nil:
		return Refuse("%s can't be opened with break-glass: its rule does not allow it.", g.Bucket.Name).
			WithCommand("request", "submits an ordinary request.")
	case g.Term > b.MaxTerm:
		return About(FieldTerm, Refuse("%s is longer than the limit of %s for break-glass on %s.", g.Term,
			b.MaxTerm, g.Bucket.Name).
			WithHint("Request %s or less.", b.MaxTerm))
	case !g.Beneficiary.Same(g.Requester):
		return Refuse("Break-glass is only for yourself, and this names another person.")
	case !g.StartAt.IsZero():
		return About(FieldTerm, Refuse("Break-glass opens access at once, and this names a start."))
	case !g.ConcernsToday(Person{User: g.Requester.User}, nil) || !r.ownsPrincipal(g.Requester.User, g.Principal.ARN):
		return About(FieldPrincipal, Refuse("Break-glass is only for your own user or role, and %s is not listed "+
			"as yours.",
			g.Principal.Name).
			WithHint("Ask the operators of s3share to list it under `people` in the config."))
	}
	return nil
}

func (r Rules) ownsPrincipal(user, principal string) bool {
	return user != "" && slices.Contains(r.OwnersOf(principal), user)
}

// EvaluateBreakGlassHistory refuses a break-glass if an earlier one of the person is
// unreviewed, or the daily limit is reached. past are grants that the person
// requested.
func (r Rules) EvaluateBreakGlassHistory(g Grant, past []Grant, now time.Time) error {
	if !g.BreakGlass || g.Rule.BreakGlass == nil {
		return nil
	}
	today := 0
	for _, p := range past {
		switch {
		case !p.BreakGlass || p.ID == g.ID || !p.Requester.Same(g.Requester) || p.State == Refused:
		case p.NeedsReview() || p.State.Open():
			return Refuse("Your last break-glass, %s, is not reviewed yet.", p.ID).
				WithHint("Ask an approver to close its review, or submit an ordinary request.")
		case now.Sub(p.AskedAt) < 24*time.Hour:
			today++
		}
	}
	if most := g.Rule.BreakGlass.PerDay; today >= most {
		return Refuse("You have used break-glass %d times in 24 hours, which is the rule's limit.", today).
			WithCommand("request", "submits an ordinary request.")
	}
	return nil
}

// authorise checks that the rule has break-glass.
func (a OpenBreakGlass) authorise(g Grant, _ time.Time) error {
	if a.Rule == nil || !g.BreakGlass || a.Rule.BreakGlass == nil {
		return refuseUnattended(g)
	}
	return nil
}

func (a OpenBreakGlass) apply(g *Grant, ev *Event) {
	g.Rule = *a.Rule
	g.begin(ev)
}

// authorise lets an approver outside the grant close its review after the grant
// is over.
func (a Review) authorise(g Grant, _ time.Time) error {
	if !g.NeedsReview() {
		return nothingToReview()
	}
	if err := a.authoriseDecider(g, a.By, EventReview); err != nil {
		return err
	}
	return checkReason(a.Why, "Say what you found.")
}

func (a Review) apply(_ *Grant, ev *Event) { ev.By, ev.Why = a.By.Person, a.Why }

func nothingToReview() *Refusal {
	return Refuse("There is nothing to review: this is not break-glass, or its review is closed.")
}

// reviewTooEarly refuses the review of open access: a review cannot cover later
// use.
func reviewTooEarly(g Grant) *Refusal {
	if !g.NeedsReview() {
		return nothingToReview()
	}
	return Refuse("Access has not ended, so its review can't be closed yet.").
		WithHint("End it first, or wait until %s.", g.ExpiresAt.Format("2006-01-02 15:04 MST"))
}

// nextReview returns when approvers are reminded next; zero: never, or not
// before the grant is over.
func nextReview(g Grant) time.Time {
	if !g.NeedsReview() || g.State == Approved || g.State == Active {
		return time.Time{}
	}
	at := g.Last(EventOpenBreakGlass).At
	if last := g.Last(EventRemindReview); last != nil {
		at = last.At
	}
	return at.Add(reviewEvery)
}
