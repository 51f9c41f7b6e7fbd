package slacksim

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A formState is the state of the fields of a view or a message: block id,
// action id, the element's state.
type formState = map[string]map[string]map[string]any

// hasState reports whether elements of this type appear in state.values.
func hasState(kind string) bool { return slices.Contains(inInput, kind) }

// initialState is the state of the fields before a person changes them.
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
		"value": "initial_value", "rich_text_value": "initial_value", "selected_option": "initial_option",
		"selected_options": "initial_options", "selected_date": "initial_date", "selected_time": "initial_time",
		"selected_date_time": "initial_date_time", "selected_user": "initial_user", "selected_users": "initial_users",
		"selected_channel": "initial_channel", "selected_channels": "initial_channels",
		"selected_conversation": "initial_conversation", "selected_conversations": "initial_conversations",
	}[name]
	if v, ok := e[from]; ok && v != nil {
		out[name] = v
	}
	return out
}

// stateField returns the name of the state field for an element of this type.
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
	case "rich_text_input":
		return "rich_text_value", false
	case "file_input":
		return "files", true
	}
	return "value", false
}

// carryState keeps the state of fields that remain after an update. As in
// Slack, a field remains if its block_id and action_id do.
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

// complaint is the error that Slack shows beside a field before it submits a
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
	if text := asString(value); text != "" {
		return misfit(e, text)
	}
	return ""
}

// misfit is the error for a typed text, or "" (wordings inferred).
func misfit(e object, text string) string {
	switch e["type"] {
	case "email_text_input":
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
			return "Please enter a valid URL."
		}
	case "number_input":
		return numberMisfit(e, text)
	}
	n := utf8.RuneCountInString(text)
	if least, ok := e["min_length"].(float64); ok && n < int(least) {
		return fmt.Sprintf("Please enter at least %d characters.", int(least))
	}
	if most, ok := e["max_length"].(float64); ok && n > int(most) {
		return fmt.Sprintf("Please enter no more than %d characters.", int(most))
	}
	return ""
}

func numberMisfit(e object, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || (e["is_decimal_allowed"] != true && n != float64(int64(n))) {
		return "Please enter a valid number."
	}
	if least, err := strconv.ParseFloat(asString(e["min_value"]), 64); err == nil && n < least {
		return fmt.Sprintf("Please enter a number of at least %s.", e["min_value"])
	}
	if most, err := strconv.ParseFloat(asString(e["max_value"]), 64); err == nil && n > most {
		return fmt.Sprintf("Please enter a number of at most %s.", e["max_value"])
	}
	return ""
}
