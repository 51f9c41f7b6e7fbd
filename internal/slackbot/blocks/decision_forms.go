package blocks

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// DecisionCallback is the callback of the modal that confirms a typed decision.
const DecisionCallback = "decision"

// DecisionView shows the request like its card, without the buttons.
func DecisionView(g grant.Grant, others []grant.Grant, t commands.TypedDecision, memory string) slack.ModalViewRequest {
	verb := "Approve"
	if t.Verb == commands.Deny {
		verb = "Deny"
	}
	content := []slack.Block{Section(fmt.Sprintf("This %s changed, or was posted just now. Check it again before you %s.",
		subject(g), strings.ToLower(verb)))}
	for _, block := range lastAsking(g, others).Blocks {
		if block.BlockType() != slack.MBTAction {
			content = append(content, block)
		}
	}
	if t.Verb == commands.Deny {
		content = append(content, Input(FieldReason, toldReason, Lines(FieldReason, t.Reason), false))
	}
	title := verb + " " + subject(g)
	return modal{callback: DecisionCallback, memory: memory, title: title, submit: title, close: "Cancel"}.view(content)
}

// subject names the kind of decision that g waits for.
func subject(g grant.Grant) string {
	if g.PendingExtension != nil {
		return "extension"
	}
	return "request"
}

// lastAsking returns the card that asks for the pending decision.
func lastAsking(g grant.Grant, others []grant.Grant) (m Message) {
	for _, d := range Drawings(g, others...) {
		if d.Asks > 0 {
			m = d.Message
		}
	}
	return m
}

// WhyBlock is the only block of the modals that ask for a reason.
const (
	WhyBlock = "why"
	whyInput = "reason"
)

// toldReason is the label of a reason that the requester is told.
const toldReason = "Reason (the requester sees it)"

// ReasonView draws the modal of an action that asks only for a reason. The action is also the callback.
func ReasonView(action string, g grant.Grant, memory string) slack.ModalViewRequest {
	about, title, label := AsksNow(g), "Deny "+subject(g), toldReason
	switch action {
	case ActRevoke:
		about, title = Summary(g)+", requested by "+Mention(g.Requester), "End access"
	case ActReview:
		about, title, label = "Break-glass by "+Mention(g.Requester)+": "+Summary(g), "Close review",
			"Findings (kept in the history)"
	}
	in := slack.NewPlainTextInputBlockElement(nil, whyInput)
	in.Multiline, in.MaxLength = true, MaxReason
	block := slack.NewInputBlock(WhyBlock, Plain(label, 2000), nil, in)
	block.Optional = action == ActRevoke
	return modal{callback: action, memory: memory, title: title, submit: title, close: "Cancel"}.view(
		[]slack.Block{Section("`" + string(g.ID) + "` " + about), block})
}

// Why reads the modal.
func (v Values) Why() string { return strings.TrimSpace(v[WhyBlock][whyInput].Value) }
