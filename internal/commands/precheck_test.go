package commands

import (
	"context"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// CanExtend predicts the refusal of an extension before the form is filled in.
func TestCanExtend(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t, 1)
	id := o.active()
	for _, c := range []struct {
		by           Invocation
		term, reason string
		want         string
		field        grant.Field
	}{
		{by("URITA"), "", "", "", ""},
		{by("UADA"), "", "", "", ""},
		{by("URITA"), "1h", "still building", "", ""},
		{by("URITA"), "soon", "", `"soon" is not a duration.`, ""},
		{by("URITA"), "9h", "", "9h is longer than the limit of 8h", ""},
		{by("URITA"), "1h", strings.Repeat("x", 2001), "The reason has 2001 characters", grant.FieldReason},
	} {
		err := o.Prechecks.CanExtend(ctx, c.by, grant.ID(id), c.term, c.reason)
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s by %q: %v, want %q", c.by.By.User, c.term, err, c.want)
		case refusedField(err) != c.field:
			t.Errorf("%s by %q: it is about %q", c.by.By.User, c.term, refusedField(err))
		}
	}
	o.answers(by("URITA"), "extend "+id+" 8h", "requested; access stays active until")
	if err := o.Prechecks.CanExtend(ctx, by("URITA"), grant.ID(id), "", ""); err == nil || !strings.Contains(err.Error(), "is already waiting for a decision") {
		t.Errorf("another while one waits: %v", err)
	}
	o.answers(by("UADA"), "approve "+id, "when access is extended until")
	if err := o.Prechecks.CanExtend(ctx, by("URITA"), grant.ID(id), "", ""); err == nil || !strings.Contains(err.Error(), "Submit a new request when it has ended") {
		t.Errorf("when nothing is left of the total: %v", err)
	}
	if most, free := o.MaxExtension(o.get(id)); most != 0 || free != 0 {
		t.Errorf("it offers %s, and %s for free", most, free)
	}
	if g := o.get(id); g.PendingExtension != nil {
		t.Error("asking whether it could be has asked for it")
	}
}

// CanEnd agrees with End, also after the rule was removed.
func TestCanEndAgreesWithEnd(t *testing.T) {
	for _, who := range []string{"UADA", "UEVE", "URITA"} {
		o := newOffice(t, 1)
		o.configure(func(c *Config) { c.Rules.Rules[0].Approvers.Groups = nil }) // membership is unknown until Slack is asked
		id := grant.ID(o.active())
		o.configure(func(c *Config) { c.Rules.Rules = nil })
		could := o.Prechecks.CanEnd(context.Background(), by(who), id, "?")
		_, err := o.Endings.End(context.Background(), by(who), id, "leak")
		if (could == nil) != (err == nil) {
			t.Errorf("to %s the form says %v, the command %v", who, could, err)
		}
	}
}

func TestPreviewStoresNothing(t *testing.T) {
	o := newOffice(t, 1)
	d := grant.Draft{Target: "my-bucket/builds", Level: "read", Principal: "build/test.user", Term: "8h", Reason: "x"}
	if g, _, err := o.Prechecks.Preview(by("URITA"), d); err != nil || g.Term != 480 {
		t.Errorf("%+v, %v", g, err)
	}
	d.Term = "9h"
	if _, _, err := o.Prechecks.Preview(by("URITA"), d); err == nil {
		t.Error("what would be refused has a preview")
	}
	if len(o.all()) != 0 {
		t.Error("a preview was stored")
	}
}
