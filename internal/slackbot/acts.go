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
func (b *Bot) receipt() time.Time {
	b.acts.mu.Lock()
	defer b.acts.mu.Unlock()
	now := b.Now().UTC().Round(0)
	if !now.After(b.acts.last) && b.acts.last.Sub(now) < time.Second {
		now = b.acts.last.Add(1)
	}
	b.acts.last = now
	return now
}

// admit puts an act into the queue, if its person may have one more. It is called in order of
// receipt.
func (b *Bot) admit(ctx context.Context, a act) *entry {
	b.acts.mu.Lock()
	b.acts.order++
	a.Version, a.Run, a.Order = actVersion, b.acts.run, b.acts.order
	b.acts.mu.Unlock()
	e := &entry{act: a}
	if e.crowded = !b.acts.take(e, false); !e.crowded {
		b.enqueue(ctx, e)
	}
	return e
}

func (b *Bot) enqueue(ctx context.Context, e *entry) {
	a := e.act
	if a.Verb == commands.ApproveSeveral {
		e.left, e.outcomes = len(a.Picks), make([]commands.Outcome, len(a.Picks))
		for i, p := range a.Picks {
			e.tickets = append(e.tickets, b.takePlace(ctx, a, func() { b.carryOutOne(ctx, e, i, 0) }, p.ID))
		}
		return
	}
	e.tickets = append(e.tickets, b.takePlace(ctx, a, func() { b.carryOut(ctx, e, 0) }, a.ids()...))
}

// takePlace appends an act, or a part of it, to the queue.
func (b *Bot) takePlace(ctx context.Context, a act, do func(), ids ...grant.ID) *workqueue.Ticket {
	p := b.placeOf(ctx, a, ids...)
	return b.acts.queue.Add(workqueue.Work{Owner: a.User, Lane: laneOf(a.Verb), Holds: p.Holds, Heeds: p.Heeds,
		Overtakes: a.Verb.Closes(), Yields: a.Verb.Opens(), InOrder: a.Verb == commands.Freeze, Do: do})
}

// placeOf returns the keys that decide which acts an act waits for. After a panic it waits for
// none, because every commit is checked against the record anyway.
func (b *Bot) placeOf(ctx context.Context, a act, ids ...grant.ID) (p commands.Place) {
	defer func() {
		if broke := recover(); broke != nil {
			b.Log.ErrorContext(ctx, "panic while giving an act its place", "verb", a.Verb, "panic", fmt.Sprint(broke), "stack",
				string(debug.Stack()))
			p = commands.Place{}
		}
	}()
	if a.Text != "" {
		return b.Service.PlaceTyped(ctx, a.Verb, a.by(), a.Text)
	}
	return b.Service.Place(ctx, a.Verb, a.by(), ids...)
}

