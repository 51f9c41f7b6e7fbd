package slackbot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A click is a button of a message, as the envelope proved it.
type click struct {
	ID       grant.ID
	Revision int
	Channel  string
	TS       string
}

// interact takes a click, a submitted modal, a shortcut, or what somebody types
// into a menu.
func (b *Bot) interact(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	to := place{url: in.ResponseURL, channel: in.Channel.ID, user: in.User.ID}
	switch in.Type {
	case slack.InteractionTypeBlockActions:
		ack(nil)
		if len(in.ActionCallback.BlockActions) > 0 {
			b.press(ctx, call, in, in.ActionCallback.BlockActions[0]) // a person presses one button at a time
		}
	case slack.InteractionTypeViewSubmission:
		b.submit(ctx, call, in, ack)
	case slack.InteractionTypeBlockSuggestion:
		b.suggest(ctx, call, in, ack)
	case slack.InteractionTypeShortcut:
		ack(nil)
		b.openForm(ctx, call, to, in.TriggerID, filled{})
	case slack.InteractionTypeMessageAction:
		ack(nil)
		b.openForm(ctx, call, to, in.TriggerID, filled{Reason: b.threadReason(ctx, in)})
	}
}

// submit takes a submitted modal.
func (b *Bot) submit(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	switch in.View.CallbackID {
	case requestForm:
		b.submitForm(ctx, call, in, ack)
	case changeModal:
		b.submitChange(ctx, call, in, ack)
	case glassModal:
		b.submitGlass(ctx, call, in, ack)
	case severalModal:
		b.submitSeveral(ctx, call, in, ack)
	case extendModal:
		b.submitExtension(ctx, call, in, ack)
	default:
		b.submitReason(ctx, call, in, ack)
	}
}

// allowed are the kinds of post that each action may be pressed on.
func allowed(action string) []string {
	switch action {
	case actApprove, actDeny:
		return []string{postCard, postExtension, postReminder, postHome}
	case actDetails:
		return []string{postCard, postExtension, postReconfirm, postReminder, postHome}
	case actChange:
		return []string{postCard}
	case actRevoke:
		return []string{postCard, postReview, postReconfirm, postHome}
	case actEnd:
		return []string{postGranted, postWarning, postDrift, postReview, postHome}
	case actExtend:
		return []string{postGranted, postWarning, postReconfirm, postHome}
	case actPutBack:
		return []string{postDrift}
	case actAgain:
		return []string{postEnded, postDenied}
	case actConsent, actDecline:
		return []string{postConsent, postHome}
	case actReview:
		return []string{postReview, postReminder, postHome}
	case actCancel:
		return []string{postReceived, postHome}
	}
	return nil
}

// press does what a button asks for, as far as the record allows it.
func (b *Bot) press(ctx context.Context, call commands.Call, in slack.InteractionCallback, action *slack.BlockAction) {
	to := place{url: in.ResponseURL, channel: in.Channel.ID, user: in.User.ID}
	switch {
	case action.ActionID == actSeveral:
		b.openSeveral(ctx, call, to, in.TriggerID)
		return
	case action.ActionID == actForm:
		b.openForm(ctx, call, to, in.TriggerID, filled{})
		return
	case in.View.Type == slack.VTModal:
		if in.View.CallbackID == requestForm {
			b.redrawForm(ctx, call, in)
		}
		return
	}
	c, ok := readClick(in, action)
	kinds := allowed(action.ActionID)
	if !ok || kinds == nil {
		b.answer(ctx, to, commands.Answer{}, notOurs())
		return
	}
	if opens(action.ActionID) {
		b.open(ctx, call, to, in, c, action.ActionID)
		return
	}
	if err := b.proved(ctx, c, kinds, proveWithin); err != nil {
		b.disown(ctx, to, in, c, err)
		return
	}
	var answer commands.Answer
	drift, err := b.askedAbout(ctx, c)
	if err == nil {
		answer, err = b.act(ctx, call, c, action.ActionID, drift)
	}
	b.redrawIfStale(ctx, c, err)
	b.answer(ctx, to, answer, err)
}

// askedAbout returns when somebody else made the change that the message of a click
// asks about; zero if it asks about none.
func (b *Bot) askedAbout(ctx context.Context, c click) (at time.Time, err error) {
	d, err := b.Store.Delivery(ctx, c.ID)
	i := slices.IndexFunc(d.Posts, func(p grant.Post) bool { return p.Channel == c.Channel && p.TS == c.TS && p.Kind == postDrift })
	if err != nil || i < 0 {
		return time.Time{}, err
	}
	g, err := b.Store.Get(ctx, c.ID)
	event := d.Posts[i].Event
	if err != nil || event >= len(g.History) {
		return time.Time{}, err
	}
	return g.History[event].At, nil
}

func (b *Bot) act(ctx context.Context, call commands.Call, c click, action string, drift time.Time) (commands.Answer, error) {
	switch action {
	case actApprove:
		return b.Service.Approve(ctx, call, c.ID, c.Revision)
	case actEnd:
		return b.Service.EndChanged(ctx, call, c.ID, drift)
	case actPutBack:
		return b.Service.PutBack(ctx, call, c.ID, drift)
	case actConsent:
		return b.Service.Consent(ctx, call, c.ID)
	case actDecline:
		return b.Service.Decline(ctx, call, c.ID)
	case actCancel:
		return b.Service.Cancel(ctx, call, c.ID)
	}
	return commands.Answer{}, notOurs()
}

