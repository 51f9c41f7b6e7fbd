package slackbot

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/store"
)

// openWithin is the longest delay between a click and its modal: the trigger lasts three seconds.
// Contents that take longer are blocks.RequestValues in later.
const (
	openWithin      = 700 * time.Millisecond
	proveOpenWithin = 500 * time.Millisecond // of that, for the reply to the post of its card
)

// An opening holds the trigger of a modal, and the texts in case it fails.
type opening struct {
	trigger string
	at      time.Time // when the click was received, by the machine's clock
	to      outbox.Place
	who     string
	failed  string // the message if it does not open
	instead string // and the alternative
}

func (in *incoming) opening(trigger string) opening {
	return opening{trigger: trigger, at: time.Now(), to: in.place, who: in.by.User,
		failed: "The form could not be opened.", instead: "Press the button again."}
}

func (o opening) or(instead string) opening {
	o.instead = instead
	return o
}

// opens reports whether a button opens a modal.
func opens(action string) bool {
	return slices.Contains([]string{blocks.ActDeny, blocks.ActChange, blocks.ActDetails, blocks.ActExtend,
		blocks.ActRevoke, blocks.ActReview, blocks.ActAgain}, action)
}

// A drawnModal is a modal, or the reason why there is none.
type drawnModal struct {
	view slack.ModalViewRequest
	err  error
}

// openModal opens a modal. If its contents take too long, it opens a loading view and fills it in
// later. A refusal is sent as an answer, or shown in the modal if that is open.
func (b *Bot) openModal(ctx context.Context, o opening, draw func(context.Context) (slack.ModalViewRequest, error)) {
	done := make(chan drawnModal, 1)
	go func() {
		view, err := draw(ctx)
		done <- drawnModal{view, err}
	}()
	timer := time.NewTimer(openWithin - time.Since(o.at))
	defer timer.Stop()
	select {
	case d := <-done:
		if d.err != nil {
			b.answers.answer(ctx, o.to, commands.Answer{}, d.err)
			return
		}
		b.openView(ctx, o, d.view)
	case <-timer.C:
		opened := b.openView(ctx, o, blocks.LoadingView())
		d := <-done
		if d.err != nil && opened == nil {
			b.answers.answer(ctx, o.to, commands.Answer{}, d.err)
		}
		if opened != nil {
			b.fillIn(ctx, o, opened, d)
		}
	}
}

// openView opens a view and returns it, or nil if Slack refuses.
func (b *Bot) openView(ctx context.Context, o opening, view slack.ModalViewRequest) *slack.View {
	opened, err := b.api.OpenViewContext(ctx, o.trigger, view)
	if err != nil {
		b.Log.WarnContext(ctx, "opening a modal", "person", o.who, "err", err)
		b.answers.answer(ctx, o.to, commands.Answer{}, grant.Refuse("%s", o.failed).WithHint("%s", o.instead))
		return nil
	}
	return &opened.View
}

// fillIn replaces the loading view.
func (b *Bot) fillIn(ctx context.Context, o opening, opened *slack.View, d drawnModal) {
	view := d.view
	if d.err != nil {
		no := blocks.Refused(d.err)
		if no == nil {
			b.Log.ErrorContext(ctx, "drawing a modal", "person", o.who, "err", d.err)
			no = grant.Refuse("Something broke on my side.").WithHint("%s", o.instead)
		}
		view = blocks.TextView(blocks.RefusalText(no))
	}
	_, err := b.api.UpdateViewContext(ctx, view, "", "", opened.ID)
	if err != nil && !outbox.SaidBySlack(err, "not_found", "view_not_found") { // it was closed meanwhile
		b.Log.WarnContext(ctx, "filling in a modal", "person", o.who, "err", err)
	}
}

// openOn opens the modal of a button on a message. A refusal that is certain by the record is shown
// instead of the form. Slack is asked about the person when the form is sent.
func (b *Bot) openOn(ctx context.Context, call commands.Invocation, o opening, in slack.InteractionCallback, c click,
	action string) {
	err := b.clicks.verifyClick(ctx, c, allowed(action), proveOpenWithin)
	if err != nil && !errors.Is(err, errUnproved) {
		b.rejectUnknownMessage(ctx, o.to, in, c, err)
		return
	}
	o = o.or("Press the button again, or type " + typedInstead(action, c.ID) + ".")
	b.openModal(ctx, o, func(ctx context.Context) (slack.ModalViewRequest, error) {
		view, err := b.modal(ctx, call, c, action)
		b.clicks.redrawIfStale(ctx, c, err)
		return view, err
	})
}

