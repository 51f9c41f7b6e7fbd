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
	contains(t, o.putBack("UADA", id), "No rule covers my-bucket any more, so this can't be decided.")
	o.configure(func(c *Config) { c.Rules.Rules = rules })
	contains(t, o.putBack("UADA", id), "Restoring access. The alert says when AWS has confirmed it.")
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	o.answers(by("UADA"), "end "+id, "will be notified.")
}

// A restore is checked like an approval, but against the remaining duration.
func TestRestoreIsCheckedAgainstCurrentRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"as it was", func(*Config) {}, "Restoring access. The alert says when AWS has confirmed it."},
		{"the rule no longer has the level", func(c *Config) { c.Rules.Rules[0].Levels = []string{"write"} }, "Access " +
			"can't be restored. my-bucket can't be shared at the level read. End it, so that the requester can " +
			"submit a new request."},
		{"the rule no longer covers the prefix", func(c *Config) { c.Rules.Rules[0].Prefixes = []string{"other/*"} }, "Access " +
			"can't be restored. my-bucket/builds can't be shared."},
		{"the remaining duration is too long", func(c *Config) { c.Rules.Rules[0].MaxTerm = 60 }, "Access can't " +
			"be restored. 8h is longer than the limit of 1h for my-bucket."},
		{"the remaining duration is allowed", func(c *Config) {
			c.Rules.Rules[0].MaxTerm, c.Now = 60, func() time.Time { return noon.Add(7 * time.Hour) }
		}, "Restoring access. The alert says when AWS has confirmed it."},
		{"the rule no longer covers the principal", func(c *Config) { c.Rules.Rules[0].Principals = []string{"arn:aws:iam::111111111111:user/other"} }, "Access can't be restored. my-bucket can't be shared with"},
		{"the requester may no longer request it", func(c *Config) { c.Rules.Rules[0].OwnPrincipals = true }, "Access " +
			"can't be restored. This can't be approved any more: today's rules don't let the requester request " +
			"my-bucket."},
		{"the clock is wrong", func(c *Config) {
			c.Preflight = checks{no: grant.Refuse("The clock is wrong.").WithHint("Try again once it is right.")}
		}, "Access can't be restored. The clock is wrong. Try again once it is right."},
		{"AWS has no room", func(c *Config) { c.Preflight = checks{no: grant.Refuse("There is no room.")} }, "Access " +
			"can't be restored. There is no room. End it, so that the requester can submit a new request."},
	} {
		o := newOffice(t, 1)
		id := o.drifted()
		o.configure(func(cfg *Config) { cfg.Preflight = checks{} })
		o.configure(c.change)
		if got := o.putBack("UADA", id); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if back := o.get(id).DriftedAt.IsZero(); back != (c.want == "Restoring access. The alert says when AWS has confirmed it.") {
			t.Errorf("%s: put back: %v", c.name, back)
		}
	}
}
