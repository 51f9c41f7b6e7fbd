package outbox

import (
	"context"
	"crypto/rand"

	"s3share/internal/backoff"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// Announce posts a person's act that affects everything, and its reason, to the admin channel. A
// lost post is not retried: the audit log has the act.
func (o *Outbox) Announce(ctx context.Context, by grant.Person, did, why string) {
	text := ":rotating_light: " + blocks.Mention(by) + " " + blocks.Safe(did, 1000)
	if why != "" {
		text += " Why: " + blocks.Safe(why, 2000)
	}
	o.alert(ctx, text, true)
}

// Alert posts a line to the admin channel, and reports whether Slack accepted it.
func (o *Outbox) Alert(ctx context.Context, text string) (posted bool) {
	return o.alert(ctx, blocks.Safe(text, 3500), false)
}

// Report queues an alert that must not be lost.
func (o *Outbox) Report(ctx context.Context, text string) {
	if o.reportLater == nil {
		o.Alert(ctx, text)
		return
	}
	if err := o.reportLater(ctx, text); err != nil {
		o.log.ErrorContext(ctx, "an alert is lost", "alert", text, "err", err)
	}
}

// Urge is Alert for an urgent line, which goes before all others.
func (o *Outbox) Urge(ctx context.Context, text string) (posted bool) {
	return o.alert(ctx, blocks.Safe(text, 3500), true)
}

// alert posts an escaped line to the admin channel; urgent ones go first.
func (o *Outbox) alert(ctx context.Context, text string, urgent bool) (posted bool) {
	for try := range 3 {
		holder := rand.Text()
		if urgent {
			o.limiter.prioritize(o.adminChannel, holder)
		}
		if !o.limiter.wait(ctx, o.adminChannel, holder) {
			return false
		}
		_, _, err := o.api.PostMessageContext(ctx, o.adminChannel, blocks.Message{Text: text}.Options()...)
		o.noteAdminPost(ctx, err)
		if err == nil || IsPermanent(err) {
			return err == nil
		}
		o.log.WarnContext(ctx, "posting an alert", "try", try+1, "err", err)
		if !backoff.Wait(ctx, retryAfter(err, try)) {
			return false
		}
	}
	return false
}
