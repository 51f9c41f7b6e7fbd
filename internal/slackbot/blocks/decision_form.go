package blocks

import (
	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// DecisionCallback is the callback of the modal that confirms a typed decision.
const DecisionCallback = "decision"

// DecisionView shows the request like its card, without the buttons.
func DecisionView(g grant.Grant, others []grant.Grant, t commands.TypedDecision, memory string) slack.ModalViewRequest {
	content := []slack.Block{Section("This has just been posted or has changed, so please look at it once more.")}
	for _, block := range lastAsking(g, others).Blocks {
		if block.BlockType() != slack.MBTAction {
			content = append(content, block)
		}
	}
	submit := "Approve"
	if t.Verb == commands.Deny {
		submit = "Deny"
		content = append(content,
			Input(FieldReason, "Why? The person who asked is told.", Lines(FieldReason, t.Reason), false))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: DecisionCallback, PrivateMetadata: memory,
		Title: Plain(submit+" "+string(g.ID), 24), Submit: Plain(submit, 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
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
