package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
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
// Contents that take longer are filled in later.
const (
	openWithin      = 700 * time.Millisecond
	proveOpenWithin = 500 * time.Millisecond // of that, for the reply to the post of its card
)

// modals opens modals.
type modals struct {
	api     *slack.Client
	service *commands.Service
	store   store.Store
	forms   *forms
	clicks  *clicks
	retries *retries
	answers *answers
	log     *slog.Logger
}

// An opening holds the trigger of a modal, and the texts in case it fails.
type opening struct {
	trigger string
	at      time.Time // when the click was received, by the machine's clock
	to      outbox.Place
	who     string
	failed  string // the message if it does not open
	instead string // and the alternative

	unopened func() (commands.Answer, error) // the answer instead of these two; nil: there is none
	within   time.Duration                   // the time limit of opening; 0: that of every call
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
func (m *modals) openModal(ctx context.Context, o opening, draw func(context.Context) (slack.ModalViewRequest, error)) {
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
			m.answers.answer(ctx, o.to, commands.Answer{}, d.err)
			return
		}
		m.openView(ctx, o, d.view)
	case <-timer.C:
		opened := m.openView(ctx, o, blocks.LoadingView())
		d := <-done
		switch {
		case opened != nil:
			m.fillIn(ctx, o, opened, d)
		case d.err != nil && o.unopened == nil:
			m.answers.answer(ctx, o.to, commands.Answer{}, d.err)
		}
	}
}

// openView opens a view and returns it, or nil if Slack refuses.
func (m *modals) openView(ctx context.Context, o opening, view slack.ModalViewRequest) *slack.View {
	within := ctx
	if o.within > 0 {
		limited, cancel := context.WithTimeout(ctx, o.within)
		defer cancel()
		within = limited
	}
	opened, err := m.api.OpenViewContext(within, o.trigger, view)
	if err != nil {
		m.log.WarnContext(ctx, "opening a modal", "person", o.who, "err", err)
		m.tellUnopened(ctx, o)
		return nil
	}
	return &opened.View
}

// tellUnopened answers a person whose modal did not open, as far as Slack has said.
func (m *modals) tellUnopened(ctx context.Context, o opening) {
	if o.unopened == nil {
		m.answers.answer(ctx, o.to, commands.Answer{}, grant.Refuse("%s", o.failed).WithHint("%s", o.instead))
		return
	}
	answer, err := o.unopened()
	m.answers.answer(ctx, o.to, answer, err)
}

// fillIn replaces the loading view.
func (m *modals) fillIn(ctx context.Context, o opening, opened *slack.View, d drawnModal) {
	view := d.view
	var instead noModal
	switch no := blocks.Refused(d.err); {
	case errors.As(d.err, &instead):
		view = blocks.TextView(blocks.AnswerMessage(instead.answer).Text)
	case no != nil:
		view = blocks.TextView(blocks.RefusalText(no))
	case d.err != nil:
		m.log.ErrorContext(ctx, "drawing a modal", "person", o.who, "err", d.err)
		no = grant.Refuse("Something went wrong in s3share.").WithHint("%s", o.instead)
		view = blocks.TextView(blocks.RefusalText(no))
	}
	_, err := m.api.UpdateViewContext(ctx, view, "", "", opened.ID)
	if err == nil || outbox.SaidBySlack(err, "not_found", "view_not_found") { // it was closed meanwhile
		return
	}
	m.log.WarnContext(ctx, "filling in a modal", "person", o.who, "err", err)
	if o.unopened != nil {
		m.tellUnopened(ctx, o)
	}
}

// openOn opens the modal of a button on a message. A refusal that is certain by the record is shown
// instead of the form. Slack is asked about the person when the form is sent.
func (m *modals) openOn(ctx context.Context, call commands.Invocation, o opening, in slack.InteractionCallback, c click,
	action string) {
	err := m.clicks.verifyClick(ctx, c, allowed[action], proveOpenWithin)
	if err != nil && !errors.Is(err, errUnproved) {
		m.rejectUnknownMessage(ctx, o.to, in, c, err)
		return
	}
	o = o.or("Press the button again, or type " + typedInstead(action, c.ID) + ".")
	m.openModal(ctx, o, func(ctx context.Context) (slack.ModalViewRequest, error) {
		view, err := m.modal(ctx, call, c, action)
		m.clicks.redrawIfStale(ctx, c, err)
		return view, err
	})
}

