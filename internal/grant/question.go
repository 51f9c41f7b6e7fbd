package grant

// A Question is something about a grant that waits for people's answer.
type Question string

const (
	ToDecide    Question = "decision"     // yes or no to the request, or to an extension
	ToRepair    Question = "repair"       // somebody else changed it in AWS: is it put back, or ended?
	ToReview    Question = "review"       // what was opened by break-glass: was that right?
	ToReconfirm Question = "still needed" // a long grant comes to its end: is it extended?
)

// Questions returns what waits for an answer now.
func (g Grant) Questions() (qs []Question) {
	if g.State == Pending || g.State == Active && g.Amendment != nil {
		qs = append(qs, ToDecide)
	}
	drifted := (g.State == Approved || g.State == Active) && !g.DriftedAt.IsZero()
	if drifted {
		qs = append(qs, ToRepair)
	}
	if g.NeedsReview() {
		qs = append(qs, ToReview)
	}
	if !drifted && g.Amendment == nil && g.awaitsReconfirmation() {
		qs = append(qs, ToReconfirm) // else it cannot be extended now, or is about to be
	}
	return qs
}

// awaitsReconfirmation reports whether those who decide were asked whether g is
// still needed, and nobody has extended it since.
func (g Grant) awaitsReconfirmation() bool {
	if g.State != Active {
		return false
	}
	for i := len(g.History) - 1; i >= 0; i-- {
		switch ev := g.History[i]; {
		case ev.Kind == Extend && !ev.Expiry.IsZero():
			return false
		case g.Reconfirms(i):
			return true
		}
	}
	return false
}

// ReviewWithin is the time within which the life loop next needs anything that
// still has to be reviewed.
const ReviewWithin = reviewEvery
