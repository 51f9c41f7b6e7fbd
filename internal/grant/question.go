package grant

// A Question is an open question about a grant.
type Question string

const (
	ToDecide    Question = "decision"     // approve or deny the request or an extension
	ToRepair    Question = "repair"       // it was changed outside s3share: restore or end it
	ToReview    Question = "review"       // was the break-glass justified
	ToReconfirm Question = "still needed" // a long grant expires soon: extend it or not
)

// Questions returns the open questions about g.
func (g Grant) Questions() (qs []Question) {
	if g.State == Pending || g.State == Active && g.PendingExtension != nil {
		qs = append(qs, ToDecide)
	}
	drifted := (g.State == Approved || g.State == Active) && !g.DriftedAt.IsZero()
	if drifted {
		qs = append(qs, ToRepair)
	}
	if g.NeedsReview() {
		qs = append(qs, ToReview)
	}
	if !drifted && g.PendingExtension == nil && awaitsReconfirmation(g) {
		qs = append(qs, ToReconfirm) // otherwise it cannot be extended now, or an extension is pending
	}
	return qs
}

// awaitsReconfirmation reports whether the approvers were asked whether g is
// still needed, and it has not been extended since.
func awaitsReconfirmation(g Grant) bool {
	if g.State != Active {
		return false
	}
	for i := len(g.History) - 1; i >= 0; i-- {
		switch ev := g.History[i]; {
		case ev.Kind == EventExtend && !ev.Expiry.IsZero():
			return false
		case g.Reconfirms(i):
			return true
		}
	}
	return false
}

// ReviewWithin is the longest time until the life loop needs a grant that
// awaits review.
const ReviewWithin = reviewEvery
