package slackbot

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/store"
)

// clicks finds out what the message of a click shows, and whether the bot posted it.
type clicks struct {
	store  store.Store
	outbox *outbox.Outbox
	log    *slog.Logger
}

// allowed maps an action to the kinds of posts that may have a button for it.
var allowed = map[string][]string{
	blocks.ActApprove: {blocks.PostCard, blocks.PostExtension, blocks.PostReminder, blocks.PostHome},
	blocks.ActDeny:    {blocks.PostCard, blocks.PostExtension, blocks.PostReminder, blocks.PostHome},
	blocks.ActDetails: {blocks.PostCard, blocks.PostExtension, blocks.PostReconfirm, blocks.PostReminder, blocks.PostHome},
	blocks.ActChange:  {blocks.PostCard},
	blocks.ActRevoke:  {blocks.PostCard, blocks.PostReview, blocks.PostReconfirm, blocks.PostHome},
	blocks.ActEnd:     {blocks.PostGranted, blocks.PostWarning, blocks.PostDrift, blocks.PostReview, blocks.PostHome},
	blocks.ActExtend:  {blocks.PostGranted, blocks.PostWarning, blocks.PostReconfirm, blocks.PostHome},
	blocks.ActPutBack: {blocks.PostDrift},
	blocks.ActAgain:   {blocks.PostEnded, blocks.PostDenied},
	blocks.ActConsent: {blocks.PostConsent, blocks.PostHome},
	blocks.ActDecline: {blocks.PostConsent, blocks.PostHome},
	blocks.ActReview:  {blocks.PostReview, blocks.PostReminder, blocks.PostHome},
	blocks.ActCancel:  {blocks.PostReceived, blocks.PostHome},
	blocks.ActOpen:    {blocks.PostListed, blocks.PostReminder},
}

// driftShown returns when the drift began that the message of a click shows; zero if it shows none.
func (cs *clicks) driftShown(ctx context.Context, c click) (at time.Time, err error) {
	d, err := cs.store.Delivery(ctx, c.ID)
	i := slices.IndexFunc(d.Posts,
		func(p store.Post) bool { return p.Channel == c.Channel && p.TS == c.TS && p.Kind == blocks.PostDrift })
	if err != nil || i < 0 {
		return time.Time{}, err
	}
	g, err := cs.store.Get(ctx, c.ID)
	event := d.Posts[i].Event
	if err != nil || event >= len(g.History) {
		return time.Time{}, err
	}
	return g.History[event].At, nil
}

func errUnknownMessage() error {
	return grant.Refuse("That button doesn't count: its message isn't one that I posted for this request.").
		WithHint("Use the request's card, or type the command.")
}

// proveWithin is how long a click waits for the reply to its card's post.
const proveWithin = 10 * time.Second

// errUnproved means that a click's message may not be recorded yet.
var errUnproved = grant.Refuse("I'm still posting the message with that button.").
	WithHint("Press it again in a moment.")

// verifyClick returns a refusal unless the bot posted the message for that grant. A click that
// arrives before the reply to the post waits for it.
//
// The person's own Home is not a post: only that person sees it, only the bot draws it, and its
// actions are checked against the record as usual.
func (cs *clicks) verifyClick(ctx context.Context, c click, kinds []string, within time.Duration) error {
	if c.atHome() {
		if slices.Contains(kinds, blocks.PostHome) {
			return nil
		}
		return errUnknownMessage()
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		// Both before the records are read, so that no step is missed.
		lead := cs.lead(ctx, c.ID)
		own, leads := cs.outbox.NextStep(c.ID), cs.outbox.NextStep(lead)
		posted, err := cs.isOwnPost(ctx, c, c.ID, kinds)
		if err == nil && !posted && lead != c.ID && slices.Contains(kinds, blocks.PostCard) {
			posted, err = cs.isOwnPost(ctx, c, lead, []string{blocks.PostCard}) // the card of the whole batch
		}
		if err != nil {
			return err
		}
		switch {
		case posted:
			return nil
		case own == nil && leads == nil: // no post is in flight
			return errUnknownMessage()
		}
		select {
		case <-own:
		case <-leads:
		case <-ctx.Done():
			return errUnproved
		}
	}
}

