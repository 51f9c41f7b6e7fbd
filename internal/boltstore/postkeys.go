package boltstore

import (
	"fmt"
	"slices"

	"s3share/internal/grant"
)

// Up to schema 2 a post that was not a card had 8*event+i as its event: i was its
// place among the posts that told of the event. keyPosts returns the posts of such
// a delivery with the event itself and the recipient. Posts that nothing is told
// from any more keep a recipient of their own, so that each key is unique.
func keyPosts(g grant.Grant, posts []grant.Post) []grant.Post {
	posts = slices.Clone(posts)
	for i, p := range posts {
		switch p.Kind {
		case "card", "extension", "review", "reconfirm":
			posts[i].Recipient = grant.ToChannel
		default:
			posts[i].Event = p.Event / 8
			posts[i].Recipient = oldRecipient(g, p.Kind, p.Event/8, p.Event%8)
		}
	}
	return posts
}

// oldRecipient returns the recipient of the post in place i among those of an event.
func oldRecipient(g grant.Grant, kind string, event, i int) string {
	people := []string{g.Requester.User}
	if !g.Beneficiary.Same(g.Requester) {
		people = append(people, g.Beneficiary.User)
	}
	if event >= len(g.History) {
		return fmt.Sprintf("#%d", i)
	}
	happened := g.History[event].Kind
	switch {
	case kind == "thread":
		return grant.ToThread
	case kind == "consent":
		return g.Beneficiary.User
	case kind == "drift", happened == grant.Drift && i == 0: // answered before it was asked
		return grant.ToChannel
	case happened == grant.Check && kind == "alert": // the card cannot be posted
		return g.Requester.User
	case happened == grant.HandOver, happened == grant.Removed && kind == "alert", happened == grant.Stuck && i == 0:
		return grant.ToAdmins
	case happened == grant.Stuck, happened == grant.Drift:
		i-- // after the one to the channel
	}
	if i < len(people) {
		return people[i]
	}
	return fmt.Sprintf("#%d", i)
}
