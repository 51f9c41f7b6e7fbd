package commands

import (
	"context"
	"slices"
	"strings"
	"testing"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func TestFreeze(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	var told []string
	o.configure(func(c *Config) {
		c.Announce = func(_ context.Context, a Announcement) {
			told = append(told, a.By.User+" "+a.Did+": "+a.Why+". "+a.Then)
		}
	})
	waits, open := o.pending(), o.active()
	for _, c := range []struct{ by, text, want string }{
		{"UADA", "freeze", "A reason is missing. `/s3share freeze <reason>`."},
		{"UADA", "freeze a leak", "Only responders can do that. Ask one; the operators of s3share list them " +
			"under `responders` in the config."},
		{"UGUEST", "freeze a leak", "Guests can't request or approve access"},
		{"UAUDIT", "unfreeze", "s3share is not frozen."},
		{"UAUDIT", "freeze a leak", "s3share is frozen. New approvals are blocked; existing access runs until it expires. To end it now: `/s3share end-all everything <reason>`."},
		{"UAUDIT", "freeze again", "s3share is frozen already. `/s3share unfreeze` ends the freeze."},
		{"URITA", "request my-bucket/builds read build/other.user 8h nightly", "submitted; approvers are notified once AWS checks pass."},
		{"UTEST", "request my-bucket/builds read build/other.user 8h nightly", " s3share is frozen (a leak): approvals wait until the freeze ends."},
		{"UADA", "approve " + waits, "s3share is frozen: a leak. Try again after the freeze."},
		{"URITA", "end " + open, "Ending your access."}, // removals continue
		{"UADA", "unfreeze", "Only responders can do that."},
		{"UAUDIT", "unfreeze", "s3share is unfrozen. Requests can be approved again; approved access that waited becomes active."},
		{"UADA", "approve " + waits, "will be notified when access is active"},
	} {
		o.answers(by(c.by), c.text, c.want)
	}
	if len(told) != 2 || !strings.HasPrefix(told[0], "UAUDIT froze s3share: a leak. New approvals are blocked") ||
		!strings.HasPrefix(told[1], "UAUDIT unfroze s3share: ") {
		t.Errorf("the channel is told %q", told)
	}
	if f, err := store.Frozen(context.Background(), o.config.Store); f != nil || err != nil {
		t.Errorf("%+v, %v", f, err)
	}
}

// A freeze that is carried out again, after a kill, is announced again under the same key, unless
// it has ended. So is its end.
func TestFreezeIsAnnouncedAgain(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	var told []Announcement
	o.configure(func(c *Config) { c.Announce = func(_ context.Context, a Announcement) { told = append(told, a) } })
	froze, unfroze := by("UAUDIT"), by("UAUDIT")
	froze.IdempotencyKeys, unfroze.IdempotencyKeys = []string{"one"}, []string{"two"}
	for _, c := range []struct {
		by        Invocation
		text      string
		announced int
	}{{froze, "freeze a leak", 1}, {froze, "freeze a leak", 2}, {unfroze, "unfreeze", 3}, {froze, "freeze a leak", 3},
		{unfroze, "unfreeze", 4}, {by("UAUDIT"), "freeze again", 5}, {unfroze, "unfreeze", 5}, {froze, "freeze a leak", 5}} {
		o.slash(c.by, c.text)
		if len(told) != c.announced {
			t.Fatalf("after %s, %d were announced: %+v; want %d", c.text, len(told), told, c.announced)
		}
	}
	if told[0].Starts == "" || told[0].Starts != told[1].Starts || told[0].Again || !told[1].Again ||
		told[4].Starts == "" || !strings.HasPrefix(told[4].Starts, told[2].Ends) || told[2].Again || !told[3].Again {
		t.Errorf("announced were %+v", told)
	}
}

// A freeze and an unfreeze redraw the cards that wait for a decision, and no others.
func TestFreezeRedrawsWaitingCards(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	open, more := o.active(), o.active()
	waits := o.pending()
	o.slash(by("URITA"), "extend "+more+" 1h")
	ctx := context.Background()
	for _, text := range []string{"freeze a leak", "unfreeze"} {
		quiet := store.Tx{At: noon}
		for _, id := range []string{open, more, waits} {
			quiet.DueTimes = append(quiet.DueTimes, grant.DueTime{Worker: grant.NoticeWorker, ID: grant.ID(id)})
		}
		if err := o.config.Store.Commit(ctx, quiet); err != nil {
			t.Fatal(err)
		}
		o.slash(by("UAUDIT"), text)
		due, err := o.config.Store.Due(ctx, grant.NoticeWorker, noon, 10)
		if err != nil || len(due) != 2 || slices.Contains(due, grant.ID(open)) {
			t.Errorf("%s: drawn anew are %v; want %s and %s, and not %s (%v)", text, due, more, waits, open, err)
		}
	}
}
