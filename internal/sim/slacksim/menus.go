package slacksim

import (
	"maps"
	"strings"
)

// fetches reports whether Slack asks the app for the options of e.
func fetches(e object) bool {
	return e["type"] == "external_select" || e["type"] == "multi_external_select"
}

// offered returns the element with the options that the app has offered user so
// far, if the element fetches them. The caller holds vs.mu.
func (vs *openViews) offered(user, where string, block, element object) object {
	if !fetches(element) {
		return element
	}
	out := maps.Clone(element)
	options := []any{}
	for _, o := range vs.offers[offerKey(user, where, block, element)] {
		options = append(options, o)
	}
	for _, o := range append(objects(element["initial_options"]), objects([]any{element["initial_option"]})...) {
		options = append(options, o)
	}
	out["options"] = options
	return out
}

func offerKey(user, where string, block, element object) string {
	return strings.Join([]string{user, where, asString(block["block_id"]), asString(element["action_id"])}, "\x00")
}
