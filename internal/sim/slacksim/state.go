package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A formState is what stands in the fields of a view or a message: block id,
// action id, the element's state.
type formState = map[string]map[string]map[string]any

// hasState tells whether elements of this type appear in state.values.
func hasState(kind string) bool { return slices.Contains(inInput, kind) }

// initialState is what stands in the fields before anybody touches them.
func initialState(blocks []object) formState {
	state := formState{}
	interactive(blocks, func(b, e object) {
		kind := asString(e["type"])
		if !hasState(kind) {
			return
		}
		id := asString(b["block_id"])
		if state[id] == nil {
			state[id] = map[string]map[string]any{}
		}
		state[id][asString(e["action_id"])] = initialOf(kind, e)
	})
	return state
}

func initialOf(kind string, e object) object {
	name, multiple := stateField(kind)
	out := object{"type": kind, name: nil}
	if multiple {
		out[name] = []any{}
	}
	from := map[string]string{
		"value": "initial_value", "selected_option": "initial_option", "selected_options": "initial_options",
		"selected_date": "initial_date", "selected_time": "initial_time", "selected_date_time": "initial_date_time",
		"selected_user": "initial_user", "selected_users": "initial_users", "selected_channel": "initial_channel", "selected_channels": "initial_channels",
		"selected_conversation": "initial_conversation", "selected_conversations": "initial_conversations",
	}[name]
	if v, ok := e[from]; ok && v != nil {
		out[name] = v
	}
	return out
}

// stateField is the name under which an element of this type keeps its state.
func stateField(kind string) (name string, multiple bool) {
	switch kind {
	case "static_select", "external_select", "radio_buttons", "overflow":
		return "selected_option", false
	case "multi_static_select", "multi_external_select", "checkboxes":
		return "selected_options", true
	case "users_select":
		return "selected_user", false
	case "multi_users_select":
		return "selected_users", true
	case "channels_select":
		return "selected_channel", false
	case "multi_channels_select":
		return "selected_channels", true
	case "conversations_select":
		return "selected_conversation", false
	case "multi_conversations_select":
		return "selected_conversations", true
	case "datepicker":
		return "selected_date", false
	case "timepicker":
		return "selected_time", false
	case "datetimepicker":
		return "selected_date_time", false
	}
	return "value", false
}

// carryState keeps what was typed before in fields that are still there: Slack
// does so for the same block_id and action_id.
func carryState(blocks []object, old formState) formState {
	state := initialState(blocks)
	for b, actions := range state {
		for a, now := range actions {
			if before, ok := old[b][a]; ok && before["type"] == now["type"] {
				actions[a] = before
			}
		}
	}
	return state
}

// enter returns the state of an element after a person entered text. Options
// go by label or value; several are separated by commas; "" empties the field.
func enter(e object, text string) (object, error) {
	kind := asString(e["type"])
	name, multiple := stateField(kind)
	out := object{"type": kind, name: nil}
	if multiple {
		out[name] = []any{}
	}
	if text == "" {
		return out, nil
	}
	switch name {
	case "selected_option":
		o, err := choose(e, text)
		out[name] = o
		return out, err
	case "selected_options":
		chosen := []any{}
		for _, one := range splitList(text) {
			o, err := choose(e, one)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, o)
		}
		out[name] = chosen
		return out, nil
	}
	if multiple {
		all := []any{}
		for _, one := range splitList(text) {
			all = append(all, one)
		}
		out[name] = all
		return out, nil
	}
	out[name] = text
	return out, nil
}

func splitList(s string) []string {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func choose(e object, name string) (any, error) {
	var labels []string
	for _, o := range optionsOf(e) {
		if o["value"] == name || textOf(o["text"]) == name {
			return o, nil
		}
		labels = append(labels, textOf(o["text"]))
	}
	return nil, fmt.Errorf("there is no option %q: there are %s", name, strings.Join(labels, ", "))
}

// complaint is what Slack itself shows beside a field before it submits a
// form, or "".
func complaint(b, e, state object) string {
	name, _ := stateField(asString(e["type"]))
	value := state[name]
	if list, ok := value.([]any); ok && len(list) == 0 {
		value = nil
	}
	if value == nil {
		if b["optional"] == true {
			return ""
		}
		return "Please complete this required field."
	}
	n := utf8.RuneCountInString(asString(value))
	if least, ok := e["min_length"].(float64); ok && n < int(least) {
		return fmt.Sprintf("Please enter at least %d characters.", int(least))
	}
	if most, ok := e["max_length"].(float64); ok && n > int(most) {
		return fmt.Sprintf("Please enter no more than %d characters.", int(most))
	}
	return ""
}
