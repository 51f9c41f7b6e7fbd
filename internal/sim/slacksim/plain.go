package slacksim

import "strings"

// plainText collects the readable texts of blocks, one per line.
func plainText(blocks []object) string {
	var lines []string
	for _, b := range blocks {
		lines = readable(lines, b)
	}
	return strings.Join(lines, "\n")
}

// reading is the order of the parts of a block or element when read as text.
var reading = []string{"title", "subtitle", "caption", "text", "body", "label", "fields", "alt_text", "accessory",
	"element", "elements", "hint", "initial_value", "placeholder", "options", "rows", "blocks", "child_blocks", "actions"}

func readable(lines []string, x any) []string {
	switch v := x.(type) {
	case object:
		if v["type"] == "text" || v["type"] == "link" || v["type"] == "rich_text_section" {
			if run := richText(v); run != "" {
				return append(lines, run)
			}
		}
		for _, part := range reading {
			if v[part] != nil {
				lines = readable(lines, v[part])
			}
		}
		if v["type"] == "user" {
			lines = append(lines, "<@"+asString(v["user_id"])+">")
		}
		return lines
	case []any:
		for _, item := range v {
			lines = readable(lines, item)
		}
	case string:
		if v != "" {
			lines = append(lines, v)
		}
	}
	return lines
}

// richText returns a rich text section as one line.
func richText(v object) string {
	if t := asString(v["text"]); t != "" {
		return t
	}
	if u := asString(v["url"]); u != "" {
		return u
	}
	if u := asString(v["user_id"]); u != "" {
		return "<@" + u + ">"
	}
	if v["type"] == "date" {
		return asString(v["fallback"])
	}
	var b strings.Builder
	for _, e := range objects(v["elements"]) {
		b.WriteString(richText(e))
	}
	return b.String()
}

func asString(x any) string {
	s, _ := x.(string)
	return s
}

func textOf(x any) string {
	o, _ := x.(object)
	return asString(o["text"])
}

// interactive calls visit for each element of the blocks that a person can use.
func interactive(blocks []object, visit func(block, element object)) {
	for _, b := range blocks {
		interactive(within(b), visit)
		if b["type"] == "carousel" {
			continue
		}
		var all []object
		for _, part := range []string{"accessory", "element"} {
			if e, ok := b[part].(object); ok {
				all = append(all, e)
			}
		}
		if b["type"] == "card" {
			all = append(all, objects(b["actions"])...)
		}
		for _, e := range append(all, objects(b["elements"])...) {
			switch e["type"] {
			case "image", "plain_text", "mrkdwn", "rich_text_section", "rich_text_list", "rich_text_quote",
				"rich_text_preformatted":
			default:
				visit(b, e)
			}
		}
	}
}

// within returns the blocks inside a block.
func within(b object) []object {
	switch b["type"] {
	case "carousel":
		return objects(b["elements"])
	case "container":
		return objects(b["child_blocks"])
	}
	return nil
}

// A Button is a button on a message or a view.
type Button struct {
	Label    string
	ActionID string
	BlockID  string
	Value    string
	Style    string
	URL      string
	Confirm  string // all text of the confirmation dialog; "" for none
}

func buttonsOf(blocks []object) []Button {
	var out []Button
	interactive(blocks, func(b, e object) {
		if e["type"] != "button" {
			return
		}
		button := Button{
			Label: textOf(e["text"]), ActionID: asString(e["action_id"]), BlockID: asString(b["block_id"]),
			Value: asString(e["value"]), Style: asString(e["style"]), URL: asString(e["url"]),
		}
		if c, ok := e["confirm"].(object); ok {
			button.Confirm = strings.Join(
				[]string{textOf(c["title"]), textOf(c["text"]), textOf(c["confirm"]), textOf(c["deny"])}, "\n")
		}
		out = append(out, button)
	})
	return out
}

func findButton(blocks []object, name string) (Button, bool) {
	for _, b := range buttonsOf(blocks) {
		if b.Label == name || b.ActionID == name {
			return b, true
		}
	}
	return Button{}, false
}
