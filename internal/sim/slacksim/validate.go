package slacksim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A check validates the JSON value at a JSON pointer.
type check func(v *validator, at string, x any)

// A field describes one field of an object.
type field struct {
	check    check
	required bool
}

func must(c check) field { return field{c, true} }
func may(c check) field  { return field{c, false} }

// A shape describes all fields that an object may have.
type shape map[string]field

// A validator collects faults in Slack's order: a value's own faults precede
// those of its parts.
type validator struct {
	view     bool // the blocks belong to a view, not to a message
	problems []string
	blockIDs map[string]bool
}

func (v *validator) fault(at, format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

// object checks x against s and returns it. ok is false if x is not an object.
func (v *validator) object(at string, x any, s shape) (o object, ok bool) {
	o, ok = x.(object)
	if !ok {
		v.fault(at, "must provide an object")
		return nil, false
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if _, given := o[name]; s[name].required && !given {
			v.fault(at, "missing required field: %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		f, allowed := s[name]
		switch {
		case !allowed:
			v.fault(at, "invalid additional property: %s", name)
		case o[name] == nil && !f.required: // null counts as absent
		default:
			f.check(v, at+"/"+name, o[name])
		}
	}
	return o, true
}

// union reports each fault of c as a failure to match any alternative. Slack
// does so where several types are allowed.
func union(c check) check {
	return func(v *validator, at string, x any) {
		before := len(v.problems)
		c(v, at, x)
		if len(v.problems) > before {
			v.problems = slices.Insert(v.problems, before, "failed to match all allowed schemas [json-pointer:"+at+"]")
		}
	}
}

func anything(*validator, string, any) {}

func boolean(v *validator, at string, x any) {
	if _, ok := x.(bool); !ok {
		v.fault(at, "must be a boolean")
	}
}

// str accepts strings with least to most characters.
func str(least, most int) check {
	return func(v *validator, at string, x any) {
		s, ok := x.(string)
		if !ok {
			v.fault(at, "must be a string")
			return
		}
		if n := utf8.RuneCountInString(s); n < least {
			v.fault(at, "must be more than %d characters", least-1)
		} else if n > most {
			v.fault(at, "must be less than %d characters", most+1)
		}
	}
}

func enum(allowed ...string) check {
	return func(v *validator, at string, x any) {
		if s, _ := x.(string); !slices.Contains(allowed, s) {
			v.fault(at, "must be a valid enum value") // wording inferred
		}
	}
}

func whole(least, most int) check {
	return func(v *validator, at string, x any) {
		n, ok := x.(float64)
		switch {
		case !ok || n != float64(int(n)):
			v.fault(at, "must be an integer")
		case int(n) < least:
			v.fault(at, "must be greater than %d", least-1)
		case int(n) > most:
			v.fault(at, "must be less than %d", most+1)
		}
	}
}

func list(least, most int, each check) check {
	return func(v *validator, at string, x any) {
		items, ok := x.([]any)
		if !ok {
			v.fault(at, "must be an array")
			return
		}
		if len(items) < least {
			v.fault(at, "no fewer than %d items allowed", least) // wording inferred
		}
		if len(items) > most {
			v.fault(at, "no more than %d items allowed", most)
		}
		for i, item := range items {
			each(v, fmt.Sprintf("%s/%d", at, i), item)
		}
	}
}

// plain accepts a plain_text object; text accepts either kind.
func plain(most int) check { return textObject(most, "plain_text") }
func text(most int) check  { return union(textObject(most, "plain_text", "mrkdwn")) }

func textObject(most int, kinds ...string) check {
	return func(v *validator, at string, x any) {
		s := shape{"type": must(enum(kinds...)), "text": must(str(1, most))}
		if o, _ := x.(object); o["type"] == "mrkdwn" {
			s["verbatim"] = may(boolean)
		} else {
			s["emoji"] = may(boolean)
		}
		v.object(at, x, s)
	}
}

// validateBlocks returns the faults in the blocks of a message.
func validateBlocks(blocks any) []string {
	v := &validator{blockIDs: map[string]bool{}}
	list(0, MaxMessageBlocks, block)(v, "/blocks", blocks)
	return v.problems
}

// validateView returns the faults in a view. Its type must be kind.
func validateView(view any, kind string) []string {
	v := &validator{view: true, blockIDs: map[string]bool{}}
	union(viewOf(kind))(v, "/view", view)
	return v.problems
}

func viewOf(kind string) check {
	return func(v *validator, at string, x any) {
		s := shape{
			"type": must(enum(kind)), "blocks": must(list(0, MaxViewBlocks, block)),
			"private_metadata": may(str(0, MaxPrivateMetadata)), "callback_id": may(str(0, MaxID)),
			"external_id": may(str(0, MaxID)),
		}
		if kind == "modal" {
			s["title"], s["close"], s["submit"] = must(plain(MaxViewTitle)), may(plain(MaxViewTitle)), may(plain(MaxViewTitle))
			s["clear_on_close"], s["notify_on_close"], s["submit_disabled"] = may(boolean), may(boolean), may(boolean)
			if hasInput(x) {
				s["submit"] = must(plain(MaxViewTitle))
			}
		}
		v.object(at, x, s)
	}
}

func hasInput(view any) bool {
	o, _ := view.(object)
	for _, b := range objects(o["blocks"]) {
		if b["type"] == "input" {
			return true
		}
	}
	return false
}

// objects returns the objects of a JSON array.
func objects(x any) []object {
	items, _ := x.([]any)
	var out []object
	for _, item := range items {
		if o, ok := item.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// invalidBlocks is the chat methods' answer to invalid blocks.
func invalidBlocks(problems []string) error {
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = "[ERROR] " + p
	}
	return &refusal{code: "invalid_blocks", with: object{
		"errors": problems, "response_metadata": object{"messages": messages},
	}}
}

func viewTooLarge(view any) bool {
	b, err := json.Marshal(view)
	return err == nil && len(b) > MaxViewBytes
}

func (w *Workspace) blocksValidate(r *request) (object, error) {
	blocks, haveBlocks, err := r.structure("blocks")
	if err != nil {
		return nil, err
	}
	message, haveMessage, err := r.structure("message")
	if err != nil {
		return nil, err
	}
	view, haveView, err := r.structure("view")
	if err != nil {
		return nil, err
	}
	var problems []string
	switch {
	case haveView:
		o, _ := view.(object)
		kind, _ := o["type"].(string)
		if kind != "home" {
			kind = "modal"
		}
		problems = validateView(view, kind)
	case haveMessage:
		o, _ := message.(object)
		problems = validateBlocks(o["blocks"])
	case haveBlocks:
		problems = validateBlocks(blocks)
	default:
		return nil, refuseArguments("missing required field: blocks")
	}
	if len(problems) == 0 {
		return object{}, nil
	}
	return nil, notValid(problems)
}

// notValid is the answer of blocks.validate. Its errors are objects, unlike
// those of other methods. Their codes are undocumented and omitted.
func notValid(problems []string) error {
	refused := invalidBlocks(problems).(*refusal)
	var errors []object
	for _, p := range problems {
		message, at, _ := strings.Cut(strings.TrimSuffix(p, "]"), " [json-pointer:")
		errors = append(errors, object{"message": message, "pointer": at})
	}
	refused.with["errors"] = errors
	return refused
}

// pointer appends names and indexes to a JSON pointer.
func pointer(at string, parts ...any) string {
	for _, p := range parts {
		at += fmt.Sprint("/", p)
	}
	return at
}
