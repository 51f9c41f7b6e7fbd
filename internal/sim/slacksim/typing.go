package slacksim

import (
	"context"
	"slices"
)

// The occasions on which a text field sends an action to the app
// (docs.slack.dev/reference/block-kit/composition-objects/dispatch-action-configuration-object).
const (
	onEnter     = "on_enter_pressed"
	onCharacter = "on_character_entered"
)

// dispatchConfig checks a dispatch_action_config.
func dispatchConfig(v *validator, at string, x any) {
	v.object(at, x, shape{"trigger_actions_on": may(list(1, 2, enum(onEnter, onCharacter)))})
}

// dispatchesOn reports whether a text field sends an action on an occasion.
// Without a configuration only Enter sends it (inferred).
func dispatchesOn(block, element object, occasion string) bool {
	if block["dispatch_action"] != true {
		return false
	}
	config, _ := element["dispatch_action_config"].(object)
	occasions, given := config["trigger_actions_on"].([]any)
	if !given {
		return occasion == onEnter
	}
	return slices.Contains(occasions, any(occasion))
}

// Type types a text into an empty text field of a view, character by character.
// The field is given by block id, label or action id. If it dispatches on each
// character, the app gets an action for each, with the text so far; the result
// is the delivery of the last one. A character that the app does not acknowledge
// in time stays in the field.
func (p Person) Type(ctx context.Context, v View, field, text string) (last Delivery) {
	var block, element object
	interactive(v.Blocks, func(b, e object) {
		fits := asString(b["block_id"]) == field || textOf(b["label"]) == field || asString(e["action_id"]) == field
		if element == nil && fits && slices.Contains(typedInto, asString(e["type"])) {
			block, element = b, e
		}
	})
	if element == nil {
		return nothingSent("there is no text field %q", field)
	}
	typed := []rune(text)
	for n := range typed {
		state, err := enter(element, string(typed[:n+1]))
		if err != nil {
			return nothingSent("%s", err)
		}
		p.keep(&v, block, element, state)
		if dispatchesOn(block, element, onCharacter) {
			last = p.act(ctx, v.surface(), block, element, clone(state))
		}
	}
	return last
}
