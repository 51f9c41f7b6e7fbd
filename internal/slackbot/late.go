package slackbot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// freshButton returns the button with which somebody can do anew what was not done in
// time, if a message of its own can carry it.
func freshButton(v commands.Verb, g grant.Grant) (slack.BlockElement, bool) {
	switch {
	case v == commands.Approve && (g.State == grant.Pending || g.Amendment != nil):
		return approveButton(g), true
	case v == commands.NarrowAndApprove && g.State == grant.Pending:
		return button(actChange, "Change…", g, ""), true
	case v == commands.Consent && g.NeedsConsent():
		return button(actConsent, "Yes, it is for me", g, ""), true
	case v == commands.Extend && g.State == grant.Active:
		return button(actExtend, "Extend…", g, ""), true
	}
	return nil, false
}

// replyLate tells somebody directly that an act was not done in time, with a fresh
// button. The message is in the grant's record, so that a click on it counts. It
// returns false if that is not possible: then the act is answered like any other.
func (b *Bot) replyLate(ctx context.Context, a act, no *grant.Refusal) bool {
	ids := a.ids()
	if len(ids) != 1 {
		return false
	}
	g, err := b.Service.Get(ctx, ids[0])
	if err != nil {
		return false
	}
	fresh, has := freshButton(a.Verb, g)
	if !has {
		return false
	}
	text := "`" + string(g.ID) + "`: " + refusal(no)
	m := message{text: text, blocks: []slack.Block{section(text), slack.NewActionBlock("again", fresh)}}
	channel, ts, err := b.api.PostMessageContext(ctx, a.User, m.options()...)
	if err != nil {
		b.Log.WarnContext(ctx, "telling of an act that came too late", "grant", g.ID, "err", err)
		return false
	}
	_, err = store.Update(ctx, b.Store, func(ctx context.Context) (grant.Change, error) {
		d, err := b.Store.Delivery(ctx, g.ID)
		d.Posts = append(d.Posts, grant.Post{Kind: postRetry, Event: len(g.History) - 1, Recipient: a.User, Channel: channel, TS: ts})
		return grant.Change{At: b.Now(), Deliveries: []grant.Delivery{d}}, err
	})
	if err != nil {
		b.Log.WarnContext(ctx, "recording a message with a fresh button", "grant", g.ID, "err", err)
	}
	return true
}

// lateNote begins the key of the note that has the last yes which did not count.
const lateNote = "late yes "

// A lateYes is a yes of an approver that was acknowledged and did not count.
type lateYes struct {
	By       grant.Person
	At       time.Time // when it was received
	Why      string
	Revision int // of the request that waits
}

// noteLateYes has the card say that an approver's yes did not count, while it still
// asks for one. Of somebody who may not approve, no card says anything.
func (b *Bot) noteLateYes(ctx context.Context, a act, no *grant.Refusal) {
	if a.Verb != commands.Approve && a.Verb != commands.NarrowAndApprove || a.On == nil {
		return
	}
	g, err := b.Service.Get(ctx, a.On.ID)
	if err != nil || a.On.Revision != g.Revision || g.State != grant.Pending && g.Amendment == nil {
		return
	}
	rule, covered := b.Service.RuleFor(g.Bucket.Name)
	who, err := b.Service.People.Actor(ctx, a.by(), rule.Groups(), a.At)
	if !covered || err != nil || !rule.Approvers.Include(who) || g.ConcernsToday(a.by(), b.Service.Rules.PeopleBehind(g.Principal.ARN)) {
		return
	}
	_, err = store.Update(ctx, b.Store, func(ctx context.Context) (grant.Change, error) {
		var old lateYes
		note, err := grant.ReadNote(ctx, b.Store, lateNote+string(g.ID), &old)
		if err != nil {
			return grant.Change{}, err
		}
		note, err = note.With(lateYes{By: a.by(), At: a.At, Why: no.Sentence, Revision: g.Revision})
		now := b.Now()
		return grant.Change{At: now, Notes: []grant.Note{note}, Wakes: []grant.Wake{{Loop: grant.SlackLoop, ID: g.ID, At: now}}}, err
	})
	if err != nil {
		b.Log.WarnContext(ctx, "having a card say that a yes did not count", "grant", g.ID, "err", err)
	}
}

// withLateYes is a card that still asks, with word of a yes that did not count.
func (b *Bot) withLateYes(ctx context.Context, g grant.Grant, card message) message {
	var late *lateYes
	_, err := grant.ReadNote(ctx, b.Store, lateNote+string(g.ID), &late)
	if err != nil || late == nil || late.Revision != g.Revision || len(card.blocks) == 0 {
		return card
	}
	text := fmt.Sprintf("The approval by %s of %s did not count: %s", who(late.By), when(late.At), safe(late.Why, 300))
	card.blocks = slices.Insert(slices.Clone(card.blocks), len(card.blocks)-1, slack.Block(slack.NewContextBlock("", mrkdwn(text))))
	return card
}
