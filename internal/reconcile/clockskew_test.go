package reconcile

import (
	"errors"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/preflight"
)

// While the clock is wrong in either direction, nothing is approved or added, and access still
// ends. Additions resume once it is right.
func TestNothingIsAddedByAWrongClock(t *testing.T) {
	for _, off := range []time.Duration{24 * time.Hour, -4 * time.Hour, 5*time.Minute + time.Second} {
		b := newBench(t)
		open := b.approved("fixtures/b", "read", "build/ann", "2h")
		b.run(time.Minute)
		b.expectState(open, "active")
		b.aws.ahead, b.aws.calls = off, nil
		waits := b.approved("fixtures/c", "read", "build/ben", "8h") // a moment before
		asks := b.request("fixtures/a", "read", "build/ann", "1h")
		b.run(10 * time.Minute)
		b.expectState(waits, "approved")
		b.expectState(asks, "pending")
		if n := b.aws.writes(); n != 0 {
			t.Errorf("%s: %d writes", off, n)
		}
		var no *grant.Refusal
		for _, err := range []error{refusalOf(b.rec.Preflight().CheckApproval(ctx, b.get(asks))), refusalOf(b.rec.Preflight().CheckExtension(ctx, b.get(open)))} {
			if !errors.As(err, &no) || !strings.Contains(no.Sentence, preflight.Apart(off)) {
				t.Errorf("%s: an approval is answered with %v", off, err)
			}
		}
		b.aws.errs["GetBucketPolicy"] = errors.New("out of reach")
		if err := refusalOf(b.rec.Preflight().CheckApproval(ctx, b.get(asks))); !errors.As(err, &no) {
			t.Errorf("%s: an approval while AWS is out of reach is answered with %v", off, err)
		}
		delete(b.aws.errs, "GetBucketPolicy")
		b.apply(open, grant.End{By: ada, Today: b.today(open)})
		b.run(time.Minute)
		b.expectState(open, "ended revoked")
		b.aws.ahead = 0
		b.run(3 * time.Minute)
		b.expectState(waits, "active")
	}
}

func TestNothingIsPutBackByAWrongClock(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	id := b.approved("healed-1", "read", "build/ann", "8h")
	b.run(5 * time.Minute)
	b.removeStatements("healed-1", id)
	b.aws.ahead, b.aws.calls = time.Hour, nil
	b.sweep()
	b.run(time.Minute)
	if n := b.aws.writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
	b.aws.ahead = 0
	b.sweep()
	b.run(time.Minute)
	if !hasStatements(b.policyOf("healed-1"), b.get(id), b.get(id).ExpiresAt) {
		t.Error("nor is it put back afterwards")
	}
}

func TestBreakGlassByAWrongClock(t *testing.T) {
	b := newBench(t)
	b.aws.ahead = time.Hour
	g := b.get(b.request("fixtures/a", "read", "build/ann", "1h"))
	g.BreakGlass = true
	acts := must(checker{b.rec}.through(ctx, g, grant.Check{}, unattended{}))
	if no, ok := acts[0].(grant.Reject); len(acts) != 1 || !ok || !strings.Contains(no.Why, "1h ahead of AWS's") {
		t.Errorf("it is answered with %+v", acts)
	}
}

// The operators are told once when the clock becomes wrong and once when it is right again, also if
// it varies around a limit.
func TestClockIsTold(t *testing.T) {
	b := newBench(t)
	told := clockRight
	for _, step := range []struct {
		off  time.Duration
		says string // of the alerts; "": no alert
	}{
		{0, ""},
		{59 * time.Second, ""},
		{2 * time.Minute, "2m ahead of AWS's"},
		{59 * time.Second, ""},
		{-4 * time.Hour, "4h behind AWS's. s3share approves and grants nothing until it is right. Access still ends"},
		{-4*time.Hour - time.Second, ""},
		{4*time.Minute + 55*time.Second, ""},
		{4 * time.Minute, "Resolved: the clock is 4m ahead of AWS's, and s3share grants again"},
		{49 * time.Second, "Resolved: the clock agrees with AWS's again"},
		{24 * time.Hour, "1d ahead of AWS's. s3share approves and grants nothing until it is right. Access still ends"},
		{0, "Resolved: the clock agrees with AWS's again, and s3share grants again"},
		{0, ""},
	} {
		b.aws.ahead, b.alerts = step.off, nil
		if told = b.rec.tellClock(ctx, told); told != must(toldClock(ctx, b.rec.alerts)) {
			t.Errorf("%s: another is known after a restart", step.off)
		}
		switch {
		case step.says == "" && len(b.alerts) > 0, step.says != "" && (len(b.alerts) != 1 || !strings.Contains(b.alerts[0], step.says)):
			t.Errorf("%s: told %q, not %q", step.off, b.alerts, step.says)
		}
	}
}

// A request that could not be checked while the clock was ahead is checked soon after the clock is
// set back.
func TestCheckAfterTheClockWasSetBack(t *testing.T) {
	b := newBench(t)
	b.clock.move(5 * time.Hour)
	b.aws.errs["GetBucketPolicy"] = awsErr("retry", "GetBucketPolicy", "ServiceUnavailable", "")
	id := b.request("fixtures/a", "read", "build/ann", "1h")
	b.turn()
	b.expectState(id, "checking")
	delete(b.aws.errs, "GetBucketPolicy")
	b.clock.move(-5 * time.Hour)
	b.turn()
	b.expectState(id, "checking")
	b.sweep()
	b.expectState(id, "pending")
}
