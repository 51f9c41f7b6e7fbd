package commands

import (
	"testing"
	"time"

	"s3share/internal/grant"
)

// The refusals of an extension have their tests in grant; here one shows that people read them.
func TestExtend(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	end := o.get(id).ExpiresAt
	for _, c := range []struct{ by, text, want string }{
		{"URITA", "extend " + id, "The duration of the extension is missing. " +
			"Type `/s3share extend " + id + " <term> [reason]`"},
		{"URITA", "extend " + id + " soon", `"soon" is not a duration.`},
		{"URITA", "extend " + id + " 1h still building", "Extension of 1h requested; access stays active until 2026-03-02 20:00 UTC meanwhile."},
		{"URITA", "extend " + id + " 1h", "`/s3share cancel " + id + "` cancels it; then request another."},
		{"URITA", "cancel " + id, "Extension cancelled. Access to `" + id + "` still ends 2026-03-02 20:00 UTC."},
		{"UADA", "approve " + id, "This request was already approved, and access is active."},
		{"URITA", "extend " + id + " 1h", "Extension of 1h requested; access stays active until 2026-03-02 20:00 UTC meanwhile."},
		{"URITA", "approve " + id, "You can't approve the extension of your own access."},
		{"UADA", "deny " + id + " not tonight", "Denied the extension of `" + id + "`; access still ends 2026-03-02 20:00 UTC. " + PersonMark + " will be notified."},
		{"URITA", "extend " + id + " 2h please", "Extension of 2h requested;"},
		{"UADA", "approve " + id, "Approved. " + PersonMark + " will be notified when access is extended until 2026-"},
	} {
		o.answers(by(c.by), c.text, c.want)
	}
	if g := o.get(id); !g.ExpiresAt.Equal(end.Add(2*time.Hour)) || g.PendingExtension != nil {
		t.Errorf("until %s, and was until %s", g.ExpiresAt, end)
	}
}

func TestExtendAtOnce(t *testing.T) {
	t.Run("an approver requests and approves at once", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.answers(by("UBOB"), "extend "+id+" 1h", "Extended by 1h. "+PersonMark+" will be notified when access is extended until")
	})
	t.Run("the first of two approvals", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].Approvals = 2 })
		o.answers(by("UBOB"), "extend "+id+" 1h", "Extension of 1h requested and approved by you; 1 more approval is needed.")
		o.answers(by("UADA"), "approve "+id, "Approved. "+PersonMark+" will be notified when access is extended until")
	})
	t.Run("a short extension needs no approval", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].FreeExtension = 60 })
		o.answers(by("URITA"), "extend "+id+" 1h", "Extension approved automatically. I'll confirm in a direct message when access is extended until")
		o.answers(by("URITA"), "extend "+id+" 1h", "requested; access stays active until")
	})
	t.Run("refused by the preflight", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Preflight = checks{no: grant.Refuse("The user was deleted.")} })
		o.answers(by("URITA"), "extend "+id+" 1h", "The user was deleted.")
		if g := o.get(id); g.PendingExtension != nil {
			t.Error("it waits for a decision all the same")
		}
	})
	t.Run("the rules changed since the grant", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} })
		for _, who := range []string{"URITA", "UADA"} {
			o.answers(by(who), "extend "+id+" 1h", "my-bucket can't be shared at the level read.")
		}
	})
	t.Run("the rules changed between the request and the approval", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.slash(by("URITA"), "extend "+id+" 2h")
		o.configure(func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} })
		o.answers(by("UADA"), "approve "+id, "The rules have changed since this was requested. my-bucket can't be "+
			"shared at the level read.")
	})
}

func TestExtensionOfADriftedGrant(t *testing.T) {
	o := newOffice(t, 1)
	id := o.extending()
	o.apply(id, grant.Drift{Half: grant.OwnerHalf})
	o.answers(by("UADA"), "approve "+id, "Access is paused: it was changed outside s3share. Restore or end it "+
		"first.")
	o.answers(by("UADA"), "deny "+id+" no need", "Denied the extension of")
}

// A redelivered extension is not called approved if it was denied meanwhile.
func TestRedeliveredExtension(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	for range 2 {
		o.answers(by("URITA", "c1"), "extend "+id+" 1h", "requested; access stays active until")
	}
	o.answers(by("UADA"), "deny "+id+" not tonight", "Denied the extension of")
	o.answers(by("URITA", "c1"), "extend "+id+" 1h", "was not approved")
	o.answers(by("URITA", "c2"), "extend "+id+" 1h", "requested; access stays active until")
	o.answers(by("UADA", "c3"), "approve "+id, "will be notified when access is extended until")
	for _, c := range []Invocation{by("URITA", "c2"), by("UADA", "c3")} {
		o.answers(c, "extend "+id+" 1h", "when access is extended until")
	}
}
