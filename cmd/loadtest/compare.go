package main

import (
	"context"
	"fmt"
	"time"
)

// compare runs all subjects in turn, and prints each run and the medians.
func (c conditions) compare(ctx context.Context, all []subject, l load, rounds int) (table, error) {
	fmt.Printf("\n%s: %d commands from %d people, Slack's limits %s\n", l.Name, l.Commands, people, onOff(c.RateLimits))
	results := make([][]result, len(all))
	for round := range rounds {
		for n, s := range all {
			if s.Name == ackOnly && round > 0 {
				continue
			}
			r, err := c.measure(ctx, s, l)
			if err != nil {
				return table{}, err
			}
			results[n] = append(results[n], r)
			fmt.Printf("  round %d  %-12s %s\n", round+1, s.Name, r)
		}
	}
	for n, s := range all {
		fmt.Printf("  median   %-12s %6.0f/s  p50 %s  p99 %s", s.Name, median(column(results[n], throughput)),
			ms(median(column(results[n], p50))), ms(median(column(results[n], p99))))
		if last := len(all) - 1; n > 0 && n < last {
			fmt.Printf("  against %s: throughput %s, p99 %s", all[last].Name, spread(results[n], results[last], throughput),
				spread(results[n], results[last], p99))
		}
		fmt.Println()
	}
	return table{l, all, results}, nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func throughput(r result) float64 { return r.Throughput }
func p50(r result) float64        { return r.P50.Seconds() }
func p99(r result) float64        { return r.P99.Seconds() }

func column(all []result, of func(result) float64) (out []float64) {
	for _, r := range all {
		out = append(out, of(r))
	}
	return out
}

// spread formats the median of the rounds' ratios, with the least and the greatest.
func spread(a, b []result, of func(result) float64) string {
	all := ratios(column(a, of), column(b, of))
	return fmt.Sprintf("%.2f × [%.2f–%.2f]", median(all), percentileOf(all, 0), percentileOf(all, 100))
}

func ms(seconds float64) string { return fmt.Sprintf("%.2f ms", seconds*1000) }

func mb(bytes int64) string { return fmt.Sprintf("%.0f", float64(bytes)/(1<<20)) }

// String formats a run in one line.
func (r result) String() string {
	text := fmt.Sprintf("%6.0f/s  p50 %s  p90 %s  p99 %s  max %s  un-acked %d (%d late)", r.Throughput,
		ms(r.P50.Seconds()), ms(r.P90.Seconds()), ms(r.P99.Seconds()), ms(r.Slowest.Seconds()), r.None+r.Late, r.Late)
	text += fmt.Sprintf("  ready %d ms  RSS %s→%s (anon %s) MB  cpu %.1f s (driver %.1f)", r.Ready.Milliseconds(),
		mb(r.Rest.RSS), mb(r.Peak.RSS), mb(r.Peak.Anon), r.Processor.Seconds(), r.Driver.Seconds())
	switch {
	case r.Unanswered == r.Sent:
	case r.Unanswered > 0:
		text += fmt.Sprintf("  NOT CARRIED OUT: %d", r.Unanswered)
	default:
		text += fmt.Sprintf("  carried out in %.1f s (%d refused)", r.CarriedOut.Seconds(), r.Refused)
	}
	text += fmt.Sprintf("  calls: slack %d, aws %d  written %s MB", r.SlackCalls, r.AWSCalls, mb(r.Written))
	if r.Allocated > 0 {
		text += fmt.Sprintf("  %.0f KB garbage each", float64(r.Allocated<<10)/float64(r.Sent))
	}
	if r.SentBehind > 5*time.Millisecond {
		text += fmt.Sprintf("  (the driver sent %s late)", r.SentBehind.Round(time.Millisecond))
	}
	return text + "  load " + r.LoadAverage
}