// modal returns the modal of a button, or a refusal.
func (b *Bot) modal(ctx context.Context, call commands.Invocation, c click, action string) (
	slack.ModalViewRequest, error) {
	g, err := b.Service.Queries.Get(ctx, c.ID)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	switch action {
	case blocks.ActAgain:
		others, err := store.ReadRest(ctx, b.Store, g)
		return b.forms.requestView(call, blocks.RepeatedValues(g, others...)), err
	case blocks.ActDetails:
		return b.forms.detailsView(ctx, call, g), nil
	case blocks.ActChange:
		return b.forms.narrowView(g, c), b.Service.Prechecks.CanNarrow(ctx, call, c.ID, c.Revision, commands.Smaller{})
	case blocks.ActExtend:
		return b.forms.extendView(g, c), b.Service.Prechecks.CanExtend(ctx, call, c.ID, "", "")
	}
	return blocks.ReasonView(action, c.ID, metadata(c)), reasons[action].could(b.Service.Prechecks, ctx, call, c, "?")
}

func typedInstead(action string, id grant.ID) string {
	switch action {
	case blocks.ActDeny:
		return "`/s3share deny " + string(id) + " <reason>`"
	case blocks.ActExtend:
		return "`/s3share extend " + string(id) + " <term>`"
	case blocks.ActRevoke:
		return "`/s3share end " + string(id) + " <reason>`"
	case blocks.ActReview:
		return "`/s3share review " + string(id) + " <what you found>`"
	}
	return "`/s3share show " + string(id) + "`"
}

const formInstead = "Try again, or type `/s3share request <bucket[/prefix]> <level> <principal> <term> <reason…>`."

// openForm opens the request form.
func (b *Bot) openForm(ctx context.Context, call commands.Invocation, o opening, f blocks.RequestValues) {
	b.Service.Suggestions.Warm(ctx, call)
	b.openView(ctx, o.or(formInstead), b.forms.requestView(call, f))
}

// openFormFrom opens the request form of a message shortcut. The reason begins with the message.
func (b *Bot) openFormFrom(ctx context.Context, call commands.Invocation, o opening, in slack.InteractionCallback) {
	b.Service.Suggestions.Warm(ctx, call)
	b.openModal(ctx, o.or(formInstead), func(ctx context.Context) (slack.ModalViewRequest, error) {
		f := blocks.RequestValues{}
		link, err := b.api.GetPermalinkContext(ctx,
			&slack.PermalinkParameters{Channel: in.Channel.ID, Ts: in.Message.Timestamp})
		if err == nil {
			f.Reason = "As said in " + link + ": "
		}
		return b.forms.requestView(call, f), nil
	})
}

// openBulkApprove opens the bulk approval with the person's current pending decisions.
func (b *Bot) openBulkApprove(ctx context.Context, call commands.Invocation, o opening) {
	b.openModal(ctx, o.or("Press the button again, or decide on each by its own card."),
		func(ctx context.Context) (slack.ModalViewRequest, error) {
			home, err := b.Service.Queries.Home(ctx, call)
			if err != nil {
				return slack.ModalViewRequest{}, err
			}
			shown, later, apart := blocks.BulkSelectable(home.Waiting)
			if len(shown) == 0 {
				return slack.ModalViewRequest{}, grant.Refuse("Nothing that can be decided together waits for you any more.")
			}
			return blocks.BulkView(shown, later, apart), nil
		})
}

// readCommand answers a command that changes nothing, or opens its modal.
func (in *incoming) readCommand(ctx context.Context, call commands.Invocation, data slack.SlashCommand) {
	o := in.opening(data.TriggerID)
	switch verb, _ := commands.TypedVerb(data.Text); verb {
	case "":
		in.openForm(ctx, call, o, blocks.RequestValues{})
		return
	case commands.Approve, commands.Deny:
		in.openDecision(ctx, call, o, data.Text)
		return
	case commands.BreakGlass:
		o.failed = "Nothing was opened: I could not ask you to confirm it."
		in.openModal(ctx, o.or("Type it again."), func(ctx context.Context) (slack.ModalViewRequest, error) {
			answer, err := in.Service.Command(ctx, call, data.Text)
			if err != nil || answer.Confirm == nil {
				return slack.ModalViewRequest{}, err
			}
			return blocks.GlassView(*answer.Confirm), nil
		})
		return
	}
	answer, err := in.Service.Command(ctx, call, data.Text)
	in.answers.answer(ctx, in.place, answer, err)
}
