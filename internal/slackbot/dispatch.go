package slackbot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

const (
	ackWithin      = 2 * time.Second
	readWithin     = 30 * time.Second // for work that changes nothing
	journalWithin  = 10 * time.Second
	validateWithin = 500 * time.Millisecond
)

// An incoming is an envelope in progress.
type incoming struct {
	*socket
	evt   socketmode.Event
	by    grant.Person
	at    time.Time    // when it was received
	place outbox.Place // where to answer
	first *sighting
	entry *entry // nil: it is not an act
	acked bool
}

// envelope handles one envelope. It is called in order of receipt, and queues an act in that order;
// the rest runs in the background.
func (s *socket) envelope(ctx context.Context, evt socketmode.Event) {
	s.failpoint("received")
	if s.acts.isHalted() {
		s.Log.WarnContext(ctx, "the bot stops: an envelope was left to Slack")
		return
	}
	select {
	case s.places <- struct{}{}:
	default:
		// Not acknowledged: Slack tells the person that it failed.
		s.Log.ErrorContext(ctx, "too much to do: an envelope was left to Slack")
		return
	}
	in, again := s.recognise(ctx, evt)
	if in == nil {
		<-s.places
		return
	}
	go func() {
		defer func() { <-s.places }()
		if again {
			in.repeat(ctx)
			return
		}
		in.handle(ctx)
	}()
}

// recognise identifies the person and redeliveries, and queues an act. It returns nil after a
// panic; then the envelope is left to Slack.
func (s *socket) recognise(ctx context.Context, evt socketmode.Event) (in *incoming, again bool) {
	in = &incoming{socket: s, evt: evt, at: s.worker.receipt()}
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "panic while taking an envelope: it was left to Slack", "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			if in.first != nil && !again {
				s.dedupe.forget(in.first)
			}
			in = nil
		}
	}()
	in.by, in.place = whose(evt)
	a, isAct := s.actIn(evt)
	keys := []string{"env:" + evt.Request.EnvelopeID}
	if trigger := triggerOf(evt); trigger != "" {
		keys = append(keys, "trg:"+trigger)
	}
	in.first, again = s.dedupe.begin(time.Now(), keys...)
	if isAct && !again && in.by.User != "" && s.pin(ctx, &a, in.at) {
		a.Envelope, a.At = evt.Request.EnvelopeID, in.at
		in.entry = s.worker.admit(ctx, a)
	}
	return in, again
}

// repeat acknowledges a redelivery after the first delivery, with the same payload. If the first
// was not acknowledged, neither is this one.
func (in *incoming) repeat(ctx context.Context) {
	select {
	case <-in.first.settled:
		if in.first.acked {
			in.send(ctx, in.first.payload)
		}
	case <-ctx.Done():
	}
}

// handle makes sure that an envelope is acknowledged: an act once the journal has it, everything
// else at once.
func (in *incoming) handle(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			in.Log.ErrorContext(ctx, "panic while handling an envelope", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			in.broken(ctx, fmt.Errorf("a panic: %v", p))
		}
	}()
	data, isInteraction := in.evt.Data.(slack.InteractionCallback)
	switch {
	case in.by.User == "" && in.evt.Type != socketmode.EventTypeEventsAPI:
		in.Log.WarnContext(ctx, "an envelope names no person: it is refused", "type", in.evt.Type)
		in.ack(ctx, refusedInAck(in.evt, grant.Refuse("Slack did not say who you are, so nothing was done.").
			WithHint("Try again.")))
	case isInteraction && data.Type == slack.InteractionTypeViewSubmission:
		in.submitted(ctx, data)
	case in.entry != nil:
		in.keep(ctx)
	default:
		in.read(ctx)
	}
}

// broken handles a panic. An act in the journal is still carried out; otherwise it is not
// acknowledged.
func (in *incoming) broken(ctx context.Context, err error) {
	switch {
	case in.entry == nil:
		in.ack(ctx, nil)
	case in.acts.isKept(in.entry):
		in.ack(ctx, nil)
		in.worker.release(in.entry)
		return
	default:
		in.reject()
		in.dedupe.forget(in.first)
	}
	in.answers.answer(ctx, in.place, commands.Answer{}, err)
}

// ack acknowledges the envelope, once.
func (in *incoming) ack(ctx context.Context, payload any) {
	if in.acked {
		return
	}
	in.acked = true
	in.dedupe.settle(in.first, payload)
	in.send(ctx, payload)
}

// send sends the acknowledgement. It blocks only while twenty others wait.
func (in *incoming) send(ctx context.Context, payload any) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWithin)
	defer cancel()
	if err := in.client.AckCtx(ctx, in.evt.Request.EnvelopeID, payload); err != nil {
		in.Log.WarnContext(ctx, "acknowledging an envelope", "err", err)
	}
}

// reject removes an act that will not be carried out from the queue.
func (in *incoming) reject() {
	if in.entry != nil {
		in.acts.discard(in.entry)
		in.entry = nil
	}
}

