package slackbot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"s3share/internal/grant"
	"s3share/internal/sim/slacksim"
	"s3share/internal/slackbot/blocks"
)

// openNarrow opens the narrowing form of a new request, with another duration.
func (o *office) openNarrow(user string) grant.ID {
	o.t.Helper()
	g, card := o.pending(requestText)
	v := o.openForm(user, o.slack.As(user).Press(o.ctx, card, "Change…"))
	o.fillNarrow(user, v, "2h")
	return g.ID
}

func (o *office) fillNarrow(user string, v slacksim.View, term string) {
	o.t.Helper()
	if d := o.slack.As(user).Select(o.ctx, v, blocks.FieldTerm, term); d.Error != "" {
		o.t.Fatal(d.Error)
	}
}

// tickApprove ticks or unticks the box, and waits for the consequences.
func (o *office) tickApprove(user string, ticked bool) {
	o.t.Helper()
	choice := ""
	if ticked {
		choice = "Approve after saving"
	}
	if d := o.slack.As(user).Select(o.ctx, *o.slack.View(user), blocks.FieldApprove, choice); d.Error != "" {
		o.t.Fatal(d.Error)
	}
	synctest.Wait()
}

func (o *office) submitNarrow(user string) {
	o.t.Helper()
	if d := o.slack.As(user).Submit(o.ctx, *o.slack.View(user), nil); d.Error != "" || len(d.FieldErrors) > 0 {
		o.t.Fatal(d.Error, d.FieldErrors)
	}
	synctest.Wait()
}

// label is the submit label of the open form, or "" without one.
func (o *office) label(user string) string {
	v := o.slack.View(user)
	if v == nil {
		return ""
	}
	return v.SubmitLabel
}

// The label of the submit button follows the box.
func TestNarrowSaysWhetherItApproves(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		id := o.openNarrow("U0ADA")
		for _, c := range []struct {
			ticked bool
			want   string
		}{{true, "Save and approve"}, {false, "Save"}, {true, "Save and approve"}} {
			before := o.label("U0ADA")
			o.tickApprove("U0ADA", c.ticked)
			if got := o.label("U0ADA"); got != c.want || before == got {
				t.Errorf("ticked %v: the button says %q, before %q", c.ticked, got, before)
			}
		}
		o.submitNarrow("U0ADA")
		if g := o.get(id); g.State != grant.Approved || g.Term != 120 {
			t.Errorf("%s for %s", g.State, g.Term)
		}
	})
}

// The form never approves under a button that says Save, and never only saves under one that says
// Save and approve, whatever became of the update of the button.
func TestNarrowLabelIsNotUpdated(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault slacksim.Fault
		label string // after the tick
	}{
		{"refused", slacksim.Refuse("internal_error"), "Save"},
		{"timed out and took effect", slacksim.LoseReply(), "Save and approve"},
		{"late", slacksim.Delay(5 * time.Second), "Save"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOffice(t, func(t *testing.T, o *office) {
				id := o.openNarrow("U0ADA")
				heal := o.slack.Fault("views.update", c.fault)
				o.tickApprove("U0ADA", true)
				if got := o.label("U0ADA"); got != c.label {
					t.Fatalf("the button says %q", got)
				}
				o.submitNarrow("U0ADA")
				if c.label == "Save" {
					if g := o.get(id); g.Revision != 0 || g.State != grant.Pending {
						t.Errorf("under a button that says Save it is %s at revision %d", g.State, g.Revision)
					}
					v := o.slack.View("U0ADA")
					if v == nil {
						t.Fatal("the form is closed")
					}
					contains(t, v.Plain(), "Nothing is saved yet")
					time.Sleep(10 * time.Second) // the late update is older than this form
					if got := o.label("U0ADA"); got != "Save and approve" {
						t.Errorf("then the button says %q", got)
					}
					o.submitNarrow("U0ADA")
				}
				heal()
				if g := o.get(id); g.State != grant.Approved || g.Term != 120 || len(g.Decisions) != 1 {
					t.Errorf("%s for %s after %d decisions", g.State, g.Term, len(g.Decisions))
				}
			})
		})
	}
}

// An update that Slack refused after the box was unticked: the button still says Save and approve.
func TestNarrowUntickedIsNotUpdated(t *testing.T) {
	inOffice(t, func(t *testing.T, o *office) {
		id := o.openNarrow("U0ADA")
		o.tickApprove("U0ADA", true)
		heal := o.slack.Fault("views.update", slacksim.Refuse("internal_error"))
		o.tickApprove("U0ADA", false)
		o.submitNarrow("U0ADA")
		if g := o.get(id); g.Revision != 0 || g.State != grant.Pending || o.label("U0ADA") != "Save" {
			t.Errorf("%s at revision %d, and the button says %q", g.State, g.Revision, o.label("U0ADA"))
		}
		o.submitNarrow("U0ADA")
		heal()
		if g := o.get(id); g.State != grant.Pending || g.Term != 120 || o.label("U0ADA") != "" {
			t.Errorf("%s for %s, and the button says %q", g.State, g.Term, o.label("U0ADA"))
		}
		if strings.Contains(o.log.String(), "hash_conflict") {
			t.Errorf("%s", o.log)
		}
	})
}
