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
		{"URITA", "extend " + id, "Extend it by how long? `/s3share extend " + id + " <term> [reason]`"},
		{"URITA", "extend " + id + " soon", `"soon" is not a length of time.`},
		{"URITA", "extend " + id + " 1h still building", "An extension of `" + id + "` by 1h is asked for. The access stays as it is until the approvers have decided."},
		{"URITA", "extend " + id + " 1h", "`/s3share cancel " + id + "` takes it back; then ask anew."},
		{"URITA", "cancel " + id, "The extension of `" + id + "` is taken back; it ends as it would have."},
		{"UADA", "approve " + id, "This request was approved already, and the access is open."},
		{"URITA", "extend " + id + " 1h", "is asked for"},
		{"URITA", "approve " + id, "You cannot extend your own grant."},
		{"UADA", "deny " + id + " not tonight", "The extension of `" + id + "` is denied; it ends as it would have."},
		{"URITA", "extend " + id + " 2h please", "is asked for"},
		{"UADA", "approve " + id, "The extension of `" + id + "` is approved. The later end is being written"},
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
		o.answers(by("UBOB"), "extend "+id+" 1h", "is approved. The later end is being written")
	})
	t.Run("the first of two approvals", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].Approvals = 2 })
		o.answers(by("UBOB"), "extend "+id+" 1h", "Approved: your approval of the extension of `"+id+"` counts; 1 more to go.")
		o.answers(by("UADA"), "approve "+id, "is approved. The later end is being written")
	})
	t.Run("a short extension needs no approval", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].FreeExtension = 60 })
		o.answers(by("URITA"), "extend "+id+" 1h", "is approved. The later end is being written")
		o.answers(by("URITA"), "extend "+id+" 1h", "is asked for")
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
			o.answers(by(who), "extend "+id+" 1h", "my-bucket cannot be shared at the level read.")
		}
	})
	t.Run("the rules changed between the request and the approval", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.slash(by("URITA"), "extend "+id+" 2h")
		o.configure(func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} })
		o.answers(by("UADA"), "approve "+id, "The rules have changed since this was asked. my-bucket cannot be shared at the level read.")
	})
}

func TestExtensionOfADriftedGrant(t *testing.T) {
	o := newOffice(t, 1)
	id := o.extending()
	o.apply(id, grant.Drift{Half: grant.OwnerHalf})
	o.answers(by("UADA"), "approve "+id, "Somebody else changed this grant in AWS, so it is interrupted. Decide first whether it is put back.")
	o.answers(by("UADA"), "deny "+id+" no need", "is denied")
}

// A redelivered extension is not called approved if it was denied meanwhile.
func TestRedeliveredExtension(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	for range 2 {
		o.answers(by("URITA", "c1"), "extend "+id+" 1h", "is asked for")
	}
	o.answers(by("UADA"), "deny "+id+" not tonight", "is denied")
	o.answers(by("URITA", "c1"), "extend "+id+" 1h", "was not approved")
	o.answers(by("URITA", "c2"), "extend "+id+" 1h", "is asked for")
	o.answers(by("UADA", "c3"), "approve "+id, "is approved")
	for _, c := range []Invocation{by("URITA", "c2"), by("UADA", "c3")} {
		o.answers(c, "extend "+id+" 1h", "is approved")
	}
}
