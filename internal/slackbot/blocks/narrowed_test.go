package blocks

import (
	"strings"
	"testing"

	"s3share/internal/grant"
)

// The headline, the body and Details of a narrowed request agree: the original values are only shown
// as what was.
func TestNarrowedShowsTheNarrowedValues(t *testing.T) {
	g := lives(t)["pending"]
	rule := g.Rule
	narrow := func(by string, to grant.Narrowing) {
		g = after(t, g, grant.Narrow{By: member(by), Today: grant.Today{Rule: &rule}, Revision: g.Revision, To: to})
	}
	narrow("U0ADA", grant.Narrowing{Prefix: g.Prefix + "/nightly", Level: g.Level, Term: 4 * 60})
	narrow("U0BOB", grant.Narrowing{Prefix: g.Prefix, Level: g.Level, Term: 2 * 60})
	const change = "Narrowed by <@U0ADA> and <@U0BOB>: builds/nightly/ (was builds/), 2h (was 8h)"
	for name, view := range map[string]any{
		"the card": Card(g), "Details": DetailsView(Detailed{Grant: g}),
		"the card of a batch": BatchCard(g, []grant.Grant{g}),
		"the bulk approval":   BulkView([]grant.Grant{g}, 0, 0),
	} {
		text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(inJSON(t, view))
		if !strings.Contains(text, change) {
			t.Errorf("%s does not say what was: %s", name, text)
		}
		if !strings.Contains(text, "for 2h") {
			t.Errorf("%s does not show the duration: %s", name, text)
		}
		if rest := strings.ReplaceAll(text, change, ""); strings.Contains(rest, "8h") || strings.Contains(rest, "4h") ||
			strings.Contains(rest, "builds/ ") || strings.Contains(rest, "builds`") {
			t.Errorf("%s still shows an earlier value: %s", name, rest)
		}
	}
	narrow("U0BOB", g.AskedFor())
	if got := changes(g); got != "Narrowed and changed back by <@U0ADA> and <@U0BOB>" {
		t.Errorf("changed back: %q", got)
	}
	if text := Card(g).Text; !strings.Contains(text, "for 8h") {
		t.Error(text)
	}
}
