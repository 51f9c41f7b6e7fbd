package outbox

import (
	"context"
	"slices"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// sendNotices sends the notices that were not sent yet. Each is recorded at once. A failure blocks
// only later notices to the same people, so that the order holds. fault is the fault of the cards;
// the result is the worse of it and of the notices' faults.
func (p *delivery) sendNotices(ctx context.Context, fault error) error {
	stuck := map[string]bool{}
	complete := true
	if p.g.NeedsConsent() && !p.g.WantsConsent() {
		return fault // the beneficiary is still being looked up
	}
	for event := p.d.Told; event < len(p.g.History); event++ {
		for _, n := range p.addressed(ctx, blocks.Notices(p.g, event)) {
			switch {
			case p.sent(n.key(event)), p.isNeedless(n, event):
				continue
			case stuck[n.channel]:
				complete = false
				continue
			}
			switch n.Kind {
			case blocks.PostReceived:
				n.Message = blocks.StatusMessage(p.g, n.recipient, p.standing(ctx, fault))
			case blocks.PostConsent:
				n.Message = blocks.ConsentNotice(p.g, p.others)
			}
			if err := p.send(ctx, n, event); err != nil {
				fault = worse(fault, err)
				stuck[n.channel], complete = true, false
			}
		}
		if complete {
			p.d.Told = event + 1
		}
	}
	return fault
}

// An addressed is a notice for one channel or person.
type addressed struct {
	blocks.Notice
	recipient string // as in [store.Post]
	channel   string // a channel or a user id
}

func (n addressed) key(event int) store.PostKey {
	return store.PostKey{Event: event, Kind: n.Kind, Recipient: n.recipient}
}

// class returns the importance of a notice.
func (n addressed) class() class {
	switch n.Kind {
	case blocks.PostReceived, blocks.PostThread:
		return quiet
	case blocks.PostEnded, blocks.PostWarning:
		return told
	}
	return awaited
}

// addressed returns the notices with the channel of each. A notice for the thread is left out while
// there is no card.
func (p *delivery) addressed(ctx context.Context, all []blocks.Notice) (out []addressed) {
	for _, n := range all {
		for _, recipient := range n.Recipients(p.g) {
			channel := recipient
			switch recipient {
			case store.ToChannel:
				channel = p.g.Rule.Channel
			case store.ToAdmins:
				channel = p.out.Admins.channel
			case store.ToThread:
				in, ts, listed := p.thread(ctx)
				if ts == "" || listed && n.Kind != blocks.PostReminder {
					continue
				}
				if listed {
					n.Message = blocks.ReminderOfListed(p.g, n.Message)
				}
				channel, n.Thread = in, ts
			}
			if n.To == blocks.ToAlertThread {
				alert := p.alertOf(n.About)
				if alert == nil {
					continue // its end was known before it could be posted
				}
				channel, n.Thread = alert.Channel, alert.TS
			}
			out = append(out, addressed{n, recipient, channel})
		}
	}
	return out
}

// alertOf returns the posted alert about an event, or nil.
func (p *delivery) alertOf(event int) *store.Post {
	for i, post := range p.d.Posts {
		if post.Event == event && (post.Kind == blocks.PostDrift || post.Recipient == store.ToAdmins) {
			return &p.d.Posts[i]
		}
	}
	return nil
}

// isNeedless reports whether a recipient needs no message about an event: they have a status message
// already, or were not told of the pause that is over.
func (p *delivery) isNeedless(n addressed, event int) bool {
	has := func(same func(store.Post) bool) bool {
		return slices.ContainsFunc(p.d.Posts, func(post store.Post) bool {
			return post.Recipient == n.recipient && same(post)
		})
	}
	switch {
	case n.Kind == blocks.PostReceived:
		return has(func(post store.Post) bool { return post.Kind == n.Kind })
	case p.g.History[event].Kind == grant.EventResumed && n.IsPersonal():
		return !has(func(post store.Post) bool {
			return post.Event < event && post.Event < len(p.g.History) && p.g.History[post.Event].Kind == grant.EventDrift
		})
	}
	return false
}

// standing returns the facts beside the record for the messages to people. fault is that of the cards.
func (p *delivery) standing(ctx context.Context, fault error) blocks.Standing {
	_, ts, _ := p.thread(ctx)
	s := blocks.Standing{CardPosted: ts != "", Batch: p.others, Frozen: p.frozen != nil}
	if fault != nil && needsPerson(fault) {
		s.Refused = fault
	}
	return s
}

// thread returns the channel and timestamp of the card; without one, those of the list that shows the
// request. Notices about the grant go into its thread.
func (p *delivery) thread(ctx context.Context) (channel, ts string, listed bool) {
	d := *p.d
	if !p.g.IsBatchLead() {
		var err error
		if d, err = p.out.store.Delivery(ctx, p.g.BatchLead()); err != nil {
			return "", "", false
		}
	}
	for _, post := range d.Posts {
		switch post.Kind {
		case blocks.PostCard, blocks.PostReview:
			return post.Channel, post.TS, false
		case blocks.PostListed:
			channel, ts, listed = post.Channel, post.TS, true
		}
	}
	return channel, ts, listed
}

// sent reports whether the notice with a key was sent before.
func (p *delivery) sent(key store.PostKey) bool {
	return slices.ContainsFunc(p.d.Posts, func(post store.Post) bool { return post.Key() == key })
}

// send sends one notice of an event and records it. A person who cannot be reached is not retried.
func (p *delivery) send(ctx context.Context, n addressed, event int) error {
	post := store.Post{Kind: n.Kind, Event: event, Recipient: n.recipient, Digest: n.Digest()}
	if n.Reply && p.replies(ctx, n) {
		return p.record(ctx, post)
	}
	if n.Kind == blocks.PostThread && p.g.State == grant.Ended &&
		p.out.limiter.backlog(n.channel, quiet) > mostReplying {
		p.out.ended.add(n.channel)
		return nil // the summary stands for it
	}
	var err error
	post.Channel, post.TS, err = p.out.post(ctx, n.channel, string(p.g.ID), n.class(), n.Message)
	isVisible := n.To == blocks.ToThread && n.Kind != blocks.PostThread || n.To == blocks.ToAlertThread && n.Thread != ""
	if isVisible && (lost(err) || IsPermanent(err)) {
		n.Thread = "" // a reminder, or the end of an alert, must be visible
		post.Channel, post.TS, err = p.out.post(ctx, n.channel, string(p.g.ID), n.class(), n.Message)
	}
	if n.To == blocks.ToThread && (lost(err) || IsPermanent(err)) {
		return nil // the card is gone, and the history has the text
	}
	if (n.To == blocks.ToRequester || n.To == blocks.ToRequesterAlone) && needsPerson(err) {
		if n.Kind == blocks.PostReceived && p.g.State == grant.Pending && !p.standing(ctx, nil).CardPosted {
			post.Kind = blocks.PostAlert // the status message follows once the approvers have the card
			if p.sent(post.Key()) || !p.replies(ctx, n) {
				return err
			}
			return worse(p.record(ctx, post), err)
		}
		if p.replies(ctx, n) {
			return p.record(ctx, post)
		}
	}
	if err != nil && n.IsPersonal() && Unreachable(err) {
		p.out.log.WarnContext(ctx, "a person cannot be told", "grant", p.g.ID, "person", n.channel, "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	return p.record(ctx, post)
}

// replies sends a notice to the command's response URL while that is valid.
func (p *delivery) replies(ctx context.Context, n addressed) bool {
	return n.channel == p.g.Requester.User && p.d.Reply != "" && p.out.now().Before(p.d.ReplyBy) &&
		p.out.Respond(ctx, p.d.Reply, n.Message, false) == nil
}
