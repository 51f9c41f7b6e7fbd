package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/store"
)

// The callbacks of the shortcuts in manifest.yml.
const (
	requestShortcut = "request_access"
	requestHere     = "request_access_here" // of the message shortcut
)

// A click is a button of a message, as the envelope proves it. Without a channel and a message it
// is on the person's own Home. Modals and the journal store it with these names.
type click struct {
	ID       grant.ID
	Revision int
	Channel  string
	TS       string
}

// clicks finds out what the message of a click shows, and whether the bot posted it.
type clicks struct {
	store  store.Store
	outbox *outbox.Outbox
	log    *slog.Logger
}

func (c click) atHome() bool { return c.TS == "" && c.Channel == "" }

// actIn returns the act of an envelope. ok is false for reads and for clicks that open a modal.
func (b *Bot) actIn(evt socketmode.Event) (a act, ok bool) {
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		a, ok = typedAct(data)
	case slack.InteractionCallback:
		switch data.Type {
		case slack.InteractionTypeBlockActions:
			a, ok = pressedAct(data)
		case slack.InteractionTypeViewSubmission:
			a, ok = sentAct(data)
		}
		p := personOf(data)
		a.Team, a.User, a.Trigger = p.Team, p.User, data.TriggerID
	}
	return a, ok
}

func typedAct(data slack.SlashCommand) (a act, ok bool) {
	verb, ok := commands.TypedVerb(data.Text)
	return act{Verb: verb, Team: data.TeamID, User: data.UserID, Trigger: data.TriggerID, Reply: data.ResponseURL,
		Channel: data.ChannelID, Text: data.Text}, ok
}

// pressedAct returns the act of a button that has an immediate effect.
func pressedAct(in slack.InteractionCallback) (a act, ok bool) {
	if len(in.ActionCallback.BlockActions) == 0 || in.View.Type == slack.VTModal {
		return a, false
	}
	action := in.ActionCallback.BlockActions[0]
	if action.ActionID == blocks.ActRetry {
		return act{Reply: in.ResponseURL, Channel: in.Channel.ID, Action: blocks.ActRetry, Retry: action.Value}, true
	}
	verb, ok := map[string]commands.Verb{
		blocks.ActApprove: commands.Approve, blocks.ActEnd: commands.End, blocks.ActPutBack: commands.PutBack,
		blocks.ActConsent: commands.Consent, blocks.ActDecline: commands.Decline, blocks.ActCancel: commands.Cancel,
	}[action.ActionID]
	c, read := readClick(in, action)
	if !ok || !read {
		return a, false
	}
	return act{Verb: verb, Reply: in.ResponseURL, Channel: in.Channel.ID, Action: action.ActionID, On: &c,
		Shown: shows(in.Message, c)}, true
}

// opened opens the modal of a click or a shortcut. It refuses an unknown one.
func (in *incoming) opened(ctx context.Context, call commands.Invocation, data slack.InteractionCallback) {
	switch {
	case data.Type == slack.InteractionTypeBlockActions && len(data.ActionCallback.BlockActions) > 0:
		in.pressed(ctx, call, data, data.ActionCallback.BlockActions[0])
	case data.Type == slack.InteractionTypeShortcut && data.CallbackID == requestShortcut:
		in.openForm(ctx, call, in.opening(data.TriggerID), blocks.RequestValues{})
	case data.Type == slack.InteractionTypeMessageAction && data.CallbackID == requestHere:
		in.openFormFrom(ctx, call, in.opening(data.TriggerID), data)
	case data.Type == slack.InteractionTypeViewClosed: // no form requests this event, and nothing follows
	default:
		in.tellUnreadable(ctx, data, "a click or a shortcut")
	}
}

// pressed handles a button that decides nothing.
func (in *incoming) pressed(ctx context.Context, call commands.Invocation, data slack.InteractionCallback,
	action *slack.BlockAction) {
	switch {
	case action.ActionID == blocks.ActSeveral:
		in.openBulkApprove(ctx, call, in.opening(data.TriggerID))
		return
	case action.ActionID == blocks.ActRetry:
		in.openRetry(ctx, call, in.opening(data.TriggerID), action.Value)
		return
	case action.ActionID == blocks.ActForm:
		in.openForm(ctx, call, in.opening(data.TriggerID), blocks.RequestValues{})
		return
	case data.View.Type == slack.VTModal && data.View.CallbackID == blocks.RequestCallback:
		in.forms.redrawRequest(ctx, call, data)
		return
	case data.View.Type == slack.VTModal:
		in.tellUnreadable(ctx, data, "an action in a form")
		return
	}
	c, ok := readClick(data, action)
	if !ok || !opens(action.ActionID) {
		in.logUnreadable(ctx, data, "a button")
		in.answers.answer(ctx, in.place, commands.Answer{}, errUnknownMessage())
		return
	}
	in.openOn(ctx, call, in.opening(data.TriggerID), data, c, action.ActionID)
}