// modal returns the modal of a button, or a refusal.
func (m *modals) modal(ctx context.Context, call commands.Invocation, c click, action string) (
	slack.ModalViewRequest, error) {
	g, err := m.service.Queries.Get(ctx, c.ID)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	switch action {
	case blocks.ActAgain:
		others, err := store.ReadRest(ctx, m.store, g)
		return m.forms.requestView(call, blocks.RepeatedValues(g, others...), false), err
	case blocks.ActDetails:
		return m.forms.detailsView(ctx, call, g), nil
	case blocks.ActChange:
		return m.forms.narrowView(g, c), m.service.Prechecks.CanNarrow(ctx, call, c.ID, c.Revision, commands.Smaller{})
	case blocks.ActExtend:
		return m.forms.extendView(g, c), m.service.Prechecks.CanExtend(ctx, call, c.ID, "", "")
	}
	return blocks.ReasonView(action, g, metadata(c)), m.forms.canGiveReason(ctx, call, action, c, "?")
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
func (m *modals) openForm(ctx context.Context, call commands.Invocation, o opening, f blocks.RequestValues) {
	m.service.Suggestions.Warm(ctx, call)
	m.openView(ctx, o.or(formInstead), m.forms.requestView(call, f, false))
}

// openFormFrom opens the request form of a message shortcut. The reason begins with the message.
func (m *modals) openFormFrom(ctx context.Context, call commands.Invocation, o opening, in slack.InteractionCallback) {
	m.service.Suggestions.Warm(ctx, call)
	m.openModal(ctx, o.or(formInstead), func(ctx context.Context) (slack.ModalViewRequest, error) {
		f := blocks.RequestValues{}
		link, err := m.api.GetPermalinkContext(ctx,
			&slack.PermalinkParameters{Channel: in.Channel.ID, Ts: in.Message.Timestamp})
		if err == nil {
			f.Reason = "As said in " + link + ": "
		}
		return m.forms.requestView(call, f, false), nil
	})
}

// openBulkApprove opens the bulk approval with the person's current pending decisions.
func (m *modals) openBulkApprove(ctx context.Context, call commands.Invocation, o opening) {
	m.openModal(ctx, o.or("Press the button again, or use the card of each request."),
		func(ctx context.Context) (slack.ModalViewRequest, error) {
			home, err := m.service.Queries.Home(ctx, call)
			if err != nil {
				return slack.ModalViewRequest{}, err
			}
			shown, later, apart := blocks.BulkSelectable(home.Waiting)
			if len(shown) == 0 {
				return slack.ModalViewRequest{}, grant.Refuse("No requests that can be approved together are waiting any more.")
			}
			return blocks.BulkView(shown, later, apart), nil
		})
}

// openDecision opens the modal that shows the request and asks for confirmation. It refuses an
// unreadable command, and a decision that the person may not make.
func (m *modals) openDecision(ctx context.Context, call commands.Invocation, o opening, text string) {
	t, err := m.service.Parser.TypedDecision(ctx, text)
	if err != nil {
		m.answers.answer(ctx, o.to, commands.Answer{}, err)
		return
	}
	m.openModal(ctx, o.or("Use the buttons on its card."), func(ctx context.Context) (slack.ModalViewRequest, error) {
		g, err := m.service.Queries.Get(ctx, t.ID)
		if err == nil && g.State.Open() && !g.IsBatchLead() { // the card shows the whole batch
			g, err = m.service.Queries.Get(ctx, g.BatchLead())
		}
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		could := m.service.Prechecks.CanApprove(ctx, call, g.ID, g.Revision)
		if t.Verb == commands.Deny {
			could = m.service.Prechecks.CanDeny(ctx, call, g.ID, g.Revision, t.Reason)
		}
		if could != nil {
			return slack.ModalViewRequest{}, could
		}
		others, err := store.ReadRest(ctx, m.store, g)
		// cannot fail for strings and a number
		memory, _ := json.Marshal(decided{t.Verb, g.ID, g.Revision, o.to.URL, o.to.Channel})
		return blocks.DecisionView(g, others, t, string(memory)), err
	})
}

// openRetry opens the modal of a retry button, or explains why the button does not count.
func (m *modals) openRetry(ctx context.Context, call commands.Invocation, o opening, token string) {
	a, ok, err := m.retries.offered(ctx, call.By, token)
	if err == nil && !ok {
		err = grant.Refuse("That button doesn't count any more.").WithHint("Use the request's card, or type the " +
			"command.")
	}
	if err == nil && !a.opensAgain() { // the note could not be read when the click was received
		err = grant.Refuse("Nothing was done: I couldn't look up that button.").WithHint("Press it again.")
	}
	if err != nil {
		m.answers.answer(ctx, o.to, commands.Answer{}, err)
		return
	}
	o.failed = "Nothing was opened: I couldn't show you the confirmation."
	m.openModal(ctx, o, func(ctx context.Context) (slack.ModalViewRequest, error) {
		c, err := m.service.Prechecks.ConfirmBreakGlass(ctx, call, a.BreakGlass.Draft(a.Reason))
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return blocks.GlassView(c), nil
	})
}

// rejectUnknownMessage answers a click on a message that is not in the grant's record, for a button
// that opens a modal.
func (m *modals) rejectUnknownMessage(ctx context.Context, to outbox.Place, in slack.InteractionCallback, c click,
	err error) {
	m.answers.answer(ctx, to, commands.Answer{}, err)
	m.clicks.replaceSecondCopy(ctx, act{Reply: to.URL, On: &c, Shown: shows(in.Message, c)}, err)
}