// lead returns the grant whose card shows a grant.
func (cs *clicks) lead(ctx context.Context, id grant.ID) grant.ID {
	g, err := cs.store.Get(ctx, id)
	if err != nil {
		return id
	}
	return g.BatchLead()
}

// isOwnPost reports whether the message of a click is, by the record of a grant, a post of one of
// some kinds.
func (cs *clicks) isOwnPost(ctx context.Context, c click, by grant.ID, kinds []string) (bool, error) {
	d, err := cs.store.Delivery(ctx, by)
	return err == nil && slices.ContainsFunc(d.Posts, func(p store.Post) bool {
		return p.Channel == c.Channel && p.TS == c.TS && slices.Contains(kinds, p.Kind)
	}), err
}

// notShown is a revision that no request has, so it decides nothing.
const notShown = -1

// cardStands is how long a card has shown a revision before a typed decision counts for it.
const cardStands = 30 * time.Second

// shown returns the revision on the card of the pending request or extension. stood is false if the
// card is too new, or shows another revision.
func (cs *clicks) shown(ctx context.Context, id grant.ID, at time.Time) (revision int, stood bool) {
	g, err := cs.store.Get(ctx, id)
	if err != nil || g.State != grant.Pending && g.PendingExtension == nil {
		return notShown, true // nothing to decide; it is refused later
	}
	kind := blocks.PostExtension
	if g.State.Open() {
		kind, id = blocks.PostCard, g.BatchLead()
	}
	d, err := cs.store.Delivery(ctx, id)
	if err != nil || len(d.Posts) == 0 {
		return notShown, false
	}
	last := slices.MaxFunc(d.Posts, func(a, b store.Post) int {
		return cmp.Or(cmp.Compare(min(a.DecisionRevision, 1), min(b.DecisionRevision, 1)), a.Since.Compare(b.Since))
	})
	stood = last.Kind == kind && last.DecisionRevision == g.Revision+1 && !last.Since.Add(cardStands).After(at)
	return g.Revision, stood
}

// replaceSecondCopy replaces a duplicate message by a pointer to the recorded one. A duplicate
// exists if Slack accepted a post and its reply was lost. The payload identifies the message, which
// is safe because nothing else follows from it.
func (cs *clicks) replaceSecondCopy(ctx context.Context, a act, err error) {
	if !errors.As(err, new(*grant.Refusal)) || errors.Is(err, errUnproved) || a.Reply == "" || !a.Shown {
		return
	}
	if d, err := cs.store.Delivery(ctx, a.On.ID); err != nil || len(d.Posts) == 0 {
		return
	}
	copied := blocks.SecondCopy(a.On.ID)
	if a.Action == blocks.ActOpen {
		copied = blocks.SecondList()
	}
	if err := cs.outbox.Respond(ctx, a.Reply, copied, true); err != nil {
		cs.log.WarnContext(ctx, "replacing a second copy of a message", "grant", a.On.ID, "err", err)
	}
}

// redrawIfStale schedules a redraw of a card with a button that can have no effect: Slack may show
// an older version than the record says.
func (cs *clicks) redrawIfStale(ctx context.Context, c click, refused error) {
	var no *grant.Refusal
	if !errors.As(refused, &no) || c.TS == "" {
		return
	}
	g, err := cs.store.Get(ctx, c.ID)
	if err != nil || g.State == grant.Pending && g.Revision == c.Revision {
		return
	}
	cs.outbox.Redraw(ctx, c.ID, c.Channel, c.TS)
	if lead := g.BatchLead(); lead != c.ID {
		cs.outbox.Redraw(ctx, lead, c.Channel, c.TS)
	}
}
