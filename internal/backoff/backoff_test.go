package backoff

import (
	"context"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestPauses(t *testing.T) {
	seconds := func(n ...int) (all []time.Duration) {
		for _, n := range n {
			all = append(all, time.Duration(n)*time.Second)
		}
		return all
	}
	for _, tt := range []struct {
		name string
		b    Backoff
		want []time.Duration // after 0, 1, 2 … failures
	}{
		{"doubled up to the ceiling", Backoff{First: time.Second, Max: 10 * time.Second}, seconds(1, 2, 4, 8, 10, 10)},
		{"another factor", Backoff{First: 10 * time.Second, Max: 2000 * time.Second, Factor: 4}, seconds(10, 40, 160, 640, 2000, 2000)},
		{"the ceiling at once", Backoff{First: time.Minute, Max: 5 * time.Second}, seconds(5, 5)},
		{"always the same", Backoff{First: 3 * time.Second, Max: 9 * time.Second, Factor: 1}, seconds(3, 3, 3)},
		{"the longest jitter", Backoff{First: 10 * time.Second, Max: time.Minute, Jitter: 0.2, Random: func() float64 { return 1 }}, seconds(8, 16, 32, 48)},
		{"no jitter by chance", Backoff{First: 10 * time.Second, Max: time.Minute, Jitter: 0.2, Random: func() float64 { return 0 }}, seconds(10, 20, 40, 60)},
	} {
		var got []time.Duration
		for n := range tt.want {
			got = append(got, tt.b.Pause(n))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
}

func TestPauseDoesNotOverflow(t *testing.T) {
	b := Backoff{First: time.Hour, Max: math.MaxInt64, Factor: 3}
	if got := b.Pause(1000); got != b.Max {
		t.Errorf("%v", got)
	}
}

// Pauses never exceed the ceiling, and never shrink by more than the jitter.
func TestPauseStaysInItsRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{
			First:  time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "first")),
			Max:    time.Duration(rapid.Int64Range(int64(time.Hour), math.MaxInt64).Draw(t, "max")),
			Factor: rapid.IntRange(0, 10).Draw(t, "factor"),
		}
		failures := rapid.IntRange(-1, 1000).Draw(t, "failures")
		whole, next := b.Pause(failures), b.Pause(failures+1)
		if whole < b.First || whole > b.Max || next < whole {
			t.Fatalf("%v, then %v", whole, next)
		}
		b.Jitter = rapid.Float64Range(0, 1).Draw(t, "jitter")
		if got := b.Pause(failures); got > whole || float64(got) < float64(whole)*(1-b.Jitter)*0.999 {
			t.Fatalf("%v of %v with jitter %v", got, whole, b.Jitter)
		}
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		start := time.Now()
		for _, tt := range []struct {
			d, after time.Duration
			want     bool
		}{
			{0, 0, true},
			{time.Minute, time.Minute, true},
			{time.Minute, 90 * time.Second, false},
			{0, 90 * time.Second, false},
		} {
			if got := Wait(ctx, tt.d); got != tt.want || time.Since(start) != tt.after {
				t.Errorf("%v: %t after %v; want %t after %v", tt.d, got, time.Since(start), tt.want, tt.after)
			}
		}
	})
}
