package commands

import (
	"slices"
	"testing"

	"s3share/internal/grant"
)

// TestCardGetsTodaysWarnings checks that the findings of the preflight before an approval, an
// extension and a restore replace the warnings of the request. A preflight without an answer keeps
// the old warnings.
func TestCardGetsTodaysWarnings(t *testing.T) {
	now := &grant.Findings{Change: "nothing", Warnings: []string{"a new Deny"}, AlsoOpens: []string{"a statement"}, RequesterPays: true}
	for name, c := range map[string]struct {
		before func(*office) string
		act    func(o *office, id string)
	}{
		"approval":              {(*office).pending, func(o *office, id string) { o.say(by("UADA"), "approve "+id) }},
		"request of extension":  {(*office).active, func(o *office, id string) { o.say(by("URITA"), "extend "+id+" 1h") }},
		"approval of extension": {(*office).extending, func(o *office, id string) { o.say(by("UADA"), "approve "+id) }},
		"restore":               {(*office).drifted, func(o *office, id string) { o.putBack("UADA", id) }},
	} {
		for _, found := range []*grant.Findings{now, nil} {
			o := newOffice(t, 1)
			id := c.before(o)
			o.edit(id, func(g *grant.Grant) { g.Findings = grant.Findings{Change: "adds", Warnings: []string{"an old Deny"}} })
			version := o.get(id).Version
			o.configure(func(c *Config) { c.Preflight = checks{found: found} })
			c.act(o, id)
			g, want := o.get(id), []string{"an old Deny"}
			if found != nil {
				want = found.Warnings
			}
			if g.Version == version || !slices.Equal(g.Findings.Warnings, want) || g.Findings.RequesterPays != (found != nil) || g.Findings.Change != "adds" {
				t.Errorf("%s: %+v", name, g.Findings)
			}
		}
	}
}
