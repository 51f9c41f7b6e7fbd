package slackbot

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// envelope handles one envelope. It is called in order of receipt, and queues an act in that order;
// the rest runs in the background.
func (r *receiver) envelope(ctx context.Context, via acker, evt socketmode.Event) {
	r.failpoint("received")
	if r.acts.isHalted() {
		r.log.WarnContext(ctx, "the bot stops: an envelope was left to Slack")
		return
	}
	if !r.slots.enter() {
		// Not acknowledged: Slack tells the person that it failed.
		r.log.ErrorContext(ctx, "too much to do: an envelope was left to Slack")
		return
	}
	handled := r.gate.Arrived()
	in, again := r.recognise(ctx, via, evt)
	if in == nil {
		handled()
		r.slots.leave()
		return
	}
	in.handled = sync.OnceFunc(handled)
	r.slots.run(func() {
		defer r.slots.leave()
		defer in.handled()
		if again {
			in.repeat(ctx)
			return
		}
		in.handle(ctx)
	})
}

// recognise identifies the person and redeliveries, and queues an act. It returns nil after a
// panic; then the envelope is left to Slack.
func (r *receiver) recognise(ctx context.Context, via acker, evt socketmode.Event) (in *incoming, again bool) {
	in = &incoming{r: r, via: via, evt: evt, at: r.acts.receipt(r.now())}
	defer func() {
		if p := recover(); p != nil {
			r.log.ErrorContext(ctx, "panic while taking an envelope: it was left to Slack", "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			if in.first != nil && !again {
				r.dedupe.forget(in.first)
			}
			in = nil
		}
	}()
	in.by, in.place = whose(evt)
	a, isAct := actIn(evt)
	keys := []string{"env:" + evt.Request.EnvelopeID}
	if trigger := triggerOf(evt); trigger != "" {
		keys = append(keys, "trg:"+trigger)
	}
	in.first, again = r.dedupe.begin(time.Now(), keys...)
	if isAct && !again && in.by.User != "" && r.pin(ctx, &a, in.at) {
		a.Envelope, a.At = evt.Request.EnvelopeID, in.at
		in.entry = r.worker.admit(ctx, a)
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
			in.r.log.ErrorContext(ctx, "panic while handling an envelope", "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			in.broken(ctx, fmt.Errorf("a panic: %v", p))
		}
	}()
	data, isInteraction := in.evt.Data.(slack.InteractionCallback)
	switch {
	case in.by.User == "" && in.evt.Type != socketmode.EventTypeEventsAPI:
		in.r.log.WarnContext(ctx, "an envelope names no person: it is refused", "type", in.evt.Type)
		in.ack(ctx, refusedInAck(in.evt, grant.Refuse("Nothing was done: Slack didn't say who you are.").
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
	case in.r.acts.isKept(in.entry):
		in.ack(ctx, nil)
		in.r.worker.release(in.entry)
		return
	default:
		in.reject()
		in.r.dedupe.forget(in.first)
	}
	in.r.answers.answer(ctx, in.place, commands.Answer{}, err)
}

// A typed decision names only the id of a request. It counts for the revision on the card, if the
// card has shown it for a while, so that the person can have read it. Otherwise a modal shows the
// request and asks for confirmation.

// pin sets the revision of a typed decision to the one on the card at its receipt, and replaces a
// click on a retry button by its act. It returns false if the person has to confirm first.
func (r *receiver) pin(ctx context.Context, a *act, at time.Time) bool {
	if a.Action == blocks.ActRetry {
		return r.retries.takeRetry(ctx, a) // it counts for the revision that the person saw first
	}
	if a.Text == "" || a.Verb != commands.Approve && a.Verb != commands.Deny {
		return true
	}
	t, err := r.service.Parser.TypedDecision(ctx, a.Text)
	if err != nil {
		return true // it is refused at its turn
	}
	revision, stood := r.clicks.shown(ctx, t.ID, at)
	a.Picks = []pick{{t.ID, revision}}
	return stood
}
