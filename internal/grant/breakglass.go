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
		return Refuse("%s cannot be opened by break-glass: its rule has none.", g.Bucket.Name).
			WithCommand("request", "asks for it in the ordinary way.")
	case g.Term > b.MaxTerm:
		return About(FieldTerm, Refuse("%s is longer than the %s that %s may be opened for by break-glass.", g.Term,
			b.MaxTerm, g.Bucket.Name).
			WithHint("Ask for %s or less.", b.MaxTerm))
	case !g.Beneficiary.Same(g.Requester):
		return Refuse("Break-glass is for yourself only, and never on behalf of somebody else.")
	case !g.StartAt.IsZero():
		return About(FieldTerm, Refuse("Break-glass is for now, and not for later."))
	case !g.ConcernsToday(Person{User: g.Requester.User}, nil) || !r.ownsPrincipal(g.Requester.User, g.Principal.ARN):
		return About(FieldPrincipal, Refuse("Break-glass is only for a principal that is listed as yours, and %s is not.",
			g.Principal.Name).
			WithHint("The people who run s3share can list it, under people."))
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
			return Refuse("Your last break-glass, %s, has not been reviewed yet.", p.ID).
				WithHint("An approver closes the review; ask them, or ask for this in the ordinary way.")
		case now.Sub(p.AskedAt) < 24*time.Hour:
			today++
		}
	}
	if most := g.Rule.BreakGlass.PerDay; today >= most {
		return Refuse("You have used break-glass %d times in 24 hours, which is as often as the rule allows.", today).
			WithCommand("request", "asks for it in the ordinary way.")
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
	return Refuse("There is nothing to review: this was approved like any other, or somebody has reviewed it already.")
}

// reviewTooEarly refuses the review of open access: a review cannot cover later
// use.
func reviewTooEarly(g Grant) *Refusal {
	if !g.NeedsReview() {
		return nothingToReview()
	}
	return Refuse("The access is still open, so its review cannot be closed yet.").
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
