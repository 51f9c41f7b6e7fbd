package slackbot

import (
	"context"
	"fmt"
	"runtime/debug"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// admit puts an act into the queue, if its person may have one more. It is called in order of
// receipt.
func (w *worker) admit(ctx context.Context, a act) *entry {
	w.acts.mu.Lock()
	w.acts.order++
	a.Version, a.Run, a.Order = actVersion, w.acts.run, w.acts.order
	w.acts.mu.Unlock()
	e := &entry{act: a}
	if e.crowded = !w.acts.take(e, false); !e.crowded {
		w.enqueue(ctx, e)
	}
	return e
}

func (w *worker) enqueue(ctx context.Context, e *entry) {
	a := e.act
	if a.Verb == commands.ApproveSeveral {
		e.left, e.outcomes = len(a.Picks), make([]commands.Outcome, len(a.Picks))
		for i, p := range a.Picks {
			e.tickets = append(e.tickets, w.takePlace(ctx, a, func() { w.carryOutOne(ctx, e, i, 0) }, p.ID))
		}
		return
	}
	e.tickets = append(e.tickets, w.takePlace(ctx, a, func() { w.carryOut(ctx, e, 0) }, a.ids()...))
}

// carryOut runs an act and answers it in the background. A temporary failure is retried. If an earlier
// run carried it out and answered it, it is a redelivery.
func (w *worker) carryOut(ctx context.Context, e *entry, try int) {
	if laneOf(e.act.Verb) == laneRequests {
		w.gate.Wait(ctx)
	}
	if try == 0 && !e.replay && w.performer.doneBefore(ctx, e.act) {
		w.markDone(ctx, e.seq)
		w.acts.forgetAct(e)
		return
	}
	answer, err := w.attempt(ctx, e.act)
	w.failpoint("committed")
	if ctx.Err() != nil {
		return // interrupted: left to a replay
	}
	if isPassing(err) && w.tryAgain(ctx, e, try, err, func() { w.carryOut(ctx, e, try+1) }, e.act.ids()...) {
		return
	}
	w.acts.replies.Go(func() { w.finish(ctx, e, answer, err) })
}

// carryOutOne runs one ticked item. The last one answers for all.
func (w *worker) carryOutOne(ctx context.Context, e *entry, i, try int) {
	var out commands.Outcome
	one := e.act.Picks[i]
	_, err := w.guarded(ctx, e.act, func(ctx context.Context) (commands.Answer, error) {
		out = w.performer.approveOne(ctx, e.act, one)
		return commands.Answer{}, nil
	})
	if err != nil {
		out = commands.Outcome{ID: one.ID, Failure: grant.Refuse("Something went wrong in s3share, so this may " +
			"still be waiting.")}
	}
	w.failpoint("committed")
	again := func() { w.carryOutOne(ctx, e, i, try+1) }
	if ctx.Err() == nil && isPassing(out.Fault) && w.tryAgain(ctx, e, try, out.Fault, again, one.ID) {
		return
	}
	w.acts.mu.Lock()
	e.outcomes[i] = out
	e.left--
	e.broken = e.broken || ctx.Err() != nil
	last, broken := e.left == 0, e.broken
	w.acts.mu.Unlock()
	if last && !broken {
		w.acts.replies.Go(func() { w.finish(ctx, e, commands.AnswerSelections(e.outcomes), nil) })
	}
}

// finish answers an act, and marks it done once Slack has accepted the answer or refused every way.
func (w *worker) finish(ctx context.Context, e *entry, answer commands.Answer, err error) {
	told, broke := w.deliverAnswer(ctx, e, answer, err)
	if broke != nil {
		told, _ = w.deliverAnswer(ctx, e, commands.Answer{}, broke)
	}
	if !told {
		return // the bot stops: a replay answers
	}
	w.failpoint("answered")
	for _, yes := range refusedYeses(e, err) {
		w.noteLateYes(ctx, e.act, yes)
	}
	w.markDone(ctx, e.seq)
	w.failpoint("done")
	w.acts.forgetAct(e)
}

// deliverAnswer sends an act's answer. told is false if the bot stops before. broke is a panic
// while the answer was drawn.
func (w *worker) deliverAnswer(ctx context.Context, e *entry, answer commands.Answer, err error) (told bool,
	broke error) {
	a := e.act
	defer func() {
		if p := recover(); p != nil {
			w.log.ErrorContext(ctx, "panic while answering an act", "verb", a.Verb, "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			broke = fmt.Errorf("a panic: %v", p)
		}
	}()
	m, _ := w.answers.worded(ctx, a.User, answer, err) // only reads send a file
	if m.Text == "" {                                  // a message to the person has it all
		return true, nil
	}
	if e.isLate(err) {
		if fresh, ok := w.retries.offerRetry(ctx, a, m); ok {
			return w.reply(ctx, a, fresh, m), nil
		}
	}
	return w.reply(ctx, a, blocks.Message{}, m), nil
}

// stopActs waits for the running acts and their answers until ctx ends.
func (w *worker) stopActs(ctx context.Context) {
	w.acts.queue.Close(ctx)
	waitFor(ctx, &w.acts.replies)
}
