package slackbot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/workqueue"
)

const actWithin = 30 * time.Second

// acts holds the acts that were acknowledged and are not done.
type acts struct {
	journal journal.Journal
	queue   *workqueue.Queue
	replies sync.WaitGroup
	stopped chan struct{} // closed when the bot stops

	replayed atomic.Bool // the acts of an earlier run have their places

	mu      sync.Mutex
	run     int64
	order   uint64
	last    time.Time         // the last receipt
	shares  map[string]*share // by person
	entries map[*entry]bool
}

// An entry is an act in flight.
type entry struct {
	act     act
	seq     uint64
	tickets []*workqueue.Ticket
	crowded bool // its person has too many acts: it is refused

	// Each ticked item is carried out separately. acts.mu guards these.
	outcomes []commands.Outcome
	left     int
	broken   bool // it was interrupted, and is left to a replay

	failedAt time.Time // its first temporary failure; guarded by acts.mu
}

func newActs(j journal.Journal, now time.Time) *acts {
	return &acts{
		journal: j, queue: workqueue.New(laneWidths[:]...), stopped: make(chan struct{}), run: now.UnixNano(),
		shares: map[string]*share{}, entries: map[*entry]bool{},
	}
}

// receipt returns the time of a receipt. Times are unique, and ascend unless the clock is set back.
func (w *worker) receipt() time.Time {
	w.acts.mu.Lock()
	defer w.acts.mu.Unlock()
	now := w.now().UTC().Round(0)
	if !now.After(w.acts.last) && w.acts.last.Sub(now) < time.Second {
		now = w.acts.last.Add(1)
	}
	w.acts.last = now
	return now
}

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
	w.noteJournal(ctx, r.Closing, err)
	if err != nil {
		return err
	}
	w.acts.mu.Lock()
	defer w.acts.mu.Unlock()
	e.seq = seq
	return nil
}

// isKept reports whether the journal has an act.
func (a *acts) isKept(e *entry) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return e.seq > 0
}

// release allows an act to run when its turn comes.
func (w *worker) release(e *entry) {
	for _, t := range e.tickets {
		t.Ready()
	}
}

// discard removes an act that was not stored.
func (a *acts) discard(e *entry) {
	for _, t := range e.tickets {
		t.Drop()
	}
	a.forgetAct(e)
}

// replay queues the acts that an earlier run acknowledged and did not finish. It runs before the
// first envelope is read. Unreadable acts stay undone: see [UnreadableActs].
func (w *worker) replay(ctx context.Context) {
	defer w.acts.replayed.Store(true)
	var all []stored
	for _, r := range w.acts.journal.Undone() {
		a, err := actOf(r)
		if err != nil {
			w.log.ErrorContext(ctx, "an act cannot be read, and stays undone", "seq", r.Seq, "err", err)
			continue
		}
		all = append(all, stored{r.Seq, a})
	}
	slices.SortStableFunc(all, inOrder)
	for _, s := range all {
		if w.dedupe.remember(time.Now(), s.act.keys()...) {
			w.markDone(ctx, s.seq) // a redelivery of another
			continue
		}
		e := &entry{act: s.act, seq: s.seq}
		w.acts.take(e, true)
		w.enqueue(ctx, e)
		w.release(e)
	}
	if len(all) > 0 {
		w.log.InfoContext(ctx, "acts of an earlier run are carried out", "acts", len(all))
	}
}

// carryOut runs an act and answers it in the background. A temporary failure is retried.
func (w *worker) carryOut(ctx context.Context, e *entry, try int) {
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
		out = w.approveOne(ctx, e.act, one)
		return commands.Answer{}, nil
	})
	if err != nil {
		out = commands.Outcome{ID: one.ID, Failure: grant.Refuse("Something broke on my side, so it may wait still.")}
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

// errTooLate means that an act did not begin in time.
var errTooLate = errors.New("not begun in time")

// isLate reports whether an act, or one of its ticked items, did not begin in time.
func (e *entry) isLate(err error) bool {
	return errors.Is(err, errTooLate) || slices.ContainsFunc(e.outcomes, func(o commands.Outcome) bool { return o.Late })
}

// attempt runs an act, unless it is too late.
func (w *worker) attempt(ctx context.Context, a act) (commands.Answer, error) {
	return w.guarded(ctx, a, func(ctx context.Context) (commands.Answer, error) {
		if no := w.service.Order.TooLate(a.Verb, a.At); no != nil && !w.doneBefore(ctx, a) {
			return commands.Answer{}, fmt.Errorf("%w: %w", errTooLate, no)
		}
		return w.do(ctx, a)
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
	if e.isLate(err) {
		if fresh, ok := w.offerRetry(ctx, a, m); ok {
			return w.reply(ctx, a, fresh, m), nil
		}
	}
	return w.reply(ctx, a, blocks.Message{}, m), nil
}

func (w *worker) markDone(ctx context.Context, seq uint64) {
	if err := w.acts.journal.Done(seq); err != nil {
		w.log.ErrorContext(ctx, "marking an act as done", "seq", seq, "err", err)
	}
}

// haltActs stops taking envelopes and starting acts.
func (a *acts) haltActs() {
	a.queue.Halt()
	close(a.stopped)
}

// isHalted reports whether the bot stops.
func (a *acts) isHalted() bool {
	select {
	case <-a.stopped:
		return true
	default:
		return false
	}
}

// stopActs waits for the running acts and their answers until ctx ends.
func (w *worker) stopActs(ctx context.Context) {
	w.acts.queue.Close(ctx)
	replied := make(chan struct{})
	go func() { w.acts.replies.Wait(); close(replied) }()
	select {
	case <-replied:
	case <-ctx.Done():
	}
}
