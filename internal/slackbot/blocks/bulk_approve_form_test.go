package blocks

import (
	"strings"
	"testing"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// A Home and the bulk approval offer an approval only beside the whole reason, target and principal.
func TestApprovedOnlyWhereAllIsShown(t *testing.T) {
	batch := lives(t)["pending"]
	batch.BatchIDs = []grant.ID{batch.ID, "7K2M9QXB"}
	change := func(do func(*grant.Grant)) grant.Grant {
		g := lives(t)["pending"]
		do(&g)
		return g
	}
	for name, c := range map[string]struct {
		g     grant.Grant
		whole bool
	}{
		"short":              {lives(t)["pending"], true},
		"an extension":       {lives(t)["extension asked"], true},
		"the longest reason": {change(func(g *grant.Grant) { g.Reason = strings.Repeat("x", reasonMost) }), true},
		"a longer reason":    {change(func(g *grant.Grant) { g.Reason = strings.Repeat("x", reasonMost+1) }), false},
		"escaped it is":      {change(func(g *grant.Grant) { g.Reason = strings.Repeat("<", reasonMost/2) }), false},
		"a reason with code": {change(func(g *grant.Grant) { g.Reason = "```" }), false},
		"a long name":        {change(func(g *grant.Grant) { g.Principal.Name = strings.Repeat("u", 65) }), false},
		"a long folder":      {change(func(g *grant.Grant) { g.Prefix = strings.Repeat("f", 300) }), false},
		"a warning":          {change(func(g *grant.Grant) { g.Findings.Warnings = []string{"It is denied."} }), false},
		"a batch":            {batch, false},
	} {
		if got := IsBulkApprovable(c.g); got != c.whole {
			t.Errorf("%s: can be ticked: %v", name, got)
		}
		home := inJSON(t, HomeView(person("U0ADA"), commands.Home{Waiting: []grant.Grant{c.g}}, noon))
		if got := strings.Contains(home, `"text":"Approve"`); got != c.whole {
			t.Errorf("%s: approved on the Home: %v", name, got)
		}
		if got := strings.Contains(home, "To approve, use the card in the channel"); got == c.whole {
			t.Errorf("%s: the Home names the card: %v", name, got)
		}
		if !strings.Contains(home, `"text":"Deny…"`) || !strings.Contains(home, "Reason: ") {
			t.Errorf("%s: the Home shows no reason or no denial: %s", name, home)
		}
		if !c.whole {
			continue
		}
		text := inJSON(t, BulkView([]grant.Grant{c.g}, 0, 0))
		for _, part := range []string{"U0RITA", c.g.Principal.Name, c.g.Principal.Account, Target(c.g), c.g.Level.Name,
			reasonNow(c.g)} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the bulk approval does not show %s: %s", name, part, text)
			}
		}
	}
}