func readClick(in slack.InteractionCallback, action *slack.BlockAction) (click, bool) {
	id, revision, found := strings.Cut(action.Value, ".")
	n, err := strconv.Atoi(revision)
	c := click{ID: grant.ID(id), Revision: n, Channel: in.Container.ChannelID, TS: in.Container.MessageTs}
	if c.Channel == "" {
		c.Channel = in.Channel.ID
	}
	if in.View.Type == slack.VTHomeTab {
		c.Channel, c.TS = "", ""
		return c, found && err == nil
	}
	return c, found && err == nil && c.TS != ""
}

func notOurs() error {
	return grant.Refuse("That button is not on a message that I posted for this request.").WithHint("Use the card, or type the command.")
}

// proveWithin is how long a click waits for the answer to its card's post.
const proveWithin = 10 * time.Second

// errUnproved is that a click's message may be on its way into the record.
var errUnproved = grant.Refuse("I am just posting something for this request, and cannot tell yet whether that button counts.").WithHint("Press it again in a moment.")

// proved returns a refusal unless the bot itself posted the message for that
// grant. A click that overtakes the answer to the post waits for it.
//
// A person's own Home is no post: Slack shows it to nobody else, the bot alone
// draws it, and what it asks for is held against the record like everything.
func (b *Bot) proved(ctx context.Context, c click, kinds []string, within time.Duration) error {
	if c.TS == "" && c.Channel == "" {
		if slices.Contains(kinds, postHome) {
			return nil
		}
		return notOurs()
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		step := b.posts.step(c.ID) // before the record is read, so that no step is missed
		posted, err := b.posted(ctx, c, c.ID, kinds)
		if lead := b.lead(ctx, c.ID); err == nil && !posted && lead != c.ID && slices.Contains(kinds, postCard) {
			step = b.posts.step(lead)
			posted, err = b.posted(ctx, c, lead, []string{postCard}) // which shows what was asked for with it
		}
		if err != nil {
			return err
		}
		switch {
		case posted:
			return nil
		case step == nil: // nothing is being posted for it
			return notOurs()
		}
		select {
		case <-step:
		case <-ctx.Done():
			return errUnproved
		}
	}
}

// posted reports whether the message of a click is, by the record of a grant, one
// of some kinds that the bot posted for it.
func (b *Bot) posted(ctx context.Context, c click, by grant.ID, kinds []string) (bool, error) {
	d, err := b.Store.Delivery(ctx, by)
	return err == nil && slices.ContainsFunc(d.Posts, func(p grant.Post) bool {
		return p.Channel == c.Channel && p.TS == c.TS && slices.Contains(kinds, p.Kind)
	}), err
}

// disown answers a click on a message that is not in the grant's record. If it is
// a second copy of one that is, which Slack took without its answer ever coming
// back, it is replaced by a pointer to the one that counts. What the message
// is can be taken from the payload here, because nothing follows from it.
func (b *Bot) disown(ctx context.Context, to place, in slack.InteractionCallback, c click, err error) {
	b.answer(ctx, to, commands.Answer{}, err)
	if errors.Is(err, errUnproved) || to.url == "" || !shows(in.Message, c) {
		return
	}
	if d, err := b.Store.Delivery(ctx, c.ID); err != nil || len(d.Posts) == 0 {
		return
	}
	if err := b.respond(ctx, to.url, secondCopy(c.ID), true); err != nil {
		b.Log.WarnContext(ctx, "replacing a second copy of a message", "grant", c.ID, "err", err)
	}
}

// shows reports whether the message has a button that is about the click's grant.
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

// redrawIfStale has the card drawn again if it showed a button that cannot do
// anything any more: what Slack shows may be older than what the record says it
// shows.
func (b *Bot) redrawIfStale(ctx context.Context, c click, refused error) {
	var no *grant.Refusal
	if !errors.As(refused, &no) || c.TS == "" {
		return
	}
	g, err := b.Store.Get(ctx, c.ID)
	if err != nil || g.State == grant.Pending && g.Revision == c.Revision {
		return
	}
	b.redraw(ctx, c, c.ID)
	if lead := g.Lead(); lead != c.ID {
		b.redraw(ctx, c, lead)
	}
}

// redraw has the message of a click drawn again, if it is one of a grant's.
func (b *Bot) redraw(ctx context.Context, c click, id grant.ID) {
	_, err := store.Update(ctx, b.Store, func(ctx context.Context) (grant.Change, error) {
		d, err := b.Store.Delivery(ctx, id)
		if err != nil {
			return grant.Change{}, err
		}
		i := slices.IndexFunc(d.Posts, func(p grant.Post) bool { return p.Channel == c.Channel && p.TS == c.TS })
		if i < 0 {
			return grant.Change{}, errNotPosted
		}
		d.Posts[i].Digest = ""
		now := b.Now()
		return grant.Change{At: now, Deliveries: []grant.Delivery{d}, Wakes: []grant.Wake{{Loop: grant.SlackLoop, ID: id, At: now}}}, nil
	})
	if err != nil && !errors.Is(err, errNotPosted) {
		b.Log.WarnContext(ctx, "having a card drawn again", "grant", c.ID, "err", err)
	}
}

var errNotPosted = errors.New("the grant has no such post")
