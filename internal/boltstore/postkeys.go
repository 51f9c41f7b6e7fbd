package boltstore

import (
	"fmt"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// keyPosts converts the posts of a delivery of schema 1 or 2 to the keys of schema 3: the event and
// the recipient. In schemas 1 and 2 the event of a post that was not a card was 8*event+i, and i
// was its place among the posts about the event. A post without a current counterpart gets a
// recipient of its own, so that each key is unique.
func keyPosts(g grant.Grant, posts []store.Post) []store.Post {
	posts = slices.Clone(posts)
	for i, p := range posts {
		switch p.Kind {
		case "card", "extension", "review", "reconfirm":
			posts[i].Recipient = store.ToChannel
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
		return store.ToThread
	case kind == "consent":
		return g.Beneficiary.User
	case kind == "drift", happened == grant.EventDrift && i == 0: // the answer preceded the question
		return store.ToChannel
	case happened == grant.EventCheck && kind == "alert": // the card could not be posted
		return g.Requester.User
	case happened == grant.EventDelegated, happened == grant.EventRemoved && kind == "alert",
		happened == grant.EventStalled && i == 0:
		return store.ToAdmins
	case happened == grant.EventStalled, happened == grant.EventDrift:
		i-- // the first post goes to the channel or the admins
	}
	if i < len(people) {
		return people[i]
	}
	return fmt.Sprintf("#%d", i)
}
