package main

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// drive runs a load against a program that acknowledges the nth command after a
// delay; a negative delay means never.
func drive(t *testing.T, l load, delay func(n int) time.Duration) tally {
	t.Helper()
	began := time.Now()
	var r *run
	var acks sync.WaitGroup
	r = newRun(l, func(n int) error {
		if d := delay(n); d >= 0 {
			acks.Go(func() {
				time.Sleep(d)
				r.ack(n)
			})
		}
		return nil
	}, func() time.Duration { return time.Since(began) })
	if err := r.do(t.Context()); err != nil {
		t.Fatal(err)
	}
	acks.Wait()
	return r.count()
}

func always(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

func TestClosedLoop(t *testing.T) {
	for _, c := range []struct {
		name       string
		inFlight   int
		throughput float64
	}{{"one in flight", 1, 100}, {"ten in flight", 10, 1000}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := drive(t, load{Commands: 100, InFlight: c.inFlight}, always(10*time.Millisecond))
				if got.Throughput != c.throughput || got.Acked != 100 || got.P50 != 10*time.Millisecond {
					t.Errorf("got %.0f/s, %d acked, p50 %s; want %.0f/s, 100, 10ms", got.Throughput, got.Acked, got.P50, c.throughput)
				}
			})
		})
	}
}

// A stall of the driver or of the program delays the later commands too, and
// each of them counts from the time at which it was due.
func TestOpenLoopCountsFromTheDueTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var r *run
		r = newRun(load{Commands: 100, Rate: 100}, func(n int) error {
			if n == 10 {
				time.Sleep(500 * time.Millisecond) // the socket accepts no bytes
			}
			r.ack(n)
			return nil
		}, func() time.Duration { return time.Since(began) })
		if err := r.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := r.count()
		if got.Slowest != 500*time.Millisecond || got.SentBehind != 490*time.Millisecond {
			t.Errorf("the slowest took %s and the driver was %s late; want 500ms and 490ms", got.Slowest, got.SentBehind)
		}
		slow := 0
		for _, d := range got.Latencies {
			if d > 0 {
				slow++
			}
		}
		if slow != 50 {
			t.Errorf("%d commands were slow; want the 50 that were due during the stall", slow)
		}
		if got.Elapsed != 990*time.Millisecond {
			t.Errorf("the load took %s; want 990ms, because its schedule does not move", got.Elapsed)
		}
	})
}

func TestAcksThatDoNotCount(t *testing.T) {
	for _, c := range []struct {
		name              string
		delay             time.Duration
		acked, late, none int
		p99               time.Duration
	}{
		{"in time", 3 * time.Second, 100, 0, 0, 10 * time.Millisecond},
		{"late", 3001 * time.Millisecond, 97, 3, 0, 3001 * time.Millisecond},
		{"never", -1, 97, 0, 3, ackWithin},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := drive(t, load{Commands: 100, InFlight: 10}, func(n int) time.Duration {
					if n >= 50 && n < 53 {
						return c.delay
					}
					return 10 * time.Millisecond
				})
				if got.Acked != c.acked || got.Late != c.late || got.None != c.none {
					t.Errorf("got %d acked, %d late, %d never", got.Acked, got.Late, got.None)
				}
				if c.late+c.none > 0 && got.P99 != c.p99 {
					t.Errorf("p99 is %s; want %s", got.P99, c.p99)
				}
			})
		})
	}
}

// A second ack, and an ack of an unknown envelope, change nothing.
func TestSecondAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var r *run
		r = newRun(load{Commands: 2, InFlight: 2}, func(n int) error {
			r.ack(n)
			r.ack(n)
			r.ack(7)
			return nil
		}, func() time.Duration { return time.Since(began) })
		if err := r.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.count(); got.Acked != 2 || got.Sent != 2 {
			t.Errorf("%d of %d acked", got.Acked, got.Sent)
		}
	})
}
