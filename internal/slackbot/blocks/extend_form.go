package blocks

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// ExtendCallback is the callback of the modal for an extension.
const ExtendCallback = "extend"

// ExtendView draws the modal: the additional duration and the reason. most is the longest extension;
// free is the longest one that needs no approval, or zero.
func ExtendView(g grant.Grant, most, free grant.Term, memory string) slack.ModalViewRequest {
	unasked := ""
	if free > 0 {
		unasked = fmt.Sprintf(" One extension of up to %s needs no approval.", free)
	}
	name, on := Subject(g)
	content := []slack.Block{
		Section(fmt.Sprintf("%s %s %s %s until %s. An extension is approved like a request; the access goes on "+
			"without a gap. %s is the most.%s", name, Could(g), Verb(g.Level.Name), on, When(g.ExpiresAt), most, unasked)),
		Input(FieldTerm, "By how much", Choice(FieldTerm, "Choose", "", TermOptions(max(1, most))...), true),
		Input(FieldOther, "or another length", Line(FieldOther, "", "90m, 36h, 5d"), true),
		Input(FieldReason, "Why", Lines(FieldReason, ""), true),
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: ExtendCallback, PrivateMetadata: memory,
		Title: Plain("Extend "+string(g.ID), 24), Submit: Plain("Extend", 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}
