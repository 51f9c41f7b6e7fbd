package loadgate

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// steps starts n steps and counts those that have begun.
func steps(t *testing.T, g *Gate, n int) (begun func() int) {
	began := make(chan struct{}, n)
	for range n {
		go func() { g.Wait(t.Context()); began <- struct{}{} }()
	}
	t.Cleanup(func() { time.Sleep(time.Minute) }) // the gate ends its goroutine
	synctest.Wait()
	return func() int { synctest.Wait(); return len(began) }
}

func TestCalmGateIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if n := steps(t, new(Gate), 5)(); n != 5 {
			t.Errorf("%d of 5 steps began without an envelope", n)
		}
		if n := steps(t, nil, 5)(); n != 5 {
			t.Errorf("%d of 5 steps began without a gate", n)
		}
	})
}

// An envelope every half a millisecond leaves no gap.
func TestStepsWaitForTheEndOfARush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		g.Arrived()()
		begun := steps(t, g, 100)
		for range 1000 {
			g.Arrived()()
			time.Sleep(gap / 2)
		}
		if n := begun(); n != 0 {
			t.Errorf("%d steps began within half a second of a rush", n)
		}
		time.Sleep(calm + gap)
		if n := begun(); n != 100 {
			t.Errorf("%d of 100 steps began after the rush", n)
		}
	})
}

func TestStepsOfALongRushBeginAFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		g.Arrived()()
		begun := steps(t, g, 100)
		for range 2*patience/gap + 20 {
			g.Arrived()()
			time.Sleep(gap / 2)
		}
		if n := begun(); n < 10*perTurn-2 || n > 12*perTurn {
			t.Errorf("%d steps began in 10 ms past the patience of the gate, want about %d", n, 10*perTurn)
		}
	})
}

func TestStepsBeginInTheGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		g.Arrived()()
		begun := steps(t, g, 100)
		for range 10 { // 200 envelopes a second
			g.Arrived()()
			time.Sleep(5 * time.Millisecond)
		}
		if n := begun(); n < 10*perTurn || n > 50*perTurn {
			t.Errorf("%d steps began in ten gaps of 5 ms", n)
		}
	})
}

func TestStepsWaitForAcknowledgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		acknowledged := g.Arrived()
		begun := steps(t, g, 1)
		time.Sleep(patience / 2)
		if n := begun(); n != 0 {
			t.Errorf("a step began before the acknowledgement")
		}
		acknowledged()
		time.Sleep(3 * gap)
		if n := begun(); n != 1 {
			t.Errorf("no step began after the acknowledgement")
		}
	})
}

func TestAStepThatIsCancelledStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		g.Arrived()()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { g.Wait(ctx); close(done) }()
		synctest.Wait()
		cancel()
		<-done
		time.Sleep(time.Minute)
	})
}
