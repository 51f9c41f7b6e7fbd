package slackbot

import (
	"context"
	"encoding/json"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// sentAct returns the act of a submitted modal. It does not validate it.
func sentAct(in slack.InteractionCallback) (a act, ok bool) {
	// all others need a field
	if in.View.State == nil && in.View.CallbackID != blocks.DecisionCallback && in.View.CallbackID != blocks.ActRevoke {
		return a, false
	}
	v := blocks.ValuesOf(in.View)
	a = act{Action: in.View.CallbackID, View: in.View.ID}
	switch in.View.CallbackID {
	case blocks.RequestCallback:
		f := blocks.RequestValuesOf(in.View)
		a.Verb, a.Form = commands.Request, &f
		return a, true
	case blocks.GlassCallback:
		a.Verb, a.Glass, a.Reason = commands.BreakGlass, new(blocks.GlassValues), v.Text(blocks.FieldReason)
		return a, json.Unmarshal([]byte(in.View.PrivateMetadata), a.Glass) == nil
	case blocks.BulkCallback:
		a.Verb = commands.ApproveSeveral
		a.Picks, ok = picked(v)
		return a, ok
	case blocks.DecisionCallback:
		return sentDecision(in, a)
	}
	var c click
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &c) != nil || c.ID == "" {
		return a, false
	}
	a.On, a.Channel = &c, c.Channel
	switch in.View.CallbackID {
	case blocks.NarrowCallback:
		n := blocks.NarrowValuesOf(v)
		if a.Verb, a.Narrow = commands.Narrow, &n; n.Approve {
			a.Verb = commands.NarrowAndApprove
		}
	case blocks.ExtendCallback:
		a.Verb, a.Reason = commands.Extend, v.Text(blocks.FieldReason)
		a.Term = v.Text(blocks.FieldOther)
		if a.OtherTerm = a.Term != ""; !a.OtherTerm {
			a.Term = v.Chosen(blocks.FieldTerm)
		}
	default:
		m, known := reasons[in.View.CallbackID]
		if !known {
			return a, false
		}
		a.Verb, a.Reason = m.verb, v.Why()
	}
	return a, true
}

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
	if before, known := in.dedupe.knows(key); known && before != in.first {
		in.sameAs(ctx, before)
		return
	}
	if in.entry.crowded && !in.worker.doneBefore(ctx, in.entry.act) {
		in.refuseCrowded(ctx)
		return
	}
	if problem := in.problem(ctx, in.entry.act); problem != nil {
		in.reject()
		in.ack(ctx, problem)
		return
	}
	if before, taken := in.dedupe.claim(time.Now(), in.first, key); taken {
		in.sameAs(ctx, before)
		return
	}
	in.keep(ctx)
}

// sameAs acknowledges a duplicate after the other delivery.
func (in *incoming) sameAs(ctx context.Context, before *sighting) {
	in.reject()
	select {
	case <-before.settled:
	case <-ctx.Done():
	}
	if before.isSettled() && before.acked {
		in.ack(ctx, before.payload)
		return
	}
	in.dedupe.forget(in.first)
}

// problem returns a problem of a submitted modal by the payload, the config and the store; nil:
// none, or not found in time. All checks are repeated when the act is carried out.
func (b *Bot) problem(ctx context.Context, a act) *slack.ViewSubmissionResponse {
	ctx, cancel := context.WithTimeout(ctx, validateWithin)
	defer cancel()
	call := a.call()
	call.Received = b.Now()
	if b.worker.doneBefore(ctx, a) {
		return nil
	}
	switch a.Action {
	case blocks.RequestCallback:
		return b.forms.problemOfRequest(ctx, call, *a.Form)
	case blocks.GlassCallback:
		if no := blocks.Refused(b.Service.Prechecks.CanRequest(ctx, call, a.Glass.Draft(a.Reason))); no != nil {
			return blocks.Beside(no, nil, blocks.FieldReason)
		}
	case blocks.BulkCallback:
		if len(a.Picks) == 0 {
			return blocks.Beside(grant.Refuse("Tick what you approve."), nil, blocks.BulkBlock)
		}
	case blocks.DecisionCallback:
		return b.problemOfDecision(ctx, call, a)
	case blocks.NarrowCallback:
		// Problems that cannot be corrected here are reported after the form is closed.
		c, to := *a.On, a.Narrow.Smaller()
		if no := blocks.Refused(b.Service.Prechecks.CanNarrow(ctx, call, c.ID, c.Revision, to)); no != nil &&
			b.Service.Prechecks.CanNarrow(ctx, call, c.ID, c.Revision, commands.Smaller{}) == nil {
			return blocks.Beside(no, blocks.FieldBlocks, blocks.FieldTerm)
		}
	case blocks.ExtendCallback:
		return b.forms.problemOfExtension(ctx, call, a)
	default:
		m := reasons[a.Action]
		if no := blocks.Refused(m.could(b.Service.Prechecks, ctx, call, *a.On, a.Reason)); no != nil &&
			m.could(b.Service.Prechecks, ctx, call, *a.On, "?") == nil {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{blocks.WhyBlock: blocks.BesideField(no)})
		}
	}
	return nil
}

// picked returns the ticked items of a bulk approval. ok is false if one is unreadable.
func picked(v blocks.Values) (picks []pick, ok bool) {
	for _, value := range blocks.BulkTicked(v) {
		id, revision, ok := blocks.ParseValue(value)
		if !ok {
			return nil, false
		}
		picks = append(picks, pick{ID: id, Revision: revision})
	}
	return picks, true
}
