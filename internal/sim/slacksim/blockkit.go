package slacksim

import "slices"

// Which elements may stand where (docs.slack.dev/reference/block-kit).
var (
	inInput = []string{
		"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
		"static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
		"radio_buttons", "checkboxes", "datepicker", "timepicker", "datetimepicker",
	}
	inSection = append([]string{"button", "overflow", "image", "workflow_button"}, inInput[6:]...)
	inActions = append([]string{"button", "overflow", "workflow_button"}, inInput[6:]...)
	inContext = []string{"image", "plain_text", "mrkdwn"}
)

// block checks any block. Those at the end of the switch are accepted without a look inside.
func block(v *validator, at string, x any) {
	o, ok := x.(object)
	if !ok {
		v.fault(at, "must provide an object")
		return
	}
	kind, _ := o["type"].(string)
	s, known := blockShape(kind)
	if !known || (kind == "alert" && !v.view) || (kind == "markdown" && v.view) {
		v.fault(at+"/type", "unsupported type: %s", kind)
		return
	}
	if id, _ := o["block_id"].(string); id != "" {
		if v.blockIDs[id] {
			v.fault(at+"/block_id", "`block_id` %s already exists", id) // wording inferred
		}
		v.blockIDs[id] = true
	}
	if s == nil {
		return
	}
	s["type"], s["block_id"] = must(anything), may(str(0, MaxID))
	v.object(at, x, s)
	if kind == "section" && o["text"] == nil && o["fields"] == nil {
		v.fault(at, "missing required field: text")
	}
	distinctActions(v, at, o)
}

// blockShape returns nil for a block that is known and not looked into.
func blockShape(kind string) (shape, bool) {
	switch kind {
	case "section":
		return shape{
			"text": may(text(MaxSectionText)), "fields": may(list(1, MaxSectionFields, text(MaxFieldText))),
			"accessory": may(union(element(inSection))), "expand": may(boolean),
		}, true
	case "header":
		return shape{"text": must(plain(MaxHeaderText))}, true
	case "divider":
		return shape{}, true
	case "actions":
		return shape{"elements": must(list(1, MaxActionElements, union(element(inActions))))}, true
	case "context":
		return shape{"elements": must(list(1, MaxContextItems, union(element(inContext))))}, true
	case "image":
		return shape{
			"image_url": may(str(1, MaxURL)), "slack_file": may(anything),
			"alt_text": must(str(0, MaxImageAlt)), "title": may(plain(MaxImageTitle)),
		}, true
	case "input":
		return shape{
			"label": must(plain(MaxInputLabel)), "element": must(union(element(inInput))), "hint": may(plain(MaxInputHint)),
			"optional": may(boolean), "dispatch_action": may(boolean),
		}, true
	case "markdown":
		return shape{"text": must(str(1, MaxMarkdownText))}, true
	case "rich_text":
		return shape{"elements": must(list(0, 1000, anything))}, true
	case "alert", "card", "carousel", "container", "context_actions", "data_table", "data_visualization",
		"file", "layout", "plan", "table", "task_card", "video", "call":
		return nil, true
	}
	return nil, false
}

// distinctActions finds action ids that stand twice in one block.
func distinctActions(v *validator, at string, o object) {
	seen := map[string]bool{}
	for i, e := range objects(o["elements"]) {
		id, _ := e["action_id"].(string)
		if id != "" && seen[id] {
			v.fault(pointer(at, "elements", i, "action_id"), "`action_id` %s already exists", id) // wording inferred
		}
		seen[id] = true
	}
}

func element(allowed []string) check {
	return func(v *validator, at string, x any) {
		o, ok := x.(object)
		if !ok {
			v.fault(at, "must provide an object")
			return
		}
		kind, _ := o["type"].(string)
		s := elementShape(kind)
		if s == nil || !slices.Contains(allowed, kind) {
			v.fault(at+"/type", "unsupported type: %s", kind)
			return
		}
		s["type"] = must(anything)
		v.object(at, x, s)
		if kind == "button" || slices.Contains(inInput, kind) {
			consistent(v, at, kind, o)
		}
	}
}

// consistent checks what one field demands of another.
func consistent(v *validator, at, kind string, o object) {
	options, groups := o["options"] != nil, o["option_groups"] != nil
	if (kind == "static_select" || kind == "multi_static_select") && options == groups {
		v.fault(at, "missing required field: options")
	}
	if initial, ok := o["initial_option"].(object); ok && !slices.ContainsFunc(optionsOf(o), func(p object) bool { return p["value"] == initial["value"] }) {
		v.fault(at+"/initial_option", "must be one of the options") // wording inferred
	}
	least, _ := o["min_length"].(float64)
	if most, ok := o["max_length"].(float64); ok && most < least {
		v.fault(at+"/max_length", "must be greater than min_length") // wording inferred
	}
}

