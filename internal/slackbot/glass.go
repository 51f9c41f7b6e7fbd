package slackbot

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// The modal in which a break-glass is confirmed. Slack shows it to nobody but
// the person who typed the command, so what they send is theirs.
const glassModal = "glass"

// A glassDraft is what was typed but the reason, which is a field of the modal:
// what a modal remembers has an end.
type glassDraft struct{ Target, Level, Principal, Term string }

// confirmGlass opens the modal.
func (b *Bot) confirmGlass(ctx context.Context, to place, trigger string, c commands.Confirm) {
	if _, err := b.api.OpenViewContext(ctx, trigger, glassView(c)); err != nil {
		b.Log.WarnContext(ctx, "opening a modal", "person", to.user, "err", err)
		b.answer(ctx, to, commands.Answer{}, grant.Refuse("Nothing was opened: I could not ask you to confirm it.").WithHint("Type it again."))
	}
}

func glassView(c commands.Confirm) slack.ModalViewRequest {
	g, d := c.Grant, c.Draft
	name, on := about(g)
	memory, _ := json.Marshal(glassDraft{d.Target, d.Level, d.Principal, d.Term}) // of strings: it cannot fail
	head := fmt.Sprintf(":rotating_light: *%s could %s %s for %s, at once and without an approval.*\nThe channel is told now, and one of %s reviews it afterwards. It cannot be extended.",
		name, verb(g.Level.Name), on, g.Term, mentions(g.Rule.Approvers))
	blocks := append([]slack.Block{section(head)}, facts(g)...)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: glassModal, PrivateMetadata: string(memory),
		Title: plain("Break-glass", 24), Submit: plain("Open it now", 24), Close: plain("Do not", 24),
		Blocks: slack.Blocks{BlockSet: append(blocks, input(fieldReason, "Why it cannot wait for an approval", lines(fieldReason, d.Reason), false))},
	}
}

// submitGlass stores what was confirmed before it is acknowledged. What stands
// against it by now is said beside the reason.
func (b *Bot) submitGlass(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	var d glassDraft
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &d) != nil {
		return
	}
	call.Causes = append(call.Causes, "view:"+in.View.ID) // sent twice, it counts once
	answer, err := b.Service.BreakGlass(ctx, call, grant.Draft{
		Target: d.Target, Level: d.Level, Principal: d.Principal, Term: d.Term, Reason: valuesOf(in.View).text(fieldReason),
	})
	if no := refused(err); no != nil {
		ack(beside(no, nil, fieldReason))
		return
	}
	ack(nil)
	b.answer(ctx, place{user: in.User.ID}, answer, err)
}
