package grant

import (
	"slices"
	"time"
)

// Break-glass opens access at once for those whom a rule lists, and only for a
// principal that is listed as their own. It is short, it is loud, it cannot be
// extended, and another approver has to look at it afterwards: until then the
// person may break no other glass.

// A BreakGlass says who may, for how long, and how often. It is off unless a
// rule has one.
type BreakGlass struct {
	People  People // never empty
	MaxTerm Term   // positive
	PerDay  int    // of one person, in 24 hours; at least 1
}

// reviewEvery is how often approvers are reminded of what nobody has reviewed.
const reviewEvery = 24 * time.Hour

// NeedsReview reports whether somebody still has to look at what was opened
// without an approval.
func (g Grant) NeedsReview() bool {
	return g.Urgent && g.Last(Break) != nil && g.Last(Review) == nil
}

// judgeUrgent holds a request to what the rule says of break-glass, as far as
// the request alone can be held to it.
func (r Rules) judgeUrgent(rule Rule, g Grant) error {
	switch b := rule.BreakGlass; {
	case !g.Urgent:
		return nil
	case b == nil:
		return Refuse("%s cannot be opened by break-glass: its rule has none.", g.Bucket.Name).WithHint("`/s3share request` asks for it in the ordinary way.")
	case g.Term > b.MaxTerm:
		return About(FieldTerm, Refuse("%s is longer than the %s that %s may be opened for by break-glass.", g.Term, b.MaxTerm, g.Bucket.Name).
			WithHint("Ask for %s or less.", b.MaxTerm))
	case !g.Beneficiary.Same(g.Requester):
		return Refuse("Break-glass is for yourself only, and never on behalf of somebody else.")
	case !g.StartAt.IsZero():
		return About(FieldTerm, Refuse("Break-glass is for now, and not for later."))
	case !g.concerns(Person{User: g.Requester.User}, nil) || !r.standsBehind(g.Requester.User, g.Principal.ARN):
		return About(FieldPrincipal, Refuse("Break-glass is only for a principal that is listed as yours, and %s is not.", g.Principal.Name).
			WithHint("The people who run s3share can list it, under people."))
	}
	return nil
}

func (r Rules) standsBehind(user, principal string) bool {
	return user != "" && slices.Contains(r.PeopleBehind(principal), user)
}

// JudgeUrgentHistory says whether the person's earlier ones stand in the way:
// one that nobody has reviewed, or as many as a day may have. past are grants
// that they asked for.
func (r Rules) JudgeUrgentHistory(g Grant, past []Grant, now time.Time) error {
	if !g.Urgent || g.Rule.BreakGlass == nil {
		return nil
	}
	today := 0
	for _, p := range past {
		switch {
		case !p.Urgent || p.ID == g.ID || !p.Requester.Same(g.Requester) || p.State == Refused:
		case p.NeedsReview() || p.State.Open():
			return Refuse("Your last break-glass, %s, has not been reviewed yet.", p.ID).WithHint("An approver closes the review; ask them, or ask for this in the ordinary way.")
		case now.Sub(p.AskedAt) < 24*time.Hour:
			today++
		}
	}
	if most := g.Rule.BreakGlass.PerDay; today >= most {
		return Refuse("You have used break-glass %d times in 24 hours, which is as often as the rule allows.", today).WithHint("`/s3share request` asks for it in the ordinary way.")
	}
	return nil
}

// authoriseReview lets an approver who has no part in the grant close its review,
// once it is over.
func (g Grant) authoriseReview(a Act) error {
	if !g.NeedsReview() {
		return nothingToReview()
	}
	if err := g.authoriseDecision(a); err != nil {
		return err
	}
	return checkReason(a.Why, "Say what you found.")
}

func nothingToReview() *Refusal {
	return Refuse("There is nothing to review: this was approved like any other, or somebody has reviewed it already.")
}

// reviewTooEarly says why what is open cannot be reviewed: whoever did would know
// nothing of what is still to come.
func (g Grant) reviewTooEarly() *Refusal {
	if !g.NeedsReview() {
		return nothingToReview()
	}
	return Refuse("The access is still open, so its review cannot be closed yet.").
		WithHint("End it first, or wait until %s.", g.ExpiresAt.Format("2006-01-02 15:04 MST"))
}

// nextReview returns when approvers are reminded next; zero: never, or not before
// it is over.
func (g Grant) nextReview() time.Time {
	if !g.NeedsReview() || g.State == Approved || g.State == Active {
		return time.Time{}
	}
	at := g.Last(Break).At
	if last := g.Last(RemindReview); last != nil {
		at = last.At
	}
	return at.Add(reviewEvery)
}
