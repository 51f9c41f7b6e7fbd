package blocks

import (
	"s3share/internal/grant"
	"slices"
)

// A Drawing is one message that is kept up to date with the record.
type Drawing struct {
	Kind  string
	Event int  // of the history that it is about; 0: the request
	Needs bool // it is still about something: if it is gone, another is posted
	Asks  int  // the revision that it asks for a decision on, counted from 1; 0: it asks for none
	Message
}

// Drawings are the card, of the one that leads if several were asked for together, and one for each extension, each break-glass, and each
// time that it is asked whether a long grant is still needed. A
// request that was over before there was a card gets none.
func Drawings(g grant.Grant, others ...grant.Grant) (all []Drawing) {
	if g.Last(grant.Check) == nil {
		return nil
	}
	switch {
	case g.BreakGlass, !g.IsBatchLead():
	case len(others) > 0:
		all = append(all, Drawing{PostCard, 0, slices.ContainsFunc(append(others, g), stillAbout), asksIf(g.State == grant.Pending, g), BatchCard(g, others)})
	default:
		all = append(all, Drawing{PostCard, 0, stillAbout(g), asksIf(g.State == grant.Pending, g), Card(g)})
	}
	for i, ev := range g.History {
		switch ev.Kind {
		case grant.RequestExtension:
			_, open := extensionStands(g, i)
			all = append(all, Drawing{PostExtension, i, open, asksIf(open, g), ExtensionCard(g, i)})
		case grant.Warn:
			if g.Reconfirms(i) {
				_, open := reconfirmStands(g, i)
				all = append(all, Drawing{PostReconfirm, i, open, 0, reconfirmCard(g, i)})
			}
		case grant.OpenBreakGlass:
			all = append(all, Drawing{PostReview, i, g.NeedsReview() || g.State.InAWS(), 0, GlassCard(g)})
		}
	}
	return all
}

// asksIf returns the revision that a card asks about, counted from 1, if it asks.
func asksIf(asks bool, g grant.Grant) int {
	if !asks {
		return 0
	}
	return g.Revision + 1
}

// stillAbout reports whether a card is about anything.
func stillAbout(g grant.Grant) bool { return g.State == grant.Pending || g.State.InAWS() }

// IsPost reports whether a post shows d.
func (d Drawing) IsPost(post grant.Post) bool {
	return post.Key() == grant.PostKey{Event: d.Event, Kind: d.Kind, Recipient: grant.ToChannel}
}