// refusedInAck returns a refusal as the payload of an acknowledgement. Only a command accepts one.
func refusedInAck(evt socketmode.Event, no *grant.Refusal) any {
	if evt.Type != socketmode.EventTypeSlashCommand {
		return nil
	}
	return map[string]any{"response_type": slack.ResponseTypeEphemeral, "text": blocks.RefusalText(no)}
}

// keep acknowledges an act once the journal has it, and allows it to run.
func (in *incoming) keep(ctx context.Context) {
	e := in.entry
	if in.worker.doneBefore(ctx, e.act) {
		in.reject()
		in.ack(ctx, nil)
		return
	}
	if e.crowded {
		in.refuseCrowded(ctx)
		return
	}
	if err := in.worker.journalAct(ctx, e); err != nil {
		in.reject()
		in.dedupe.forget(in.first)
		in.notKept(ctx, e.act, err)
		return
	}
	in.failpoint("journaled")
	in.ack(ctx, nil)
	in.failpoint("acked")
	in.worker.release(e)
}

// doneBefore reports whether an earlier run carried out an act, or a part of it.
func (w *worker) doneBefore(ctx context.Context, a act) bool {
	causes := a.causes()
	for _, p := range a.Picks {
		causes = append(causes, a.causeOf(p))
	}
	return w.committed(ctx, causes...)
}

// committed reports whether the store has one of some causes. On an error it returns false, because
// a second commit would be a duplicate.
func (w *worker) committed(ctx context.Context, causes ...string) bool {
	ctx, cancel := context.WithTimeout(ctx, validateWithin)
	defer cancel()
	done, err := w.store.Committed(ctx, w.now(), causes...)
	if err != nil {
		w.log.WarnContext(ctx, "asking whether an act was carried out before", "err", err)
	}
	return done
}

// notKept tells the person why an act was not accepted, if possible. It is not acknowledged, so
// Slack also shows a failure.
func (b *Bot) notKept(ctx context.Context, a act, err error) {
	b.Log.ErrorContext(ctx, "an act could not be kept, and is not acknowledged", "verb", a.Verb, "person", a.User,
		"err", err)
	// It may be on the disk, where only a restart would find it.
	no := grant.Refuse("Nothing was done so far: I cannot store anything just now.").
		WithHint("Try again in a moment, or tell those who run s3share.")
	switch {
	case errors.Is(err, journal.ErrTooLarge):
		no = grant.Refuse("Nothing was done: that is too long.").WithHint("Do it with fewer words.")
	case errors.Is(err, journal.ErrFull):
		no = grant.Refuse("Nothing was done: the disk of s3share is full.").
			WithHint("Tell those who run it. Access still ends in time, and you can end, deny, cancel and freeze.")
	}
	b.answers.answer(ctx, a.place(b.Now()), commands.Answer{}, no)
}

// read acknowledges at once, and handles an envelope that changes nothing.
func (in *incoming) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	if in.by.User != "" {
		end, ok := in.acts.beginRead(in.by.User)
		if !ok {
			in.Log.WarnContext(ctx, "a person has too many reads under way: one more was refused", "person", in.by.User)
			in.ack(ctx, refusedInAck(in.evt, grant.Refuse("I am still answering %d of your clicks and commands, so this one "+
				"was not taken.", mostReads).WithHint("Try again in a moment.")))
			return
		}
		defer end()
	}
	call := commands.Invocation{By: in.by}
	switch data := in.evt.Data.(type) {
	case slack.SlashCommand:
		in.ack(ctx, nil)
		in.readCommand(ctx, call, data)
	case slackevents.EventsAPIEvent:
		in.ack(ctx, nil)
		if opened, ok := data.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok && opened.Tab == "home" &&
			opened.User != "" {
			in.homes.opens(grant.Person{Team: data.TeamID, User: opened.User}, in.Now())
		}
	case slack.InteractionCallback:
		if data.Type == slack.InteractionTypeBlockSuggestion {
			in.ack(ctx, in.forms.suggestions(ctx, call, data))
			return
		}
		in.ack(ctx, nil)
		in.opened(ctx, call, data)
	default:
		in.ack(ctx, nil)
	}
}

// whose returns the person who sent an envelope, and where to answer.
func whose(evt socketmode.Event) (grant.Person, outbox.Place) {
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		return grant.Person{Team: data.TeamID, User: data.UserID},
			outbox.Place{URL: data.ResponseURL, Channel: data.ChannelID, User: data.UserID}
	case slack.InteractionCallback:
		return personOf(data), outbox.Place{URL: data.ResponseURL, Channel: data.Channel.ID, User: data.User.ID}
	}
	return grant.Person{}, outbox.Place{}
}

func triggerOf(evt socketmode.Event) string {
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		return data.TriggerID
	case slack.InteractionCallback:
		return data.TriggerID
	}
	return ""
}
