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
	most, n := b.Service.MostMore(g)
	free := ""
	if n > 0 {
		free = fmt.Sprintf(" One extension of up to %s needs no approval.", n)
	}
	name, on := about(g)
	blocks := []slack.Block{
		section(fmt.Sprintf("%s %s %s %s until %s. An extension is approved like a request; the access goes on without a gap. %s is the most.%s", name, could(g), verb(g.Level.Name), on, when(g.ExpiresAt), most, free)),
		input(fieldTerm, "By how much", choice(fieldTerm, "Choose", "", termOptions(max(1, most))...), true),
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
	term, at := v.chosen(fieldTerm), fieldTerm
	if other := v.text(fieldOther); other != "" || term == "" {
		term, at = other, fieldOther
	}
	if _, err := grant.ParseTerm(term); err != nil {
		no := grant.Refuse("Say by how much.")
		if term != "" {
			no = refused(err)
		}
		ack(beside(no, nil, at))
		return
	}
	call.Causes = append(call.Causes, "view:"+in.View.ID) // sent twice, it counts once
	reason := v.text(fieldReason)
	// What can be mended stands beside its field; what cannot is said once the form is gone.
	if no := refused(b.Service.CouldExtend(ctx, call, c.ID, term, reason)); no != nil && b.Service.CouldExtend(ctx, call, c.ID, "", "") == nil {
		ack(beside(no, map[grant.Field]string{grant.FieldReason: fieldReason}, at))
		return
	}
	ack(nil)
	b.decided(ctx, in, c, allowed(actExtend), func() (commands.Answer, error) {
		return b.Service.Extend(ctx, call, c.ID, term, reason)
	})
}
