package blocks

import (
	"fmt"
	"slices"

	"s3share/internal/grant"
)

// WhileFrozen adds a note to a pending card: approvals are refused for now. It is placed above the
// buttons, so that it is read before a click.
func WhileFrozen(card Message, f grant.Freeze) Message {
	text := fmt.Sprintf(":snowflake: Everything is frozen by %s since %s: %s Nothing can be approved until that ends.",
		Mention(f.By), When(f.At), sentence(Safe(f.Why, 500)))
	card.Text += " — everything is frozen"
	card.Blocks = slices.Insert(slices.Clone(card.Blocks), len(card.Blocks)-1, Section(text))
	return card
}
