package slackbot

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The modal for an extension: the additional duration and the reason.
const extendModal = "extend"

func (fs *forms) extendView(g grant.Grant, c click) slack.ModalViewRequest {
	most, n := fs.service.MaxExtension(g)
	free := ""
	if n > 0 {
		free = fmt.Sprintf(" One extension of up to %s needs no approval.", n)
	}
	name, on := blocks.Subject(g)
	content := []slack.Block{
		blocks.Section(fmt.Sprintf("%s %s %s %s until %s. An extension is approved like a request; the access goes on "+
			"without a gap. %s is the most.%s", name, blocks.Could(g), blocks.Verb(g.Level.Name), on, blocks.When(g.ExpiresAt),
			most, free)),
		blocks.Input(fieldTerm, "By how much", blocks.Choice(fieldTerm, "Choose", "", blocks.TermOptions(max(1, most))...),
			true),
		blocks.Input(fieldOther, "or another length", blocks.Line(fieldOther, "", "90m, 36h, 5d"), true),
		blocks.Input(fieldReason, "Why", blocks.Lines(fieldReason, ""), true),
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: extendModal, PrivateMetadata: metadata(c),
		Title: blocks.Plain("Extend "+string(c.ID), 24), Submit: blocks.Plain("Extend", 24), Close: blocks.Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}

// problemOfExtension returns a problem that can be corrected in the modal. Other problems are
// reported after the submission.
func (fs *forms) problemOfExtension(
	ctx context.Context, call commands.Invocation, a act,
) *slack.ViewSubmissionResponse {
	at := fieldTerm
	if a.OtherTerm || a.Term == "" {
		at = fieldOther
	}
	if _, err := grant.ParseTerm(a.Term); err != nil {
		no := grant.Refuse("Say by how much.")
		if a.Term != "" {
			no = blocks.Refused(err)
		}
		return blocks.Beside(no, nil, at)
	}
	c := *a.On
	if no := blocks.Refused(fs.service.Prechecks.CanExtend(ctx, call, c.ID, a.Term, a.Reason)); no != nil &&
		fs.service.Prechecks.CanExtend(ctx, call, c.ID, "", "") == nil {
		return blocks.Beside(no, map[grant.Field]string{grant.FieldReason: fieldReason}, at)
	}
	return nil
}
