package blocks

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// A message says "can" only while AWS has confirmed the access and it has not ended.
func TestCanMeansConfirmedAccess(t *testing.T) {
	all := lives(t)
	for name, can := range map[string]bool{
		"break-glass being applied": false,
		"break-glass":               true,
		"approved":                  false,
		"active":                    true,
		"drifted":                   false,
		"ending":                    false,
	} {
		g := all[name]
		view := HomeView(person("U0RITA"), commands.Home{Open: []grant.Grant{g}}, noon)
		texts := map[string]string{"Home": inJSON(t, view)}
		if g.BreakGlass {
			texts["card"] = GlassCard(g).Text
		}
		for where, text := range texts {
			if strings.Contains(text, "test.user can read") != can || strings.Contains(text, "test.user, read, ") == can {
				t.Errorf("%s, %s: %s", name, where, text)
			}
		}
	}
}

func inJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A break-glass cannot be extended, so no Home offers it.
func TestHomeOffersPossibleActions(t *testing.T) {
	all := lives(t)
	for name, extend := range map[string]bool{"active": true, "break-glass": false} {
		view := HomeView(person("U0RITA"), commands.Home{Open: []grant.Grant{all[name]}}, noon)
		text := inJSON(t, view)
		if strings.Contains(text, "Extend…") != extend || !strings.Contains(text, "I'm done") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// The start of the duration.
func TestTermFrom(t *testing.T) {
	all := lives(t)
	for name, want := range map[string]string{
		"pending":     " from the approval",
		"scheduled":   " from the start, or from the approval if that is later",
		"break-glass": ", starting now",
	} {
		if got := TermFrom(all[name]); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// An extension of a broad grant asks for confirmation like its request, and is not approved in
// bulk.
func TestBroadExtension(t *testing.T) {
	all := lives(t)
	for name, broad := range map[string]bool{"broad extension asked": true, "extension asked": false, "broad": true, "pending": false} {
		g := all[name]
		if got := ApproveButton(g).Confirm; (got != nil) != broad {
			t.Errorf("%s is confirmed: %v", name, got != nil)
		}
		if IsBulkApprovable(g) == broad {
			t.Errorf("%s goes with others: %v", name, !broad)
		}
	}
	confirm := ApproveButton(all["broad extension asked"]).Confirm
	if want := "test.user will be able to read, write and delete in all of s3://my-bucket/ for 2h more."; confirm.Text.Text != want {
		t.Errorf("%q, want %q", confirm.Text.Text, want)
	}
	card := ExtensionCard(all["broad extension asked"], len(all["broad extension asked"].History)-1)
	last := card.Blocks[len(card.Blocks)-1].(*slack.ActionBlock)
	if last.Elements.ElementSet[0].(*slack.ButtonBlockElement).Confirm == nil {
		t.Error("the card of the extension asks for no confirmation")
	}
}

// The number of items is limited, and the rest is counted.
func TestBulkApprovalCountsTheRest(t *testing.T) {
	all := lives(t)
	waiting := []grant.Grant{all["broad"]}
	for range bulkMost + 3 {
		waiting = append(waiting, all["pending"])
	}
	shown, later, apart := BulkSelectable(waiting)
	if len(shown) != bulkMost || later != 3 || apart != 1 {
		t.Errorf("%d shown, %d later, %d apart", len(shown), later, apart)
	}
	if text := inJSON(t, BulkView(shown, later, apart)); !strings.Contains(text, "3 more fit here after these are decided.") {
		t.Error("what comes later is not counted")
	}
}

// The form for a repeated request keeps the beneficiary of the first.
func TestRepeatedRequestKeepsTheBeneficiary(t *testing.T) {
	all := lives(t)
	for name, want := range map[string]string{"lapsed": "", "on behalf": "U0BOB"} {
		if got := RepeatedValues(all[name]).For; got != want {
			t.Errorf("%s: for %q, want %q", name, got, want)
		}
	}
}

// A scheduled grant is not "can" before its start.
func TestScheduledGrantOnHome(t *testing.T) {
	g := lives(t)["scheduled"]
	for at, want := range map[time.Time]string{noon: Summary(g), g.StartAt: "test.user can read s3://my-bucket/builds/"} {
		if got := AccessLineAt(g, at); got != want {
			t.Errorf("at %s: %s", at, got)
		}
	}
}
