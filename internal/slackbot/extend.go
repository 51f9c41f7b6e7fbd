package slackbot

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// The modal that asks by how much a grant is to be extended, and why.
const extendModal = "extend"

func (b *Bot) extendView(g grant.Grant, c click) slack.ModalViewRequest {
	rule, _ := b.Service.RuleFor(g.Bucket.Name)
	free := ""
	if n := rule.FreeExtension; n > 0 {
		free = fmt.Sprintf(" One extension of up to %s needs no approval.", n)
	}
	name, on := about(g)
	blocks := []slack.Block{
		section(fmt.Sprintf("%s can %s %s until %s. An extension is approved like a request; the access goes on without a gap.%s", name, verb(g.Level.Name), on, when(g.ExpiresAt), free)),
		input(fieldTerm, "By how much", choice(fieldTerm, "Choose", "", termOptions(rule.MaxTerm)...), true),
		input(fieldOther, "or another length", line(fieldOther, "", "90m, 36h, 5d"), true),
		input(fieldReason, "Why", lines(fieldReason, ""), true),
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: extendModal, PrivateMetadata: metadata(c),
		Title: plain("Extend "+string(c.ID), 24), Submit: plain("Extend", 24), Close: plain("Back", 24), Blocks: slack.Blocks{BlockSet: blocks},
	}
}

func (b *Bot) submitExtension(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	var c click
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &c) != nil {
		return
	}
	v := valuesOf(in.View)
	term := v.chosen(fieldTerm)
	if other := v.text(fieldOther); other != "" {
		term = other
	}
	if _, err := grant.ParseTerm(term); err != nil {
		no := grant.Refuse("Say by how much.")
		if term != "" {
			no = refused(err)
		}
		ack(beside(no, nil, fieldOther))
		return
	}
	ack(nil)
	call.Causes = append(call.Causes, "view:"+in.View.ID) // sent twice, it counts once
	b.decided(ctx, in, c, allowed(actExtend), func() (commands.Answer, error) {
		return b.Service.Extend(ctx, call, c.ID, term, v.text(fieldReason))
	})
}
