package main

import (
	"context"
	"sync"
	"time"
)

// ackWithin is Slack's deadline. A person whose command has no ack by then sees
// an error.
const ackWithin = 3 * time.Second

// wakeWithin is the delay of a timer that is the machine's own. A command that
// is sent this late counts from its sending, and later ones from their due time.
const wakeWithin = 2 * time.Millisecond

// A load is a series of commands. Rate makes it an open loop: each command has
// its time, whether or not the earlier ones have been acknowledged. InFlight
// makes it a closed loop: a command follows an ack, or its deadline.
type load struct {
	Name     string
	Commands int
	InFlight int     // closed loop
	Rate     float64 // commands a second, open loop
}

// due returns the time at which a command of an open loop is due.
func (l load) due(n int) time.Duration {
	return time.Duration(float64(n) / l.Rate * float64(time.Second))
}

// A run is a load in progress. Times count from its start.
type run struct {
	load
	send func(n int) error
	now  func() time.Duration

	mu    sync.Mutex
	acts  []act
	ended chan int // the commands that were acknowledged or given up
}

// An act is one command. From is the time that a person would count from: in an
// open loop the time at which the command was due, if it was sent late.
type act struct {
	from, sent, acked time.Duration
	isSent, isAcked   bool
	isEnded           bool
}

func newRun(l load, send func(n int) error, now func() time.Duration) *run {
	return &run{load: l, send: send, now: now, acts: make([]act, l.Commands), ended: make(chan int, l.Commands)}
}

// ack records the first ack of a command.
func (r *run) ack(n int) {
	at := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if n >= len(r.acts) || r.acts[n].isAcked {
		return
	}
	a := &r.acts[n]
	a.acked, a.isAcked = at, true
	r.end(a, n)
}

// end ends a command once. The caller holds r.mu.
func (r *run) end(a *act, n int) {
	if !a.isEnded {
		a.isEnded = true
		r.ended <- n
	}
}

// do sends all commands, and returns when each is acknowledged or given up.
func (r *run) do(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go r.giveUp(ctx)
	open := 0
	for n := range r.Commands {
		from := r.now()
		if r.Rate > 0 {
			due := r.due(n)
			if err := sleep(ctx, due-from); err != nil {
				return err
			}
			if from = r.now(); from-due > wakeWithin {
				from = due
			}
		} else if open == r.InFlight {
			select {
			case <-r.ended:
				open--
			case <-ctx.Done():
				return ctx.Err()
			}
			from = r.now()
		}
		r.mu.Lock()
		r.acts[n] = act{from: from, sent: r.now(), isSent: true}
		r.mu.Unlock()
		if err := r.send(n); err != nil {
			return err
		}
		open++
	}
	for ; open > 0; open-- {
		select {
		case <-r.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// giveUp ends the commands whose deadline has passed.
func (r *run) giveUp(ctx context.Context) {
	for first := 0; sleep(ctx, 100*time.Millisecond) == nil; {
		r.mu.Lock()
		for n := first; n < len(r.acts) && r.acts[n].isSent; n++ {
			a := &r.acts[n]
			if !a.isEnded && r.now()-a.sent > ackWithin {
				r.end(a, n)
			}
			if a.isEnded && n == first {
				first++
			}
		}
		r.mu.Unlock()
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A tally is the result of a run.
type tally struct {
	Sent, Acked         int             // acks in time
	Late, None          int             // acks after the deadline, and no acks at all
	Latencies           []time.Duration // of all commands, sorted
	Elapsed             time.Duration   // from the start to the last ack in time
	SentBehind          time.Duration   // the driver's longest delay in an open loop
	Throughput          float64         // acks in time, a second
	P50, P90, P99, P999 time.Duration
	Slowest             time.Duration
}

// count counts a run. Every command without an ack counts as one whose latency
// is the whole deadline, so that losses cannot improve the percentiles.
func (r *run) count() (t tally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.acts {
		if !a.isSent {
			continue
		}
		t.Sent++
		t.SentBehind = max(t.SentBehind, a.sent-a.from)
		latency := a.acked - a.from
		switch {
		case !a.isAcked:
			t.None++
			latency = ackWithin
		case a.acked-a.sent > ackWithin:
			t.Late++
		default:
			t.Acked++
			t.Elapsed = max(t.Elapsed, a.acked)
		}
		t.Latencies = append(t.Latencies, latency)
	}
	t.summarise()
	return t
}
