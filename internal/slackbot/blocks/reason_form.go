package blocks

import (
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// WhyBlock is the only block of the modals that ask for a reason.
const (
	WhyBlock = "why"
	whyInput = "reason"
)

// reasons are those modals, by their action. The action is also the callback.
var reasons = map[string]struct {
	title, label, submit string
	optional             bool
}{
	ActDeny: {title: "Deny ", label: "Why? The person who asked is told.", submit: "Deny"},
	ActRevoke: {title: "End ", label: "Why does it end before its time? The person who asked is told.",
		submit: "End it", optional: true},
	ActReview: {title: "Review ", label: "What did you find? It stays in the history.", submit: "Close review"},
}

// ReasonView draws the modal of an action that asks only for a reason.
func ReasonView(action string, id grant.ID, memory string) slack.ModalViewRequest {
	m := reasons[action]
	in := slack.NewPlainTextInputBlockElement(nil, whyInput)
	in.Multiline, in.MaxLength = true, MaxReason
	block := slack.NewInputBlock(WhyBlock, Plain(m.label, 2000), nil, in)
	block.Optional = m.optional
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: action, PrivateMetadata: memory,
		Title: Plain(m.title+string(id), 24), Submit: Plain(m.submit, 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{block}},
	}
}

// Why reads the modal.
func (v Values) Why() string { return strings.TrimSpace(v[WhyBlock][whyInput].Value) }
