package slackbot

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/loadgate"
	"s3share/internal/slackbot/outbox"
	"s3share/internal/workqueue"
)

const actWithin = 30 * time.Second

// A worker runs the acts in the queue, and answers them.
type worker struct {
	acts      *acts
	dedupe    *dedupe
	service   *commands.Service
	performer *performer
	retries   *retries
	watch     *actWatch
	outbox    *outbox.Outbox
	answers   *answers
	gate      *loadgate.Gate
	failpoint func(point string)
	now       func() time.Time
	log       *slog.Logger
}

// takePlace appends an act, or a part of it, to the queue.
func (w *worker) takePlace(ctx context.Context, a act, do func(), ids ...grant.ID) *workqueue.Ticket {
	p := w.placeOf(ctx, a, ids...)
	return w.acts.queue.Add(workqueue.Work{Owner: a.User, Lane: laneOf(a.Verb), Holds: p.Holds, Heeds: p.Heeds,
		Overtakes: a.Verb.Closes(), Yields: a.Verb.Opens(), InOrder: a.Verb == commands.Freeze, Do: do})
}

// placeOf returns the keys that decide which acts an act waits for. After a panic it waits for
// none, because every commit is checked against the record anyway.
func (w *worker) placeOf(ctx context.Context, a act, ids ...grant.ID) (p commands.Place) {
	defer func() {
		if broke := recover(); broke != nil {
			w.log.ErrorContext(ctx, "panic while giving an act its place", "verb", a.Verb, "panic", fmt.Sprint(broke), "stack",
				string(debug.Stack()))
			p = commands.Place{}
		}
	}()
	if a.Text != "" {
		return w.service.Order.PlaceTyped(ctx, a.Verb, a.by(), a.Text)
	}
	return w.service.Order.Place(ctx, a.Verb, a.by(), ids...)
}

// journalAct stores an act in the journal.
func (w *worker) journalAct(ctx context.Context, e *entry) error {
	r, err := e.act.record()
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, journalWithin)
	defer cancel()
	seq, err := w.acts.journal.Append(within, r)
	w.watch.noteJournal(ctx, r.Closing, err)
	if err != nil {
		return err
	}
	w.acts.mu.Lock()
	defer w.acts.mu.Unlock()
	e.seq = seq
	return nil
}

// release allows an act to run when its turn comes.
func (w *worker) release(e *entry) {
	for _, t := range e.tickets {
		t.Ready()
	}
}

// attempt runs an act, unless it is too late.
func (w *worker) attempt(ctx context.Context, a act) (commands.Answer, error) {
	return w.guarded(ctx, a, func(ctx context.Context) (commands.Answer, error) {
		if no := w.service.Order.TooLate(a.Verb, a.At); no != nil && !w.performer.doneBefore(ctx, a) {
			return commands.Answer{}, fmt.Errorf("%w: %w", errTooLate, no)
		}
		return w.performer.do(ctx, a)
	})
}

// guarded limits the time of an act, and returns a panic as a fault.
func (w *worker) guarded(ctx context.Context, a act,
	do func(context.Context) (commands.Answer, error)) (answer commands.Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			w.log.ErrorContext(ctx, "panic while carrying out an act", "verb", a.Verb, "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			answer, err = commands.Answer{}, fmt.Errorf("a panic: %v", p)
		}
	}()
	w.failpoint("begun")
	return do(ctx)
}

func (w *worker) markDone(ctx context.Context, seq uint64) {
	if err := w.acts.journal.Done(seq); err != nil {
		w.log.ErrorContext(ctx, "marking an act as done", "seq", seq, "err", err)
	}
}