func elementShape(kind string) shape {
	with := func(s shape) shape {
		s["action_id"] = may(str(0, MaxID))
		return s
	}
	input := func(s shape) shape {
		s["placeholder"], s["focus_on_load"] = may(plain(MaxPlaceholder)), may(boolean)
		return with(s)
	}
	confirmed := func(s shape) shape {
		s["confirm"] = may(confirm)
		return input(s)
	}
	typed := func(s shape) shape {
		s["initial_value"], s["dispatch_action_config"] = may(str(0, MaxInputLength)), may(anything)
		return input(s)
	}
	switch kind {
	case "plain_text", "mrkdwn":
		s := shape{"text": must(str(1, MaxContextText))}
		s[map[string]string{"plain_text": "emoji", "mrkdwn": "verbatim"}[kind]] = may(boolean)
		return s
	case "image":
		return shape{"image_url": may(str(1, MaxURL)), "slack_file": may(anything), "alt_text": must(str(0, MaxImageAlt))}
	case "button":
		return with(shape{
			"text": must(plain(MaxButtonText)), "value": may(str(0, MaxButtonValue)), "url": may(str(0, MaxURL)),
			"style": may(enum("primary", "danger")), "confirm": may(confirm), "accessibility_label": may(str(0, MaxAccessibilityLabel)),
		})
	case "workflow_button":
		return with(shape{"text": must(plain(MaxButtonText)), "workflow": must(anything), "style": may(enum("primary", "danger"))})
	case "plain_text_input":
		return typed(shape{
			"multiline": may(boolean), "min_length": may(whole(0, MaxInputLength)), "max_length": may(whole(1, MaxInputLength)),
		})
	case "email_text_input", "url_text_input":
		return typed(shape{})
	case "number_input":
		return typed(shape{"is_decimal_allowed": must(boolean), "min_value": may(anything), "max_value": may(anything)})
	case "overflow":
		return with(shape{"options": must(list(1, MaxOverflowOptions, option)), "confirm": may(confirm)})
	case "radio_buttons":
		return confirmed(shape{"options": must(list(1, MaxBoxes, option)), "initial_option": may(anything)})
	case "checkboxes":
		return confirmed(shape{"options": must(list(1, MaxBoxes, option)), "initial_options": may(anything)})
	case "static_select", "multi_static_select":
		return confirmed(shape{
			"options": may(list(1, MaxOptions, option)), "option_groups": may(list(1, MaxOptionGroups, optionGroup)),
			"initial_option": may(anything), "initial_options": may(anything), "max_selected_items": may(whole(1, 1000)),
		})
	}
	if slices.Contains(inInput, kind) {
		return confirmed(shape{
			"initial_user": may(anything), "initial_users": may(anything), "initial_conversation": may(anything), "initial_conversations": may(anything),
			"initial_channel": may(anything), "initial_channels": may(anything), "initial_option": may(anything), "initial_options": may(anything),
			"initial_date": may(anything), "initial_time": may(anything), "initial_date_time": may(anything), "initial_value": may(anything),
			"timezone": may(anything), "min_query_length": may(anything), "max_selected_items": may(anything), "filter": may(anything),
			"default_to_current_conversation": may(boolean), "response_url_enabled": may(boolean), "filetypes": may(anything), "max_files": may(anything),
			"dispatch_action_config": may(anything),
		})
	}
	return nil
}

func confirm(v *validator, at string, x any) {
	v.object(at, x, shape{
		"title": must(plain(MaxConfirmTitle)), "text": must(text(MaxConfirmText)),
		"confirm": must(plain(MaxConfirmButton)), "deny": must(plain(MaxConfirmButton)), "style": may(enum("primary", "danger")),
	})
}

func option(v *validator, at string, x any) {
	v.object(at, x, shape{
		"text": must(text(MaxOptionText)), "value": must(str(1, MaxOptionValue)),
		"description": may(text(MaxOptionDescription)), "url": may(str(0, MaxURL)),
	})
}

func optionGroup(v *validator, at string, x any) {
	v.object(at, x, shape{"label": must(plain(MaxOptionText)), "options": must(list(1, MaxOptions, option))})
}

// optionsOf returns the options of a select, those in groups too.
func optionsOf(e object) []object {
	out := objects(e["options"])
	for _, g := range objects(e["option_groups"]) {
		out = append(out, objects(g["options"])...)
	}
	return out
}
