package blocks

import (
	"slices"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A Drawing is one message that is kept up to date with the record.
type Drawing struct {
	Kind  string
	Event int  // the event in the history; 0: the request
	Needs bool // still needed: if it is deleted, it is posted again
	Asks  int  // the revision to decide on, counted from 1; 0: no decision is asked
	Message
}

// Drawings returns the card (of the lead, for a batch), and one drawing for each extension,
// break-glass and reconfirmation. A request that was over before its card was posted gets none.
func Drawings(g grant.Grant, others ...grant.Grant) (all []Drawing) {
	if g.Last(grant.EventCheck) == nil {
		return nil
	}
	switch {
	case g.BreakGlass, !g.IsBatchLead():
	case len(others) > 0:
		all = append(all, Drawing{PostCard, 0, slices.ContainsFunc(append(others, g), stillAbout),
			asksIf(g.State == grant.Pending, g), BatchCard(g, others)})
	default:
		all = append(all, Drawing{PostCard, 0, stillAbout(g), asksIf(g.State == grant.Pending, g), Card(g)})
	}
	for i, ev := range g.History {
		switch ev.Kind {
		case grant.EventRequestExtension:
			_, open := extensionStands(g, i)
			all = append(all, Drawing{PostExtension, i, open, asksIf(open, g), ExtensionCard(g, i)})
		case grant.EventWarn:
			if g.Reconfirms(i) {
				_, open := reconfirmStands(g, i)
				all = append(all, Drawing{PostReconfirm, i, open, 0, reconfirmCard(g, i)})
			}
		case grant.EventOpenBreakGlass:
			all = append(all, Drawing{PostReview, i, g.NeedsReview() || g.State.InAWS(), 0, GlassCard(g)})
		}
	}
	return all
}

// asksIf returns the revision that a card asks about, counted from 1, or 0 if it does not ask.
func asksIf(asks bool, g grant.Grant) int {
	if !asks {
		return 0
	}
	return g.Revision + 1
}

// stillAbout reports whether a card is still relevant.
func stillAbout(g grant.Grant) bool { return g.State == grant.Pending || g.State.InAWS() }

// IsPost reports whether a post shows d.
func (d Drawing) IsPost(post store.Post) bool {
	return post.Key() == store.PostKey{Event: d.Event, Kind: d.Kind, Recipient: store.ToChannel}
}
