package slackbot

import (
	"fmt"
	"slices"

	"s3share/internal/grant"
)

// whileFrozen is a card of what waits for a decision, with word that a yes to it
// is refused for now. It stands above the buttons, so that nobody presses in vain.
func whileFrozen(card message, f grant.Freeze) message {
	text := fmt.Sprintf(":snowflake: Everything is frozen by %s since %s: %s Nothing can be approved until that ends.", mention(f.By), when(f.At), sentence(safe(f.Why, 500)))
	card.text += " — everything is frozen"
	card.blocks = slices.Insert(slices.Clone(card.blocks), len(card.blocks)-1, section(text))
	return card
}
