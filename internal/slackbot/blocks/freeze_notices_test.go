package blocks

import (
	"testing"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// An announcement leads with the person and the outcome, and people's text is escaped.
func TestAnnouncementText(t *testing.T) {
	for _, c := range []struct {
		act  commands.Announcement
		want string
	}{
		{commands.Announcement{By: person("U0EVE"), Did: "froze s3share", Why: "keys <leaked>", Then: "New approvals are blocked."},
			":rotating_light: <@U0EVE> froze s3share: keys &lt;leaked&gt;. New approvals are blocked."},
		{commands.Announcement{By: person("U0EVE"), Did: "unfroze s3share", Then: "Requests can be approved again.", Calm: true},
			"<@U0EVE> unfroze s3share. Requests can be approved again."},
		{commands.Announcement{By: person("U0EVE"), Did: "ended 2 grants of " + commands.PersonMark, Why: "she left!", Person: person("U0RITA")},
			":rotating_light: <@U0EVE> ended 2 grants of <@U0RITA>: she left!"},
	} {
		if got := AnnouncementText(c.act); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// A damaged freeze has no author and no time.
func TestFrozenText(t *testing.T) {
	if got, want := FrozenText(grant.Freeze{Why: "the stored freeze is damaged"}), ":snowflake: s3share is frozen: the stored freeze is damaged."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	got := FrozenText(grant.Freeze{By: person("U0EVE"), At: at, Why: "a leak"})
	if want := ":snowflake: s3share is frozen by <@U0EVE> " + Dated("since", at) + ": a leak."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
