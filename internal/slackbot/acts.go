package slackbot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"s3share/internal/commands"
	"s3share/internal/journal"
	"s3share/internal/workqueue"
)

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
	undone  [lanes]int        // acts in each lane
	entries map[*entry]bool
}

// An entry is an act in flight.
type entry struct {
	act     act
	seq     uint64
	tickets []*workqueue.Ticket
	crowded bool // its person has too many acts: it is refused
	replay  bool // an earlier run acknowledged it
	before  int  // undone acts of its lane at its receipt

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
func (a *acts) receipt(now time.Time) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	now = now.UTC().Round(0)
	if !now.After(a.last) && a.last.Sub(now) < time.Second {
		now = a.last.Add(1)
	}
	a.last = now
	return now
}

// share returns a person's share. The caller holds acts.mu.
func (a *acts) share(user string) *share {
	s := a.shares[user]
	if s == nil {
		s = new(share)
		a.shares[user] = s
	}
	return s
}

// tidy removes a person without work in flight. The caller holds acts.mu.
func (a *acts) tidy(user string) {
	if s := a.shares[user]; s != nil && *s == (share{}) {
		delete(a.shares, user)
	}
}

// take counts an undone act. It returns false if the person has too many. An act that an earlier
// run acknowledged always counts.
func (a *acts) take(e *entry, acknowledged bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, lane := a.share(e.act.User), laneOf(e.act.Verb)
	if s.undone[lane] >= mostUndone[lane] && !acknowledged {
		return false
	}
	s.undone[lane]++
	e.before = a.undone[lane]
	a.undone[lane]++
	a.entries[e] = true
	return true
}

// forgetAct records that an act is done, or not accepted.
func (a *acts) forgetAct(e *entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.entries[e] {
		return
	}
	delete(a.entries, e)
	a.share(e.act.User).undone[laneOf(e.act.Verb)]--
	a.undone[laneOf(e.act.Verb)]--
	a.tidy(e.act.User)
}

// beginRead takes a slot for a read or a refusal; end releases it. ok is false if the person has
// too many.
func (a *acts) beginRead(user string) (end func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.share(user)
	if s.reads >= mostReads {
		return nil, false
	}
	s.reads++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		s.reads--
		a.tidy(user)
	}, true
}

// isKept reports whether the journal has an act.
func (a *acts) isKept(e *entry) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return e.seq > 0
}

// discard removes an act that was not stored.
func (a *acts) discard(e *entry) {
	for _, t := range e.tickets {
		t.Drop()
	}
	a.forgetAct(e)
}

// oldestUndone returns the undone act with the earliest receipt, and the number of undone acts.
func (a *acts) oldestUndone() (oldest act, undone int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for e := range a.entries {
		if undone == 0 || e.act.At.Before(oldest.At) {
			oldest = e.act
		}
		undone++
	}
	return oldest, undone
}

// errTooLate means that an act did not begin in time.
var errTooLate = errors.New("not begun in time")

// isLate reports whether an act, or one of its ticked items, did not begin in time.
func (e *entry) isLate(err error) bool {
	return errors.Is(err, errTooLate) || slices.ContainsFunc(e.outcomes, func(o commands.Outcome) bool { return o.Late })
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

// pauseUnlessStopped waits; false if the bot stops meanwhile.
func (a *acts) pauseUnlessStopped(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-a.stopped:
	}
	return false
}
