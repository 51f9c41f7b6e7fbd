package awsaccess_test

import (
	"net/http"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/sim/awssim"
)

// Ahead is the lead that two answers in a row prove. A slow answer proves
// little, and a single strange one nothing.
func TestAhead(t *testing.T) {
	b := newBench(t, awssim.Config{})
	ask := func(c *awsaccess.Client) { must(c.Joined(ctx, bob))(t) }
	within := func(c *awsaccess.Client, least, most time.Duration) {
		t.Helper()
		if got := c.ClockSkew(); got < least || got > most {
			t.Errorf("ahead by %s, not by %s to %s", got, least, most)
		}
	}
	c := b.client(t)
	within(c, 0, 0)
	ask(c)
	ask(c)
	within(c, 0, 0)
	b.forward(24 * time.Hour)
	ask(c)
	ask(c)
	within(c, -24*time.Hour, -24*time.Hour+2*time.Second)
	b.forward(-48 * time.Hour)
	ask(c)
	ask(c)
	within(c, 24*time.Hour-2*time.Second, 24*time.Hour)
	b.forward(24 * time.Hour)
	ask(c)
	ask(c)
	within(c, 0, 0)
}

func TestAheadNeedsTwoAnswers(t *testing.T) {
	clock, date, slow := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), time.Time{}, time.Duration(0)
	serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", date.Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
		clock = clock.Add(slow)
	})
	credentials(t, "AKIAIOSFODNN7EXAMPLE", "secret")
	c := connect(t, awsaccess.Config{Attempts: 1, Now: func() time.Time { return clock }, Accounts: []awsaccess.Account{{Name: "nonprod", ID: owner}}})
	for _, step := range []struct {
		answered, slow, want time.Duration // when the answer was made after the request, and the call's duration
	}{
		{-time.Hour, 0, 0}, // the first answer
		{0, 0, 0},
		{-time.Hour, 0, 0},
		{-2 * time.Hour, 0, time.Hour - time.Second},
		{2 * time.Hour, 0, 0},
		{time.Hour, 0, -time.Hour},
		{30 * time.Minute, 20 * time.Minute, -10 * time.Minute},
		{30 * time.Minute, 40 * time.Minute, 0}, // made at any time between
		{time.Hour, 0, 0},
		{time.Hour, 0, -time.Hour},
	} {
		date, slow = clock.Add(step.answered), step.slow
		c.BucketPolicy(ctx, bucket) //nolint:errcheck // it is refused
		if got := c.ClockSkew(); got != step.want {
			t.Errorf("%+v: ahead by %s", step, got)
		}
	}
}
