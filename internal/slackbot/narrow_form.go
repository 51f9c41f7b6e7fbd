package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// The submit button of the narrowing form says whether the request is also approved. The label and
// the checkbox can differ: Slack may refuse an update of the label, or show it late. Then a submission
// does nothing: its acknowledgement brings the right label, and the person submits again.

// relabelNarrow updates the label after a tick. The hash prevents a late update from undoing a newer
// one.
func (fs *forms) relabelNarrow(ctx context.Context, in slack.InteractionCallback) {
	view, differs := blocks.RelabelNarrow(in.View)
	if !differs {
		return
	}
	if _, err := fs.api.UpdateViewContext(ctx, view, "", in.View.Hash, in.View.ID); err != nil &&
		!outbox.SaidBySlack(err, "hash_conflict", "not_found", "view_not_found") {
		fs.log.WarnContext(ctx, "updating the label of a narrowing form", "err", err)
	}
}

// unlabelled returns the acknowledgement of a narrowing form whose label differs from its checkbox, or
// nil.
func unlabelled(v slack.View) *slack.ViewSubmissionResponse {
	if v.CallbackID != blocks.NarrowCallback {
		return nil
	}
	view, differs := blocks.RelabelNarrow(v)
	if !differs {
		return nil
	}
	view = blocks.WithUnsavedNote(view)
	return slack.NewUpdateViewSubmissionResponse(&view)
}
