package slackbot

import (
	"context"
	"time"

	"github.com/slack-go/slack"
)

// submitted handles a submitted modal. A redelivery is acknowledged as before. Problems are
// reported in the acknowledgement, so that the typed text stays; this needs no call to Slack or
// AWS.
func (in *incoming) submitted(ctx context.Context, data slack.InteractionCallback) {
	if in.entry == nil {
		in.logUnreadable(ctx, data, "a form")
		in.ack(ctx, unreadableForm())
		return
	}
	key := "view:" + data.View.ID
	if before, known := in.r.dedupe.knows(key); known && before != in.first {
		in.sameAs(ctx, before)
		return
	}
	if in.entry.crowded && !in.r.performer.doneBefore(ctx, in.entry.act) {
		in.refuseCrowded(ctx)
		return
	}
	in.r.formUpdates.cancel(data.View.ID)
	if problem := in.problem(ctx, data.View); problem != nil {
		in.reject()
		in.ack(ctx, problem)
		return
	}
	if before, taken := in.r.dedupe.claim(time.Now(), in.first, key); taken {
		in.sameAs(ctx, before)
		return
	}
	in.keep(ctx)
}

// problem returns a problem of a submitted modal that was not carried out before.
func (in *incoming) problem(ctx context.Context, view slack.View) *slack.ViewSubmissionResponse {
	ctx, cancel := context.WithTimeout(ctx, validateWithin)
	defer cancel()
	if in.r.performer.doneBefore(ctx, in.entry.act) {
		return nil
	}
	if relabelled := unlabelled(view); relabelled != nil {
		return relabelled
	}
	return in.r.forms.problem(ctx, in.entry.act)
}

// sameAs acknowledges a duplicate after the other delivery.
func (in *incoming) sameAs(ctx context.Context, before *firstDelivery) {
	in.reject()
	select {
	case <-before.settled:
	case <-ctx.Done():
	}
	if before.isSettled() && before.acked {
		in.ack(ctx, before.payload)
		return
	}
	in.r.dedupe.forget(in.first)
}