// journalAct stores an act in the journal.
func (b *Bot) journalAct(ctx context.Context, e *entry) error {
	r, err := e.act.record()
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, journalWithin)
	defer cancel()
	seq, err := b.acts.journal.Append(within, r)
	b.noteJournal(ctx, r.Closing, err)
	if err != nil {
		return err
	}
	b.acts.mu.Lock()
	defer b.acts.mu.Unlock()
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
func (b *Bot) release(e *entry) {
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
func (b *Bot) replay(ctx context.Context) {
	defer b.acts.replayed.Store(true)
	var all []stored
	for _, r := range b.acts.journal.Undone() {
		a, err := actOf(r)
		if err != nil {
			b.Log.ErrorContext(ctx, "an act cannot be read, and stays undone", "seq", r.Seq, "err", err)
			continue
		}
		all = append(all, stored{r.Seq, a})
	}
	slices.SortStableFunc(all, inOrder)
	for _, s := range all {
		if b.dedupe.remember(time.Now(), s.act.keys()...) {
			b.markDone(ctx, s.seq) // a redelivery of another
			continue
		}
		e := &entry{act: s.act, seq: s.seq}
		b.acts.take(e, true)
		b.enqueue(ctx, e)
		b.release(e)
	}
	if len(all) > 0 {
		b.Log.InfoContext(ctx, "acts of an earlier run are carried out", "acts", len(all))
	}
}

// carryOut runs an act and answers it in the background. A temporary failure is retried.
func (b *Bot) carryOut(ctx context.Context, e *entry, try int) {
	answer, err := b.attempt(ctx, e.act)
	b.failpoint("committed")
	if ctx.Err() != nil {
		return // interrupted: left to a replay
	}
	if isPassing(err) && b.tryAgain(ctx, e, try, err, func() { b.carryOut(ctx, e, try+1) }, e.act.ids()...) {
		return
	}
	b.acts.replies.Go(func() { b.finish(ctx, e, answer, err) })
}

// carryOutOne runs one ticked item. The last one answers for all.
func (b *Bot) carryOutOne(ctx context.Context, e *entry, i, try int) {
	var out commands.Outcome
	one := e.act.Picks[i]
	_, err := b.guarded(ctx, e.act, func(ctx context.Context) (commands.Answer, error) {
		out = b.approveOne(ctx, e.act, one)
		return commands.Answer{}, nil
	})
	if err != nil {
		out = commands.Outcome{ID: one.ID, Failure: grant.Refuse("Something broke on my side, so it may wait still.")}
	}
	b.failpoint("committed")
	again := func() { b.carryOutOne(ctx, e, i, try+1) }
	if ctx.Err() == nil && isPassing(out.Fault) && b.tryAgain(ctx, e, try, out.Fault, again, one.ID) {
		return
	}
	b.acts.mu.Lock()
	e.outcomes[i] = out
	e.left--
	e.broken = e.broken || ctx.Err() != nil
	last, broken := e.left == 0, e.broken
	b.acts.mu.Unlock()
	if last && !broken {
		b.acts.replies.Go(func() { b.finish(ctx, e, commands.AnswerSelections(e.outcomes), nil) })
	}
}

// errTooLate means that an act did not begin in time.
var errTooLate = errors.New("not begun in time")

// isLate reports whether an act, or one of its ticked items, did not begin in time.
func (e *entry) isLate(err error) bool {
	return errors.Is(err, errTooLate) || slices.ContainsFunc(e.outcomes, func(o commands.Outcome) bool { return o.Late })
}

// attempt runs an act, unless it is too late.
func (b *Bot) attempt(ctx context.Context, a act) (commands.Answer, error) {
	return b.guarded(ctx, a, func(ctx context.Context) (commands.Answer, error) {
		if no := b.Service.TooLate(a.Verb, a.At); no != nil && !b.doneBefore(ctx, a) {
			return commands.Answer{}, fmt.Errorf("%w: %w", errTooLate, no)
		}
		return b.do(ctx, a)
	})
}

// guarded limits the time of an act, and returns a panic as a fault.
func (b *Bot) guarded(ctx context.Context, a act,
	do func(context.Context) (commands.Answer, error)) (answer commands.Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			b.Log.ErrorContext(ctx, "panic while carrying out an act", "verb", a.Verb, "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			answer, err = commands.Answer{}, fmt.Errorf("a panic: %v", p)
		}
	}()
	b.failpoint("begun")
	return do(ctx)
}

// finish answers an act, and marks it done once Slack has accepted the answer or refused every way.
func (b *Bot) finish(ctx context.Context, e *entry, answer commands.Answer, err error) {
	told, broke := b.deliverAnswer(ctx, e, answer, err)
	if broke != nil {
		told, _ = b.deliverAnswer(ctx, e, commands.Answer{}, broke)
	}
	if !told {
		return // the bot stops: a replay answers
	}
	b.failpoint("answered")
	for _, yes := range refusedYeses(e, err) {
		b.noteLateYes(ctx, e.act, yes)
	}
	b.markDone(ctx, e.seq)
	b.failpoint("done")
	b.acts.forgetAct(e)
}

// deliverAnswer sends an act's answer. told is false if the bot stops before. broke is a panic
// while the answer was drawn.
func (b *Bot) deliverAnswer(ctx context.Context, e *entry, answer commands.Answer, err error) (told bool, broke error) {
	a := e.act
	defer func() {
		if p := recover(); p != nil {
			b.Log.ErrorContext(ctx, "panic while answering an act", "verb", a.Verb, "panic", fmt.Sprint(p), "stack",
				string(debug.Stack()))
			broke = fmt.Errorf("a panic: %v", p)
		}
	}()
	m, _ := b.answers.worded(ctx, a.User, answer, err) // only reads send a file
	if e.isLate(err) {
		if fresh, ok := b.offerRetry(ctx, a, m); ok {
			return b.reply(ctx, a, fresh, m), nil
		}
	}
	return b.reply(ctx, a, blocks.Message{}, m), nil
}

func (b *Bot) markDone(ctx context.Context, seq uint64) {
	if err := b.acts.journal.Done(seq); err != nil {
		b.Log.ErrorContext(ctx, "marking an act as done", "seq", seq, "err", err)
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
func (b *Bot) stopActs(ctx context.Context) {
	b.acts.queue.Close(ctx)
	replied := make(chan struct{})
	go func() { b.acts.replies.Wait(); close(replied) }()
	select {
	case <-replied:
	case <-ctx.Done():
	}
}
