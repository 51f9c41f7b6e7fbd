package slacksim

import (
	"slices"
	"strings"
)

// The elements that each block may contain
// (docs.slack.dev/reference/block-kit).
var (
	typedInto = []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input",
		"file_input"}
	chosenIn = []string{
		"static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select",
		"multi_channels_select", "radio_buttons", "checkboxes", "datepicker", "timepicker", "datetimepicker",
	}
	inInput   = slices.Concat(typedInto, chosenIn)
	inSection = slices.DeleteFunc(
		slices.Concat([]string{"button", "overflow", "image", "workflow_button"}, chosenIn),
		func(s string) bool { return s == "datetimepicker" })
	inActions = slices.Concat([]string{"button", "overflow", "workflow_button", "rich_text_input"}, chosenIn)
	inContext = []string{"image", "plain_text", "mrkdwn"}
)

// block checks a block of any type. The types at the end of the switch are
// accepted without checking their content.
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
	for _, one := range needsOneOf[kind] {
		if !slices.ContainsFunc(one, func(f string) bool { return o[f] != nil }) {
			v.fault(at, "missing required field: %s", one[0])
		}
	}
	distinctActions(v, at, o)
}

// needsOneOf lists, by type, groups of fields. One field of each group is
// required. If all are missing, the error names the first.
var needsOneOf = map[string][][]string{
	"section":   {{"text", "fields"}},
	"image":     {{"image_url", "slack_file"}},
	"card":      {{"title", "hero_image", "actions", "body"}},
	"container": {{"title", "rich_text_title"}},
}

// blockShape returns nil for a known block type whose content is not checked.
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
	case "data_visualization", "layout", "plan", "task_card", "video", "call":
		return nil, true
	}
	return newerShape(kind)
}

// distinctActions reports action ids that occur twice in one block.
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

// consistent checks rules between two fields of an element.
func consistent(v *validator, at, kind string, o object) {
	options, groups := o["options"] != nil, o["option_groups"] != nil
	if (kind == "static_select" || kind == "multi_static_select") && options == groups {
		v.fault(at, "missing required field: options")
	}
	external := kind == "external_select" // its options come from the app
	if initial, ok := o["initial_option"].(object); ok && !external &&
		!slices.ContainsFunc(optionsOf(o), func(p object) bool { return p["value"] == initial["value"] }) {
		v.fault(at+"/initial_option", "must be one of the options") // wording inferred
	}
	least, _ := o["min_length"].(float64)
	if most, ok := o["max_length"].(float64); ok && most < least {
		v.fault(at+"/max_length", "must be greater than min_length") // wording inferred
	}
}

// elementShape returns nil for an unknown element.
func elementShape(kind string) shape {
	switch kind {
	case "plain_text":
		return shape{"text": must(str(1, MaxContextText)), "emoji": may(boolean)}
	case "mrkdwn":
		return shape{"text": must(str(1, MaxContextText)), "verbatim": may(boolean)}
	case "image":
		return shape{"image_url": may(str(1, MaxURL)), "slack_file": may(anything), "alt_text": must(str(0, MaxImageAlt))}
	}
	s := actionShape(kind)
	if s == nil {
		s = inputShape(kind)
	}
	if s != nil {
		s["action_id"] = may(str(0, MaxID))
	}
	return s
}

// actionShape returns the shape of elements without a value.
func actionShape(kind string) shape {
	style := may(enum("primary", "danger"))
	switch kind {
	case "button":
		return shape{
			"text": must(plain(MaxButtonText)), "value": may(str(0, MaxButtonValue)), "url": may(str(0, MaxURL)),
			"style": style, "confirm": may(confirm), "accessibility_label": may(str(0, MaxAccessibilityLabel)),
		}
	case "workflow_button":
		return shape{"text": must(plain(MaxButtonText)), "workflow": must(anything), "style": style, "confirm": may(confirm),
			"accessibility_label": may(str(0, MaxAccessibilityLabel))}
	case "overflow":
		return shape{"options": must(list(1, MaxOverflowOptions, linkOption)), "confirm": may(confirm)}
	}
	return nil
}

