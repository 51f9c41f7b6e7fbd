package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"s3share/internal/sim/slacksim"
)

// moved is the line that moves the clock by whole seconds.
func moved(d time.Duration) string {
	text := d.String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = text[:len(text)-2]
		}
	}
	return "clock +" + text
}

// where is the channel of an act, unless it is the one that scripts use.
func where(in slacksim.Channel) string {
	if in.ID == "C0BUILDS" {
		return ""
	}
	return "in #" + in.Name + " "
}

// labelOf is the label of a button, with its number among those with that
// label. It is empty for another element.
func labelOf(buttons []slacksim.Button, block, action string) string {
	n := map[string]int{}
	for _, b := range buttons {
		n[b.Label]++
		switch {
		case b.BlockID != block || b.ActionID != action:
		case n[b.Label] > 1:
			return fmt.Sprintf("%s [%d]", b.Label, n[b.Label])
		default:
			return b.Label
		}
	}
	return ""
}

func labelOfField(block map[string]any) string {
	label, _ := block["label"].(map[string]any)
	text, _ := label["text"].(string)
	return text
}

// entered is the state of a field as a person enters it.
func entered(state map[string]any) string {
	for _, name := range []string{"value", "selected_user", "selected_channel", "selected_conversation", "selected_date",
		"selected_time", "selected_date_time"} {
		switch v := state[name].(type) {
		case string:
			return v
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		case int64:
			return strconv.FormatInt(v, 10)
		}
	}
	if one, ok := state["selected_option"].(map[string]any); ok {
		return option(one)
	}
	list, _ := state["selected_options"].([]any)
	var all []string
	for _, one := range list {
		o, _ := one.(map[string]any)
		value, _ := o["value"].(string)
		all = append(all, value)
	}
	return strings.Join(all, ", ")
}

// option is an option as a person chooses it, by its label.
func option(o map[string]any) string {
	text, _ := o["text"].(map[string]any)
	if label, ok := text["text"].(string); ok {
		return label
	}
	value, _ := o["value"].(string)
	return value
}

// lasting is the longest part of a text without dates, ids and line ends: they
// differ in a replay.
func lasting(text string) (longest string) {
	cut := strings.FieldsFunc(dates.ReplaceAllString(cardID.ReplaceAllString(text, "\n"), "\n"),
		func(c rune) bool { return c == '\n' || c == '\'' })
	for _, part := range cut {
		if part = strings.TrimSpace(part); len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func suffixed(s, suffix string) string {
	if s == "" {
		return ""
	}
	return s + suffix
}

// same compares two statements as JSON.
func same(a, b any) bool {
	x, err1 := compact(a)
	y, err2 := compact(b)
	return err1 == nil && err2 == nil && x == y
}

// compact returns JSON in one line, and leaves < and > as they are.
func compact(v any) (string, error) {
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	err := to.Encode(v)
	return strings.TrimSpace(out.String()), err
}
