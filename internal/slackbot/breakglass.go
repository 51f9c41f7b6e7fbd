package slackbot

import (
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The modal that confirms a break-glass. Slack shows it only to the person who typed the command.
const glassModal = "glass"

// A glass holds the typed values without the reason, which is a field of the modal: private
// metadata is limited. The journal uses the same names.
type glass struct{ Target, Level, Principal, Term string }

func (d glass) draft(reason string) grant.Draft {
	return grant.Draft{Target: d.Target, Level: d.Level, Principal: d.Principal, Term: d.Term, Reason: reason,
		BreakGlass: true}
}

func glassView(c commands.Confirm) slack.ModalViewRequest {
	g, d := c.Grant, c.Draft
	name, on := blocks.Subject(g)
	memory, _ := json.Marshal(glass{d.Target, d.Level, d.Principal, d.Term}) // cannot fail for strings
	head := fmt.Sprintf(":rotating_light: *%s could %s %s for %s, at once and without an approval.*\nThe channel is "+
		"told now, and one of %s reviews it afterwards. It cannot be extended.",
		name, blocks.Verb(g.Level.Name), on, g.Term, blocks.Mentions(g.Rule.Approvers))
	content := append([]slack.Block{blocks.Section(head)}, blocks.Facts(g)...)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: glassModal, PrivateMetadata: string(memory),
		Title: blocks.Plain("Break-glass", 24), Submit: blocks.Plain("Open it now", 24), Close: blocks.Plain("Do not", 24),
		Blocks: slack.Blocks{BlockSet: append(content,
			blocks.Input(fieldReason, "Why it cannot wait for an approval", blocks.Lines(fieldReason, d.Reason), false))},
	}
}
