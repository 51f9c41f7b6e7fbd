package slacksim

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// enter returns the state of an element after a person entered text. Options
// are given by label or value, several separated by commas. An empty text
// clears the field.
func enter(e object, text string) (object, error) {
	if _, multiple := stateField(asString(e["type"])); multiple {
		return enterAll(e, splitList(text))
	}
	return enterAll(e, []string{text})
}

// enterState returns the element's state after a person left the state in,
// given as in state.values. An option is matched by its value alone.
func enterState(e, in object) (object, error) {
	kind := asString(e["type"])
	if kind == "rich_text_input" || kind == "file_input" {
		name, _ := stateField(kind)
		return object{"type": kind, name: in[name]}, nil
	}
	name, multiple := stateField(kind)
	var texts []string
	if list, ok := in[name].([]any); ok && multiple {
		for _, x := range list {
			texts = append(texts, entered(x))
		}
	} else if s := entered(in[name]); s != "" {
		texts = []string{s}
	}
	return enterAll(e, texts)
}

// entered returns one value of a state as the text that a person would type.
func entered(x any) string {
	switch v := x.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int, int64:
		return fmt.Sprint(v)
	case object:
		return asString(v["value"])
	}
	return ""
}

func enterAll(e object, texts []string) (object, error) {
	kind := asString(e["type"])
	name, multiple := stateField(kind)
	chosen := []any{}
	for _, text := range texts {
		if text == "" {
			continue
		}
		one, err := enterOne(e, kind, text)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, one)
	}
	out := object{"type": kind, name: nil}
	switch {
	case multiple:
		if most, ok := e["max_selected_items"].(float64); ok && len(chosen) > int(most) {
			return nil, fmt.Errorf("no more than %d can be chosen", int(most))
		}
		out[name] = chosen
	case len(chosen) > 0:
		out[name] = chosen[0]
	}
	return out, nil
}

var (
	dateForm  = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	clockForm = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)
)

// enterOne converts one entered value to its form in the state. Slack's pickers
// accept no other values, so a value that does not fit is a mistake in the
// test.
func enterOne(e object, kind, text string) (any, error) {
	name, _ := stateField(kind)
	switch strings.TrimSuffix(name, "s") {
	case "selected_option":
		return choose(e, text)
	case "selected_date":
		if !dateForm.MatchString(text) {
			return nil, fmt.Errorf("%q is not a date such as 2027-01-31", text)
		}
	case "selected_time":
		if !clockForm.MatchString(text) {
			return nil, fmt.Errorf("%q is not a time such as 17:05", text)
		}
	case "selected_date_time":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(text) != 10 {
			return nil, fmt.Errorf("%q is not a time in seconds since 1970, of ten digits", text)
		}
		return n, nil
	}
	return text, nil
}

func splitList(s string) []string {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// choose finds an option by value, or else by label.
func choose(e object, name string) (any, error) {
	var labels []string
	for _, o := range optionsOf(e) {
		if o["value"] == name {
			return o, nil
		}
		labels = append(labels, textOf(o["text"]))
	}
	for _, o := range optionsOf(e) {
		if textOf(o["text"]) == name {
			return o, nil
		}
	}
	return nil, fmt.Errorf("there is no option %q: there are %s", name, strings.Join(labels, ", "))
}
