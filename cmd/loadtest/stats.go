package main

import (
	"math"
	"slices"
	"time"
)

func (t *tally) summarise() {
	slices.Sort(t.Latencies)
	t.P50, t.P90 = percentile(t.Latencies, 50), percentile(t.Latencies, 90)
	t.P99, t.P999 = percentile(t.Latencies, 99), percentile(t.Latencies, 99.9)
	t.Slowest = percentile(t.Latencies, 100)
	if t.Elapsed > 0 {
		t.Throughput = float64(t.Acked) / t.Elapsed.Seconds()
	}
}

// percentile returns the smallest value that is at least as large as p percent
// of all (nearest rank). The values are sorted.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// median returns the middle value, or the mean of the two in the middle.
func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	all = slices.Sorted(slices.Values(all))
	mid := len(all) / 2
	if len(all)%2 == 1 {
		return all[mid]
	}
	return (all[mid-1] + all[mid]) / 2
}

// ratios divides the rounds of one program by the same rounds of another, so
// that a slow minute of the machine counts for both.
func ratios(a, b []float64) (out []float64) {
	for i := range min(len(a), len(b)) {
		out = append(out, a[i]/b[i])
	}
	return out
}

func percentileOf(all []float64, p float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(int(math.Ceil(p/100*float64(len(sorted)))), 1)-1]
}