// allowed returns the kinds of posts that may have a button for an action.
func allowed(action string) []string {
	switch action {
	case blocks.ActApprove:
		return []string{blocks.PostCard, blocks.PostExtension, blocks.PostReminder, blocks.PostHome}
	case blocks.ActDeny:
		return []string{blocks.PostCard, blocks.PostExtension, blocks.PostReminder, blocks.PostHome}
	case blocks.ActDetails:
		return []string{blocks.PostCard, blocks.PostExtension, blocks.PostReconfirm, blocks.PostReminder, blocks.PostHome}
	case blocks.ActChange:
		return []string{blocks.PostCard}
	case blocks.ActRevoke:
		return []string{blocks.PostCard, blocks.PostReview, blocks.PostReconfirm, blocks.PostHome}
	case blocks.ActEnd:
		return []string{blocks.PostGranted, blocks.PostWarning, blocks.PostDrift, blocks.PostReview, blocks.PostHome}
	case blocks.ActExtend:
		return []string{blocks.PostGranted, blocks.PostWarning, blocks.PostReconfirm, blocks.PostHome}
	case blocks.ActPutBack:
		return []string{blocks.PostDrift}
	case blocks.ActAgain:
		return []string{blocks.PostEnded, blocks.PostDenied}
	case blocks.ActConsent:
		return []string{blocks.PostConsent, blocks.PostHome}
	case blocks.ActDecline:
		return []string{blocks.PostConsent, blocks.PostHome}
	case blocks.ActReview:
		return []string{blocks.PostReview, blocks.PostReminder, blocks.PostHome}
	case blocks.ActCancel:
		return []string{blocks.PostReceived, blocks.PostHome}
	}
	return nil
}

// askedAbout returns when the drift began that the message of a click asks about; zero if it asks
// about none.
func (cs *clicks) askedAbout(ctx context.Context, c click) (at time.Time, err error) {
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

// readClick reads a button; ok is false if its value or its message is unreadable.
func readClick(in slack.InteractionCallback, action *slack.BlockAction) (click, bool) {
	id, revision, ok := blocks.ParseValue(action.Value)
	c := click{ID: id, Revision: revision, Channel: in.Container.ChannelID, TS: in.Container.MessageTs}
	if c.Channel == "" {
		c.Channel = in.Channel.ID
	}
	if in.View.Type == slack.VTHomeTab {
		c.Channel, c.TS = "", ""
		return c, ok
	}
	return c, ok && c.TS != ""
}

func errUnknownMessage() error {
	return grant.Refuse("That button is not on a message that I posted for this request.").
		WithHint("Use the card, or type the command.")
}

// proveWithin is how long a click waits for the reply to its card's post.
const proveWithin = 10 * time.Second

// errUnproved means that a click's message may not be recorded yet.
var errUnproved = grant.Refuse("I am just posting something for this request, and cannot tell yet whether that " +
	"button counts.").WithHint("Press it again in a moment.")

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

// rejectUnknownMessage answers a click on a message that is not in the grant's record, for a button
// that opens a modal.
func (b *Bot) rejectUnknownMessage(ctx context.Context, to outbox.Place, in slack.InteractionCallback, c click,
	err error) {
	b.answers.answer(ctx, to, commands.Answer{}, err)
	b.clicks.replaceSecondCopy(ctx, act{Reply: to.URL, On: &c, Shown: shows(in.Message, c)}, err)
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
	if err := cs.outbox.Respond(ctx, a.Reply, blocks.SecondCopy(a.On.ID), true); err != nil {
		cs.log.WarnContext(ctx, "replacing a second copy of a message", "grant", a.On.ID, "err", err)
	}
}

// shows reports whether the message has a button for the click's grant.
func shows(m slack.Message, c click) bool {
	for _, block := range m.Blocks.BlockSet {
		actions, ok := block.(*slack.ActionBlock)
		if !ok || actions.Elements == nil {
			continue
		}
		for _, e := range actions.Elements.ElementSet {
			if button, ok := e.(*slack.ButtonBlockElement); ok && strings.HasPrefix(button.Value, string(c.ID)+".") {
				return true
			}
		}
	}
	return false
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
