package blocks

import (
	"slices"
	"strings"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// WhileFrozen adds a note to a pending card: approvals are refused for now. It is placed above the
// buttons, so that it is read before a click.
func WhileFrozen(card Message, f grant.Freeze) Message {
	card.Text += " — s3share is frozen"
	text := FrozenText(f) + " Nothing can be approved until the freeze ends."
	card.Blocks = slices.Insert(slices.Clone(card.Blocks), len(card.Blocks)-1, Section(text))
	return card
}

// FrozenText describes a freeze that is in force. A damaged freeze has no author and no time.
func FrozenText(f grant.Freeze) string {
	text := ":snowflake: s3share is frozen"
	if !f.By.IsBot() {
		text += " by " + Mention(f.By)
	}
	if !f.At.IsZero() {
		text += " " + Dated("since", f.At)
	}
	return text + ": " + sentence(Safe(f.Why, 500))
}

// AnnouncementText leads with the person and the outcome of an act that affects everything.
func AnnouncementText(a commands.Announcement) string {
	text := Mention(a.By) + " " + strings.ReplaceAll(Safe(a.Did, 1000), commands.PersonMark, Mention(a.Person))
	if a.Why != "" {
		text += ": " + Safe(a.Why, 2000)
	}
	text = sentence(text)
	if !a.Calm {
		text = ":rotating_light: " + text
	}
	if a.Then != "" {
		text += " " + Safe(a.Then, 500)
	}
	return text
}
