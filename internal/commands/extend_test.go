package commands

import (
	"context"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

func TestExtend(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	end := o.get(id).ExpiresAt
	for _, c := range []struct{ by, text, want string }{
		{"URITA", "extend " + id, "Extend it by how long? `/s3share extend " + id + " <term> [reason]`"},
		{"URITA", "extend " + id + " soon", `"soon" is not a length of time.`},
		{"URITA", "extend " + id + " 9h", "9h is longer than the 8h that my-bucket may be shared for."},
		{"UEVE", "extend " + id + " 1h", "Only the person who asked, or one who may approve it, can extend this grant."},
		{"UGUEST", "extend " + id + " 1h", "Guests can neither ask"},
		{"URITA", "extend " + id + " 1h still building", "An extension of `" + id + "` by 1h is asked for. The access stays as it is until the approvers have decided."},
		{"URITA", "extend " + id + " 1h", "An extension by 1h was asked for already, and waits for a decision."},
		{"URITA", "extend " + id + " 1h", "`/s3share cancel " + id + "` takes it back; then ask anew."},
		{"UADA", "cancel " + id, "Only the person who asked can take an extension back. An approver can deny it."},
		{"URITA", "cancel " + id, "The extension of `" + id + "` is taken back; it ends as it would have."},
		{"URITA", "cancel " + id, "`/s3share end " + id + "` ends it."},
		{"UADA", "approve " + id, "This request was approved already, and the access is open."},
		{"URITA", "extend " + id + " 1h", "is asked for"},
		{"URITA", "approve " + id, "You cannot extend your own grant."},
		{"UTEST", "approve " + id, "You cannot extend this: test.user is yours."},
		{"UADA", "deny " + id, "A reason is missing."},
		{"UADA", "deny " + id + " not tonight", "The extension of `" + id + "` is denied; it ends as it would have."},
		{"UADA", "approve " + id, "The extension was denied already."},
		{"URITA", "extend " + id + " 2h please", "is asked for"},
		{"UADA", "approve " + id, "The extension of `" + id + "` is approved. The later end is being written"},
	} {
		if got := o.say(by(c.by), c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\ngot  %s\nwant %s", c.by, c.text, got, c.want)
		}
	}
	if g := o.get(id); !g.ExpiresAt.Equal(end.Add(2*time.Hour)) || g.PendingExtension != nil {
		t.Errorf("until %s, and was until %s", g.ExpiresAt, end)
	}
}

func TestExtendAtOnce(t *testing.T) {
	t.Run("an approver requests and approves at once", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		holds(t, o.say(by("UBOB"), "extend "+id+" 1h"), "is approved. The later end is being written")
	})
	t.Run("the first of two approvals", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].Approvals = 2 })
		holds(t, o.say(by("UBOB"), "extend "+id+" 1h"), "Approved: your approval of the extension of `"+id+"` counts; 1 more to go.")
		holds(t, o.say(by("UADA"), "approve "+id), "is approved. The later end is being written")
	})
	t.Run("a short extension needs no approval", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Rules.Rules[0].FreeExtension = 60 })
		holds(t, o.say(by("URITA"), "extend "+id+" 1h"), "is approved. The later end is being written")
		holds(t, o.say(by("URITA"), "extend "+id+" 1h"), "is asked for")
	})
	t.Run("a redelivered envelope", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		holds(t, o.say(by("URITA", "env:1"), "extend "+id+" 1h"), "is asked for")
		holds(t, o.say(by("URITA", "env:1"), "extend "+id+" 1h"), "is asked for") // from the record
	})
	t.Run("refused by the preflight", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.configure(func(c *Config) { c.Preflight = checks{no: grant.Refuse("The user was deleted.")} })
		holds(t, o.say(by("URITA"), "extend "+id+" 1h"), "The user was deleted.")
		if g := o.get(id); g.PendingExtension != nil {
			t.Error("it waits for a decision all the same")
		}
	})
	t.Run("the rules changed between the request and the approval", func(t *testing.T) {
		o := newOffice(t, 1)
		id := o.active()
		o.say(by("URITA"), "extend "+id+" 2h")
		o.configure(func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} })
		holds(t, o.say(by("UADA"), "approve "+id), "The rules have changed since this was asked. my-bucket cannot be shared at the level read.")
	})
}

// A narrowing that also approves passes the checks of an approval.
func TestChangeAndApprove(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	o.configure(func(c *Config) { c.Preflight = full{} })
	holds(t, o.narrow("UADA", id, 0, Smaller{Term: "1h", Approve: true}), "test.user is in 10 groups")
	if g := o.get(id); g.State != grant.Pending || g.Revision != 0 {
		t.Errorf("it is %s, and has been changed %d times", g.State, g.Revision)
	}
	holds(t, o.narrow("UADA", id, 0, Smaller{Term: "1h"}), "Changed") // without an approval, no capacity is needed
}

// full is a preflight that finds no capacity for an approval.
type full struct{ checks }

func (f full) CheckNarrowing(ctx context.Context, g grant.Grant, opens bool) (grant.Findings, error) {
	if opens {
		return grant.Findings{}, grant.Refuse("test.user is in 10 groups.")
	}
	return f.checks.CheckNarrowing(ctx, g, opens)
}

