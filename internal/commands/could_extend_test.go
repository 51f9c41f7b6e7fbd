package commands

import (
	"context"
	"strings"
	"testing"

	"s3share/internal/grant"
)

// CouldExtend predicts the refusal of an extension before the form is filled in.
func TestCouldExtend(t *testing.T) {
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
		{by("URITA"), "soon", "", `"soon" is not a length of time.`, ""},
		{by("URITA"), "9h", "", "9h is longer than the 8h", ""},
		{by("URITA"), "1h", strings.Repeat("x", 2001), "The reason is too long", grant.FieldReason},
	} {
		err := o.Prechecks.CanExtend(ctx, c.by, grant.ID(id), c.term, c.reason)
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s by %q: %v, want %q", c.by.By.User, c.term, err, c.want)
		case refusedField(err) != c.field:
			t.Errorf("%s by %q: it is about %q", c.by.By.User, c.term, refusedField(err))
		}
	}
	holds(t, o.say(by("URITA"), "extend "+id+" 8h"), "is asked for")
	if err := o.Prechecks.CanExtend(ctx, by("URITA"), grant.ID(id), "", ""); err == nil || !strings.Contains(err.Error(), "waits for a decision") {
		t.Errorf("another while one waits: %v", err)
	}
	holds(t, o.say(by("UADA"), "approve "+id), "is approved")
	if err := o.Prechecks.CanExtend(ctx, by("URITA"), grant.ID(id), "", ""); err == nil || !strings.Contains(err.Error(), "Ask for a new one when it has ended") {
		t.Errorf("when nothing is left of the total: %v", err)
	}
	if most, free := o.MaxExtension(o.get(id)); most != 0 || free != 0 {
		t.Errorf("it offers %s, and %s for free", most, free)
	}
	if g := o.get(id); g.PendingExtension != nil {
		t.Error("asking whether it could be has asked for it")
	}
}
