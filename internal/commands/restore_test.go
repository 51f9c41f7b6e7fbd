package commands

import (
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

// A restore needs a rule of today, while an approver of the old rule may still end the grant.
func TestRestoreNeedsARule(t *testing.T) {
	o := newOffice(t, 1)
	id := o.drifted()
	rules := o.config.Rules.Rules
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	contains(t, o.putBack("UADA", id), "No rule covers my-bucket any more, so nobody can decide on this.")
	o.configure(func(c *Config) { c.Rules.Rules = rules })
	contains(t, o.putBack("UADA", id), "is being put back")
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	o.answers(by("UADA"), "end "+id, "is over")
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