// A restore needs a rule of today, while an approver of the old rule may still end the grant.
func TestRestoreNeedsARule(t *testing.T) {
	o := newOffice(t, 1)
	id := o.drifted()
	rules := o.config.Rules.Rules
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	holds(t, o.putBack("UADA", id), "No rule covers my-bucket any more, so nobody can decide on this.")
	o.configure(func(c *Config) { c.Rules.Rules = rules })
	holds(t, o.putBack("UADA", id), "is being put back")
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	holds(t, o.say(by("UADA"), "end "+id), "is over")
}

// A restore is checked like an approval, but against the remaining duration.
func TestRestoreIsCheckedAgainstCurrentRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"as it was", func(*Config) {}, "is being put back"},
		{"the rule no longer has the level", func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} }, "It cannot be put back. my-bucket cannot be shared at the level read. End it, and have them ask again."},
		{"the rule no longer covers the prefix", func(c *Config) { c.Rules.Rules[0].Prefixes = []string{"other/*"} }, "It cannot be put back. my-bucket/builds cannot be shared."},
		{"the remaining duration is too long", func(c *Config) { c.Rules.Rules[0].MaxTerm = 60 }, "It cannot be put back. 8h is longer than the 1h that my-bucket may be shared for."},
		{"the remaining duration is allowed", func(c *Config) {
			c.Rules.Rules[0].MaxTerm, c.Now = 60, func() time.Time { return noon.Add(7 * time.Hour) }
		}, "is being put back"},
		{"the rule no longer covers the principal", func(c *Config) { c.Rules.Rules[0].Principals = []string{"arn:aws:iam::111111111111:user/other"} }, "It cannot be put back. my-bucket cannot be shared with"},
		{"the requester may no longer request it", func(c *Config) { c.Rules.Rules[0].OwnPrincipals = true }, "It cannot be put back. This cannot be approved any more: today's rules do not let the person who asked ask for my-bucket."},
		{"the clock is wrong", func(c *Config) {
			c.Preflight = checks{no: grant.Refuse("The clock is wrong.").WithHint("Try again once it is right.")}
		}, "It cannot be put back. The clock is wrong. Try again once it is right."},
		{"AWS has no room", func(c *Config) { c.Preflight = checks{no: grant.Refuse("There is no room.")} }, "It cannot be put back. There is no room. End it, and have them ask again."},
	} {
		o := newOffice(t, 1)
		id := o.drifted()
		o.configure(func(cfg *Config) { cfg.Preflight = checks{} })
		o.configure(c.change)
		if got := o.putBack("UADA", id); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if back := o.get(id).DriftedAt.IsZero(); back != (c.want == "is being put back") {
			t.Errorf("%s: put back: %v", c.name, back)
		}
	}
}

func TestExtensionWhileInterrupted(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	holds(t, o.say(by("URITA"), "extend "+id+" 1h"), "is asked for")
	o.apply(id, grant.Action{Kind: grant.Drift, Half: grant.OwnerHalf})
	holds(t, o.say(by("UADA"), "approve "+id), "Somebody else changed this grant in AWS, so it is interrupted. Decide first whether it is put back.")
	holds(t, o.say(by("UADA"), "deny "+id+" no need"), "is denied")
}

func TestChange(t *testing.T) {
	o := newOffice(t, 2)
	o.configure(func(c *Config) { c.Preflight = checks{} })
	id := o.pending()
	holds(t, o.say(by("UBOB"), "approve "+id), "counts; 1 more to go")
	for _, c := range []struct {
		by   string
		to   Smaller
		want string
	}{
		{"UADA", Smaller{}, "Nothing was changed. Approve it as it is"},
		{"UADA", Smaller{Term: "9h"}, "8h was asked for, so the term has to be between 1m and 8h."},
		{"UADA", Smaller{Term: "soon"}, `"soon" is not a length of time.`},
		{"UADA", Smaller{Prefix: "other"}, "builds/ was asked for, and other/ is not inside it."},
		{"UADA", Smaller{Prefix: "builds/*"}, "wildcard"},
		{"UADA", Smaller{Level: "write"}, "The level write allows more than read"},
		{"UADA", Smaller{Level: "rad"}, `There is no level called "rad".`},
		{"URITA", Smaller{Term: "1h"}, "You cannot change your own request."},
		{"UEVE", Smaller{Term: "1h"}, "You are not one of the people who may decide"},
		{"UADA", Smaller{Term: "1h", Prefix: "/builds/nightly/"}, "the prefix is builds/nightly/ instead of builds/, the term is 1h instead of 8h. The card asks about it as it is now, and earlier approvals are void."},
		{"UADA", Smaller{Term: "2h", Approve: true}, "the term is 2h instead of 1h. Approved: your approval of `" + id + "` counts; 1 more to go."},
	} {
		if got := o.narrow(c.by, id, o.get(id).Revision, c.to); !strings.Contains(got, c.want) {
			t.Errorf("%s: %+v\ngot  %s\nwant %s", c.by, c.to, got, c.want)
		}
	}
	g := o.get(id)
	if g.Prefix != "builds/nightly" || g.Term != 120 || g.Findings.Change != "asks for builds/nightly" || g.Missing() != 1 {
		t.Errorf("now %s for %s: %q, %d missing", g.Prefix, g.Term, g.Findings.Change, g.Missing())
	}
	o.configure(func(c *Config) { c.Preflight = checks{no: grant.Refuse("AWS could not be asked.")} })
	holds(t, o.narrow("UADA", id, o.get(id).Revision, Smaller{Term: "30m"}), "AWS could not be asked.")
}
