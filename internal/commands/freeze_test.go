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
		c.Announce = func(_ context.Context, by grant.Person, did, why string) {
			told = append(told, by.User+" "+did+" "+why)
		}
	})
	waits, open := o.pending(), o.active()
	for _, c := range []struct{ by, text, want string }{
		{"UADA", "freeze", "Say why everything is to be frozen."},
		{"UADA", "freeze a leak", "Only the responders may do that. The people who run s3share list them in its config, under responders."},
		{"UGUEST", "freeze a leak", "Guests can neither"},
		{"UAUDIT", "unfreeze", "Nothing is frozen."},
		{"UAUDIT", "freeze a leak", "Frozen: nothing is approved, and nothing is added in AWS."},
		{"UAUDIT", "freeze again", "Everything is frozen already."},
		{"URITA", "request my-bucket/builds read build/other.user 8h nightly", "then it goes to the approvers. `/s3share show"},
		{"UTEST", "request my-bucket/builds read build/other.user 8h nightly", " Everything is frozen for now (a leak), so nobody can approve it until that ends."},
		{"UADA", "approve " + waits, "Everything is frozen: a leak. Do that again once it is unfrozen."},
		{"URITA", "end " + open, "is over"}, // removals continue
		{"UADA", "unfreeze", "Only the responders may do that."},
		{"UAUDIT", "unfreeze", "Unfrozen: what was approved goes on."},
		{"UADA", "approve " + waits, "It is being applied"},
	} {
		o.answers(by(c.by), c.text, c.want)
	}
	if len(told) != 2 || !strings.Contains(told[0], "UAUDIT has frozen everything") || !strings.HasSuffix(told[0], "a leak") {
		t.Errorf("the channel is told %q", told)
	}
	if f, err := store.Frozen(context.Background(), o.config.Store); f != nil || err != nil {
		t.Errorf("%+v, %v", f, err)
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
