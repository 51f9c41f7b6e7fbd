package slacksim

import (
	"context"
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// An Option is one choice of an external menu.
type Option struct {
	Group       string // the heading above the option; "" for none
	Label       string
	Value       string
	Description string
}

// cannotLoad is the text that a menu shows if the app's ack is missing or not
// usable (wording inferred).
const cannotLoad = "This list could not be loaded."

// A shorter query is not sent, unless the element sets min_query_length
// (docs.slack.dev/reference/block-kit/block-elements/select-menu-element).
const leastQuery = 3

// Suggest types a query into the external menu with these ids and returns the
// app's options. The person may then choose any of them. A query that is too
// short is not sent, and the delivery is empty.
func (p Person) Suggest(ctx context.Context, on Surface, blockID, actionID, query string) ([]Option, Delivery) {
	s := on.surface()
	var block, element object
	interactive(s.blocks, func(b, e object) {
		if fetches(e) && asString(b["block_id"]) == blockID && asString(e["action_id"]) == actionID {
			block, element = b, e
		}
	})
	if element == nil {
		return nil, nothingSent("there is no external menu %s in block %s", actionID, blockID)
	}
	return p.suggest(ctx, s, block, element, query)
}

func (p Person) suggest(ctx context.Context, s surface, block, element object, query string) ([]Option, Delivery) {
	least := leastQuery
	if n, ok := element["min_query_length"].(float64); ok {
		least = int(n)
	}
	if utf8.RuneCountInString(query) < least {
		return nil, Delivery{}
	}
	payload, problem := p.suggestionPayload(s, block, element, query)
	if problem != "" {
		return nil, Delivery{Error: problem}
	}
	d := p.w.deliver(ctx, p.w.seal("interactive", payload, 0))
	if d.Error != "" {
		return nil, p.w.saw(d, cannotLoad)
	}
	offered, problems := readOptions(d.Ack)
	if len(problems) > 0 {
		p.w.edit(func() {
			p.w.rejected = append(p.w.rejected, Rejection{"block_suggestion", "invalid_options", problems})
		})
		return nil, p.w.saw(d, cannotLoad)
	}
	key := offerKey(p.ID, s.id(), block, element)
	p.w.edit(func() {
		for _, o := range offered {
			same := func(x object) bool { return x["value"] == o["value"] }
			p.w.offers[key] = append(slices.DeleteFunc(p.w.offers[key], same), o)
		}
	})
	return optionList(d.Ack), d
}

// readOptions returns the options in the ack of a block_suggestion, or their
// problems. An empty list is valid.
func readOptions(a object) (options []object, problems []string) {
	v := &validator{}
	var in object
	raw, _ := json.Marshal(a)
	_ = json.Unmarshal(raw, &in)
	shape := shape{"options": may(list(0, MaxOptions, option(plain))),
		"option_groups": may(list(0, MaxOptionGroups, optionGroup))}
	v.object("", in, shape)
	if in["options"] == nil && in["option_groups"] == nil {
		v.fault("/options", "missing required field: options")
	}
	return optionsOf(in), v.problems
}

func optionList(a object) []Option {
	var out []Option
	add := func(group string, of []object) {
		for _, o := range of {
			out = append(out, Option{group, textOf(o["text"]), asString(o["value"]), textOf(o["description"])})
		}
	}
	add("", objects(a["options"]))
	for _, g := range objects(a["option_groups"]) {
		add(textOf(g["label"]), objects(g["options"]))
	}
	return out
}

// askFor types the values for external menus, so that the app offers matching
// options.
func (p Person) askFor(ctx context.Context, v View, values map[string]string) {
	interactive(v.Blocks, func(b, e object) {
		if !fetches(e) {
			return
		}
		for _, name := range []string{asString(b["block_id"]), textOf(b["label"]), asString(e["action_id"])} {
			if value, given := values[name]; given {
				for _, one := range splitList(value) {
					p.suggest(ctx, v.surface(), b, e, one)
				}
				return
			}
		}
	})
}

// suggestionPayload returns the payload of block_suggestion
// (docs.slack.dev/reference/interaction-payloads/block_suggestion-payload).
func (p Person) suggestionPayload(s surface, block, element object, query string) (payload object, problem string) {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if u, ok := p.w.users[p.ID]; !ok || u.Deleted {
		return nil, p.ID + " is nobody here"
	}
	payload = p.interaction("block_suggestion")
	payload["block_id"], payload["action_id"], payload["value"] = block["block_id"], element["action_id"], query
	if s.view != nil {
		problem = p.actOnView(payload, s.view)
	} else {
		problem = p.actOnMessage(payload, s.message, object{})
	}
	for _, f := range []string{"trigger_id", "response_url", "state"} { // a suggestion is a query, not an action
		delete(payload, f)
	}
	return payload, problem
}
