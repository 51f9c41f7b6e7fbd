package commands

import (
	"context"
	"testing"

	"s3share/internal/grant"
)

func TestBreakGlass(t *testing.T) {
	o := newOffice(t, 1)
	const text = "break-glass my-bucket/builds read build/test.user 1h prod is down"
	o.answers(by("UTEST"), "break-glass my-bucket", "Your request is incomplete.")
	o.answers(by("UTEST"), text, "my-bucket can't be opened with break-glass: its rule does not allow it.")
	o.configure(func(c *Config) {
		c.Rules.Rules[0].BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{"UTEST"}}, MaxTerm: 60, PerDay: 1}
	})
	o.answers(by("URITA"), text, "Break-glass is only for your own user or role, and test.user is not listed as "+
		"yours.")
	o.configure(func(c *Config) { c.Rules.Rules[0].BreakGlass.People.Users = []string{"UADA"} })
	o.answers(by("UTEST"), text, "You may not open my-bucket with break-glass.")
	o.configure(func(c *Config) { c.Rules.Rules[0].BreakGlass.People.Users = []string{"UTEST"} })
	o.makeResponder("UAUDIT")
	o.slash(by("UAUDIT"), "freeze a leak")
	o.answers(by("UTEST"), text, "s3share is frozen: a leak. Try again after the freeze.")
	o.slash(by("UAUDIT"), "unfreeze")
	const opens = "break-glass my-bucket/builds read build/test.user 1h "
	o.answers(by("UTEST"), opens+"for <@URITA> prod is down", "Break-glass is only for yourself, and this names "+
		"another person.")
	o.answers(by("UTEST"), opens+"from tomorrow 09:00 prod is down", "Break-glass opens access at once, and this "+
		"names a start.")
	if a, err := o.Command(context.Background(), by("UTEST"), opens+"from what I see prod is down"); err != nil || a.Confirm == nil || a.Confirm.Draft.Reason != "from what I see prod is down" {
		t.Errorf("a reason that begins like a start: %+v, %v", a, err)
	}
	c := by("UTEST", "view:1")
	a, err := o.Command(context.Background(), c, text)
	if err != nil || a.Confirm == nil || a.Confirm.Grant.Bucket.Name != "my-bucket" || len(o.all()) != 0 {
		t.Fatalf("to be confirmed: %+v, %v; %d are stored", a, err, len(o.all()))
	}
	draft := a.Confirm.Draft
	confirm := func(c Invocation) string {
		return reply(o.Requests.BreakGlass(context.Background(), c, draft))
	}
	contains(t, confirm(by("URITA")), "Break-glass is only for your own user or role, and test.user is not listed "+
		"as yours.")
	contains(t, confirm(c), "with break-glass; I'll tell you when it is active. The admin channel is notified, and an approver reviews it afterwards.")
	contains(t, confirm(c), "with break-glass; I'll tell you when it is active.") // from the record
	contains(t, confirm(by("UTEST", "view:2")), "is not reviewed yet.")
	id := string(o.all()[0].ID)
	o.answers(by("UTEST"), text, "Your last break-glass, "+id+", is not reviewed yet.")
	rule := o.get(id).Rule
	o.apply(id, grant.Check{Rule: &rule}, grant.OpenBreakGlass{Rule: &rule})
	o.answers(by("UADA"), "review "+id+" fine", "Access has not ended, so its review can't be closed yet. End it "+
		"first, or wait until")
	if no := o.Prechecks.CanReview(context.Background(), by("UADA"), grant.ID(id), "fine"); no == nil {
		t.Error("its form would be filled in for nothing")
	}
	o.answers(by("UTEST"), "end "+id, "Ending your access.")
	o.answers(by("UADA"), "review "+id, "A reason is missing. Say what you found.")
	o.answers(by("UTEST"), "review "+id+" fine", "You can't review your own access.")
	o.answers(by("UEVE"), "review "+id+" fine", "You are not an approver of")
	o.answers(by("UADA"), "review "+id+" fine", "You closed the review of `"+id+"`.")
	o.answers(by("UADA"), "review "+id+" fine", "There is nothing to review")
	o.answers(by("UTEST"), text, "You have used break-glass 1 times in 24 hours")
}
