package slackbot

import (
	"s3share/internal/grant"
	"slices"
)

// A drawing is one message that is kept up to date with the record.
type drawing struct {
	kind  string
	event int  // of the history that it is about; 0: the request
	needs bool // it is still about something: if it is gone, another is posted
	asks  int  // the revision that it asks for a decision on, counted from 1; 0: it asks for none
	message
}

// drawings are the card, of the one that leads if several were asked for together, and one for each extension, each break-glass, and each
// time that it is asked whether a long grant is still needed. A
// request that was over before there was a card gets none.
func drawings(g grant.Grant, others ...grant.Grant) (all []drawing) {
	if g.Last(grant.Check) == nil {
		return nil
	}
	switch {
	case g.BreakGlass, !g.IsBatchLead():
	case len(others) > 0:
		all = append(all, drawing{postCard, 0, slices.ContainsFunc(append(others, g), stillAbout), asksIf(g.State == grant.Pending, g), batchCard(g, others)})
	default:
		all = append(all, drawing{postCard, 0, stillAbout(g), asksIf(g.State == grant.Pending, g), card(g)})
	}
	for i, ev := range g.History {
		switch ev.Kind {
		case grant.RequestExtension:
			_, open := extensionStands(g, i)
			all = append(all, drawing{postExtension, i, open, asksIf(open, g), extensionCard(g, i)})
		case grant.Warn:
			if g.Reconfirms(i) {
				_, open := reconfirmStands(g, i)
				all = append(all, drawing{postReconfirm, i, open, 0, reconfirmCard(g, i)})
			}
		case grant.OpenBreakGlass:
			all = append(all, drawing{postReview, i, g.NeedsReview() || g.State.InAWS(), 0, glassCard(g)})
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

// isPost reports whether a post shows d.
func (d drawing) isPost(post grant.Post) bool {
	return post.Key() == grant.PostKey{Event: d.event, Kind: d.kind, Recipient: grant.ToChannel}
}
