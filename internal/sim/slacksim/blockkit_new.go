package slacksim

import "slices"

// newerShape returns the shapes of the block types that Slack added with tables
// and cards. Rich text inside them is not checked.
func newerShape(kind string) (shape, bool) {
	image := may(union(element([]string{"image"})))
	switch kind {
	case "alert":
		return shape{"text": must(text(MaxSectionText)),
			"level": may(enum("default", "info", "warning", "error", "success"))}, true
	case "card":
		return shape{
			"hero_image": image, "icon": image, "title": may(text(MaxCardTitle)), "subtitle": may(text(MaxCardTitle)),
			"body":    may(text(MaxCardBody)),
			"actions": may(list(1, MaxActionElements, union(element([]string{"button"})))),
		}, true
	case "carousel":
		return shape{"elements": must(list(1, MaxCarouselCards, only("card")))}, true
	case "container":
		return shape{
			"title": may(plain(MaxContainerTitle)), "rich_text_title": may(anything), "subtitle": may(text(MaxContainerTitle)),
			"icon": image,
			"child_blocks": must(list(
				1, MaxContainerBlocks, only(
					"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"))),
			"width": may(enum("narrow", "standard", "wide", "full")), "is_collapsible": may(boolean),
			"default_collapsed": may(boolean), "has_header_divider": may(boolean),
		}, true
	case "context_actions":
		return shape{"elements": must(list(1, MaxContextActions, contextAction))}, true
	case "table":
		return shape{
			"rows":            must(list(1, MaxTableRows, list(1, MaxTableColumns, cell))),
			"column_settings": may(list(0, MaxTableColumns, columnSetting)),
		}, true
	case "data_table":
		return shape{
			"rows": must(list(1, MaxInputLength, list(1, MaxInputLength, cell))), "caption": must(str(1, MaxInputLength)),
			"page_size": may(whole(1, MaxDataTablePage)), "row_header_column_index": may(whole(0, MaxInputLength)),
		}, true
	}
	return nil, false
}

// only accepts blocks of these types.
func only(kinds ...string) check {
	return func(v *validator, at string, x any) {
		o, _ := x.(object)
		if kind, _ := o["type"].(string); !slices.Contains(kinds, kind) {
			v.fault(at+"/type", "unsupported type: %s", kind)
			return
		}
		block(v, at, x)
	}
}

// cell is one field of a table.
func cell(v *validator, at string, x any) {
	o, _ := x.(object)
	switch o["type"] {
	case "raw_text":
		v.object(at, x, shape{"type": must(anything), "text": must(str(1, MaxSectionText))})
	case "raw_number":
		v.object(at, x, shape{"type": must(anything), "text": must(str(1, MaxSectionText)), "value": must(number)})
	case "rich_text":
	default:
		v.fault(at+"/type", "unsupported type: %s", asString(o["type"]))
	}
}

func number(v *validator, at string, x any) {
	if _, ok := x.(float64); !ok {
		v.fault(at, "must be a number")
	}
}

func columnSetting(v *validator, at string, x any) {
	if x != nil { // null leaves the column's settings unchanged
		v.object(at, x, shape{"align": may(enum("left", "center", "right")), "is_wrapped": may(boolean)})
	}
}

// contextAction is an element of context_actions.
func contextAction(v *validator, at string, x any) {
	o, _ := x.(object)
	labelled := shape{"text": must(plain(MaxButtonText)), "accessibility_label": may(str(0, MaxAccessibilityLabel)),
		"value": may(str(0, MaxButtonValue))}
	switch o["type"] {
	case "feedback_buttons":
		feedback := func(v *validator, at string, x any) { v.object(at, x, labelled) }
		v.object(at, x, shape{"type": must(anything), "action_id": may(str(0, MaxID)), "positive_button": must(feedback),
			"negative_button": must(feedback)})
	case "icon_button":
		labelled["type"], labelled["action_id"], labelled["icon"] = must(anything), may(str(0, MaxID)), must(str(1, MaxID))
		labelled["confirm"], labelled["visible_to_user_ids"] = may(confirm), may(anything)
		v.object(at, x, labelled)
	default:
		v.fault(at+"/type", "unsupported type: %s", asString(o["type"]))
	}
}