// inputShape returns the shape of elements with a value.
func inputShape(kind string) shape {
	if !slices.Contains(inInput, kind) {
		return nil
	}
	if kind == "file_input" {
		return shape{"filetypes": may(anything), "max_files": may(whole(1, MaxFilesInInput))}
	}
	s := shape{"focus_on_load": may(boolean)}
	name, _ := stateField(kind)
	if slices.Contains(chosenIn, kind) {
		s["initial_"+strings.TrimPrefix(name, "selected_")] = may(anything)
	}
	if kind != "radio_buttons" && kind != "checkboxes" && kind != "datetimepicker" {
		s["placeholder"] = may(plain(MaxPlaceholder))
	}
	if slices.Contains(typedInto, kind) {
		s["initial_value"], s["dispatch_action_config"] = may(str(0, MaxInputLength)), may(dispatchConfig)
	} else {
		s["confirm"] = may(confirm)
	}
	switch kind {
	case "plain_text_input":
		s["multiline"], s["min_length"], s["max_length"] = may(boolean), may(whole(0, MaxInputLength)),
			may(whole(1, MaxInputLength))
	case "number_input":
		s["is_decimal_allowed"], s["min_value"], s["max_value"] = must(boolean), may(anything), may(anything)
	case "rich_text_input":
		s["initial_value"] = may(anything)
		s["min_lines"], s["max_lines"] = may(whole(1, MaxRichTextInLines)), may(whole(1, MaxRichTextInLines))
	case "radio_buttons", "checkboxes":
		s["options"] = must(list(1, MaxBoxes, option(text)))
	case "static_select", "multi_static_select":
		s["options"], s["option_groups"] = may(list(1, MaxOptions, option(plain))), may(list(1, MaxOptionGroups, optionGroup))
	case "external_select", "multi_external_select":
		s["min_query_length"] = may(whole(0, 100))
	case "conversations_select", "multi_conversations_select":
		s["default_to_current_conversation"], s["filter"] = may(boolean), may(anything)
	case "timepicker":
		s["timezone"] = may(str(1, MaxID))
	}
	if kind == "conversations_select" || kind == "channels_select" {
		s["response_url_enabled"] = may(boolean)
	}
	if strings.HasPrefix(kind, "multi_") {
		s["max_selected_items"] = may(whole(1, MaxOptions))
	}
	return s
}

func confirm(v *validator, at string, x any) {
	v.object(at, x, shape{
		"title": must(plain(MaxConfirmTitle)), "text": must(text(MaxConfirmText)),
		"confirm": must(plain(MaxConfirmButton)), "deny": must(plain(MaxConfirmButton)),
		"style": may(enum("primary", "danger")),
	})
}

// option is a choice. Its texts are plain_text in menus, and either kind for
// checkboxes and radio buttons.
func option(kind func(int) check) check {
	return func(v *validator, at string, x any) {
		v.object(at, x, optionShape(kind))
	}
}

// linkOption is an option of an overflow menu. Only these options may have a
// URL.
func linkOption(v *validator, at string, x any) {
	s := optionShape(plain)
	s["url"] = may(str(0, MaxURL))
	v.object(at, x, s)
}

func optionShape(kind func(int) check) shape {
	return shape{
		"text": must(kind(MaxOptionText)), "value": must(str(1, MaxOptionValue)),
		"description": may(kind(MaxOptionDescription)),
	}
}

func optionGroup(v *validator, at string, x any) {
	v.object(at, x, shape{"label": must(plain(MaxOptionText)), "options": must(list(1, MaxOptions, option(plain)))})
}

// optionsOf returns the options of a select, including those in groups.
func optionsOf(e object) []object {
	out := objects(e["options"])
	for _, g := range objects(e["option_groups"]) {
		out = append(out, objects(g["options"])...)
	}
	return out
}
