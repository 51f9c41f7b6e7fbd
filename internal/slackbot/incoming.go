package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/loadgate"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

const ackWithin = 2 * time.Second

// A receiver takes the envelopes of all sockets.
type receiver struct {
	slots       *handlerSlots
	gate        *loadgate.Gate
	dedupe      *dedupe
	acts        *acts
	worker      *worker
	performer   *performer
	service     *commands.Service
	clicks      *clicks
	retries     *retries
	forms       *forms
	formUpdates *formUpdates
	modals      *modals
	homes       *homes
	answers     *answers
	failpoint   func(point string)
	now         func() time.Time
	log         *slog.Logger
}

// An acker acknowledges envelopes: the client of a socket.
type acker interface {
	AckCtx(ctx context.Context, envelope string, payload any) error
}

// An incoming is an envelope in progress.
type incoming struct {
	r     *receiver
	via   acker
	evt   socketmode.Event
	by    grant.Person
	at    time.Time    // when it was received
	place outbox.Place // where to answer
	first *firstDelivery
	entry *entry // nil: it is not an act
	acked bool

	handled func() // tells the gate that it was acknowledged, or left to Slack
}

func (in *incoming) opening(trigger string) opening {
	return opening{trigger: trigger, at: time.Now(), to: in.place, who: in.by.User,
		failed: "The form could not be opened.", instead: "Press the button again."}
}

// ack acknowledges the envelope, once.
func (in *incoming) ack(ctx context.Context, payload any) {
	if in.acked {
		return
	}
	in.acked = true
	in.r.dedupe.settle(in.first, payload)
	in.send(ctx, payload)
	in.handled()
}

// send sends the acknowledgement. It blocks only while twenty others wait.
func (in *incoming) send(ctx context.Context, payload any) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWithin)
	defer cancel()
	if err := in.via.AckCtx(ctx, in.evt.Request.EnvelopeID, payload); err != nil {
		in.r.log.WarnContext(ctx, "acknowledging an envelope", "err", err)
	}
}

// reject removes an act that will not be carried out from the queue.
func (in *incoming) reject() {
	if in.entry != nil {
		in.r.acts.discard(in.entry)
		in.entry = nil
	}
}

// refusedInAck returns a refusal as the payload of an acknowledgement. Only a command accepts one.
func refusedInAck(evt socketmode.Event, no *grant.Refusal) any {
	if evt.Type != socketmode.EventTypeSlashCommand {
		return nil
	}
	return toldInAck(blocks.RefusalText(no))
}

// toldInAck returns a text for one person as the payload of a command's acknowledgement.
func toldInAck(text string) any {
	return map[string]any{"response_type": slack.ResponseTypeEphemeral, "text": text, "unfurl_links": false,
		"unfurl_media": false}
}

// keep acknowledges an act once the journal has it, and allows it to run.
func (in *incoming) keep(ctx context.Context) {
	e := in.entry
	// Every other redelivery is recognised at its turn, where nobody waits for it: see [worker.carryOut].
	if (e.crowded || e.act.Verb == commands.ApproveSeveral) && in.r.performer.doneBefore(ctx, e.act) {
		in.reject()
		in.ack(ctx, nil)
		return
	}
	if e.crowded {
		in.refuseCrowded(ctx)
		return
	}
	if err := in.r.worker.journalAct(ctx, e); err != nil {
		in.reject()
		in.r.dedupe.forget(in.first)
		in.r.notKept(ctx, e.act, err)
		return
	}
	in.r.failpoint("journaled")
	in.ack(ctx, in.waitNote())
	in.r.failpoint("acked")
	in.r.worker.release(e)
}

// manyBefore is the number of undone acts from which a person reads how many are before theirs.
const manyBefore = 50

// waitNote returns the payload of the acknowledgement of a command that has to wait for many others. It
// costs no call of Slack.
func (in *incoming) waitNote() any {
	if in.evt.Type != socketmode.EventTypeSlashCommand || in.entry.before < manyBefore {
		return nil
	}
	return toldInAck(blocks.WaitText(in.entry.before))
}

// refuseCrowded acknowledges and refuses an act of a person with too many: a command and a form in
// the acknowledgement, a button by a message.
func (in *incoming) refuseCrowded(ctx context.Context) {
	a := in.entry.act
	no := tooMany(a.Verb)
	in.reject()
	in.r.log.WarnContext(ctx, "a person has too many undone acts: one more was refused", "verb", a.Verb, "person", a.User)
	payload := refusedInAck(in.evt, no)
	if a.View != "" {
		payload = crowdedForm(a, no)
	}
	in.ack(ctx, payload)
	if payload != nil {
		return
	}
	end, ok := in.r.acts.beginRead(a.User)
	if !ok {
		return // the person was told often enough
	}
	defer end()
	in.r.answers.answer(ctx, in.place, commands.Answer{}, no)
}

// notKept tells the person why an act was not accepted, if possible. It is not acknowledged, so
// Slack also shows a failure.
func (r *receiver) notKept(ctx context.Context, a act, err error) {
	r.log.ErrorContext(ctx, "an act could not be kept, and is not acknowledged", "verb", a.Verb, "person", a.User,
		"err", err)
	// It may be on the disk, where only a restart would find it.
	no := grant.Refuse("Nothing was done so far: I can't save anything right now.").
		WithHint("Try again in a moment, or tell the operators of s3share.")
	switch {
	case errors.Is(err, journal.ErrTooLarge):
		no = grant.Refuse("Nothing was done: that is too long.").WithHint("Use fewer words.")
	case errors.Is(err, journal.ErrFull):
		no = grant.Refuse("Nothing was done: the disk of s3share is full.").
			WithHint("Tell the operators of s3share. Access still ends on time, and you can end, deny, cancel and " +
				"freeze.")
	}
	r.answers.answer(ctx, a.place(r.now()), commands.Answer{}, no)
}

// The person gets an answer to an unreadable interaction, for example from an outdated form or a
// forgery. Its kind and length are logged, but never its text.

// tellUnreadable answers an unreadable interaction. why is a constant, for the log.
func (in *incoming) tellUnreadable(ctx context.Context, data slack.InteractionCallback, why string) {
	in.logUnreadable(ctx, data, why)
	no := grant.Refuse("Nothing was done: I couldn't read that click.").
		WithHint("Open the message or the shortcut again, or type `/s3share help`.")
	in.r.answers.answer(ctx, in.place, commands.Answer{}, no)
}

func (in *incoming) logUnreadable(ctx context.Context, data slack.InteractionCallback, why string) {
	in.r.log.WarnContext(ctx, "an interaction cannot be read", "why", why,
		"type", knownType(data.Type), "person", in.by.User, "actions", len(data.ActionCallback.BlockActions),
		"callback", len(data.CallbackID)+len(data.View.CallbackID))
}

// knownType returns the type of an interaction, for the log.
func knownType(t slack.InteractionType) slack.InteractionType {
	switch t {
	case slack.InteractionTypeBlockActions, slack.InteractionTypeBlockSuggestion, slack.InteractionTypeShortcut,
		slack.InteractionTypeMessageAction,
		slack.InteractionTypeViewSubmission, slack.InteractionTypeViewClosed, slack.InteractionTypeInteractionMessage,
		slack.InteractionTypeDialogSubmission, slack.InteractionTypeDialogCancellation, slack.InteractionTypeDialogSuggestion:
		return t
	}
	return "unknown"
}

// unreadableForm replaces an unreadable submitted form.
func unreadableForm() *slack.ViewSubmissionResponse {
	view := blocks.UnreadableView()
	return slack.NewUpdateViewSubmissionResponse(&view)
}
