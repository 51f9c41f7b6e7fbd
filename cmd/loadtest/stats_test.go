package main

import (
	"math"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for n := range 100 {
		hundred = append(hundred, time.Duration(n+1))
	}
	for _, c := range []struct {
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{nil, 50, 0}, {[]time.Duration{7}, 0, 7}, {[]time.Duration{7}, 99, 7}, {[]time.Duration{1, 2}, 50, 1},
		{[]time.Duration{1, 2}, 51, 2}, {hundred, 50, 50}, {hundred, 99, 99}, {hundred, 99.9, 100}, {hundred, 100, 100},
	} {
		if got := percentile(c.sorted, c.p); got != c.want {
			t.Errorf("percentile %v of %d values is %d; want %d", c.p, len(c.sorted), got, c.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		all  []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.all); got != c.want {
			t.Errorf("the median of %v is %v; want %v", c.all, got, c.want)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("nothing has a median")
	}
}

// Both programs are slower in a slow round, and the ratio stays.
func TestRatiosAreRoundByRound(t *testing.T) {
	got := median(ratios([]float64{300, 30, 330}, []float64{100, 10, 100}))
	if got != 3 {
		t.Errorf("the median of the rounds' ratios is %v; want 3", got)
	}
}

func TestParseLoad(t *testing.T) {
	for _, c := range []struct {
		name string
		want load
	}{
		{"1", load{Name: "1", InFlight: 1, Commands: 1500}},
		{"64", load{Name: "64", InFlight: 64, Commands: 6000}},
		{"200/s", load{Name: "200/s", Rate: 200, Commands: 2000}},
	} {
		if got, err := parseLoad(c.name, 0); err != nil || got != c.want {
			t.Errorf("%s is %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "0", "-3", "fast", "/s"} {
		if got, err := parseLoad(bad, 0); err == nil {
			t.Errorf("%q is %+v; want an error", bad, got)
		}
	}
}

func TestBetween(t *testing.T) {
	const page = "before\n<!-- loadtest loads -->\nold\n<!-- end of loads -->\nafter\n"
	want := "before\n<!-- loadtest loads -->\nnew\n<!-- end of loads -->\nafter\n"
	if got, err := between(page, "loads", "new\n"); err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := between(page, "growth", "new\n"); err == nil {
		t.Error("a section without markers was replaced")
	}
}

func TestCeilingOfAPlot(t *testing.T) {
	for _, c := range []struct{ most, want float64 }{{0, 1}, {0.3, 0.5}, {7, 10}, {10, 10}, {101, 200}, {4999, 5000}} {
		if got := ceiling([][]float64{{c.most, math.NaN()}}); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("the axis for %v ends at %v; want %v", c.most, got, c.want)
		}
	}
}
