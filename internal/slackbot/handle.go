package slackbot

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

const (
	ackWithin = 2 * time.Second
	actWithin = 30 * time.Second
)

// envelope takes one envelope: it sees to it that it is acknowledged, and has a
// worker do the rest.
func (b *Bot) envelope(ctx context.Context, client *socketmode.Client, evt socketmode.Event) {
	id := evt.Request.EnvelopeID
	var once sync.Once
	ack := func(payload any) {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWithin)
			defer cancel()
			if err := client.AckCtx(ctx, id, payload); err != nil {
				b.Log.WarnContext(ctx, "acknowledging an envelope", "err", err)
			}
		})
	}
	act := func(ctx context.Context) {}
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		act = func(ctx context.Context) { b.slash(ctx, id, data, func() { ack(nil) }) }
	case slack.InteractionCallback:
		act = func(ctx context.Context) { b.interact(ctx, id, data, ack) }
	}
	select {
	case b.work <- func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), actWithin)
		defer cancel()
		defer ack(nil)
		act(ctx)
	}:
	default:
		b.Log.ErrorContext(ctx, "too much to do: an envelope was left to be sent again")
	}
}

func causes(envelope, trigger string) []string {
	keys := []string{"env:" + envelope}
	if trigger != "" {
		keys = append(keys, "trg:"+trigger)
	}
	return keys
}

// slash runs what somebody typed, and answers where they typed it.
func (b *Bot) slash(ctx context.Context, envelope string, cmd slack.SlashCommand, ack func()) {
	call := commands.Call{
		By:     grant.Person{Team: cmd.TeamID, User: cmd.UserID},
		Causes: causes(envelope, cmd.TriggerID),
		Reply:  cmd.ResponseURL,
	}
	if b.seen.again(time.Now(), call.Causes...) {
		ack()
		return
	}
	answer, err := b.Service.Command(ctx, call, cmd.Text, ack)
	b.answer(ctx, place{url: cmd.ResponseURL, channel: cmd.ChannelID, user: cmd.UserID}, answer, err)
}

// A place is where an answer goes: to one person, where they are.
type place struct{ url, channel, user string }

// answer tells one person what came of what they did.
func (b *Bot) answer(ctx context.Context, to place, a commands.Answer, err error) {
	var no *grant.Refusal
	switch {
	case errors.As(err, &no):
		b.tell(ctx, to, message{text: refusal(no)})
	case err != nil:
		ref := rand.Text()[:8]
		b.Log.ErrorContext(ctx, "a fault while doing what somebody asked", "reference", ref, "person", to.user, "err", err)
		b.tell(ctx, to, message{text: "Something broke on my side. `/s3share list` shows whether it was stored. The people who run s3share can look up the reference " + ref + "."})
	case !a.Silent:
		b.tell(ctx, to, drawn(a, b.Now()))
	}
}

// tell sends an ephemeral message: by the response URL, else into the channel,
// else directly.
func (b *Bot) tell(ctx context.Context, to place, m message) {
	if to.url != "" && b.respond(ctx, to.url, m) == nil {
		return
	}
	options := quiet(m.text)
	if len(m.blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.blocks...))
	}
	if to.channel != "" {
		if _, err := b.api.PostEphemeralContext(ctx, to.channel, to.user, options...); err == nil {
			return
		}
	}
	if _, _, err := b.api.PostMessageContext(ctx, to.user, options...); err != nil {
		b.Log.WarnContext(ctx, "an answer could not be given", "person", to.user, "err", err)
	}
}

func (b *Bot) respond(ctx context.Context, url string, m message) error {
	off := false
	hook := &slack.WebhookMessage{Text: m.text, ResponseType: slack.ResponseTypeEphemeral, UnfurlLinks: &off, UnfurlMedia: &off}
	if len(m.blocks) > 0 {
		hook.Blocks = &slack.Blocks{BlockSet: m.blocks}
	}
	var err error
	for try := range 3 {
		if err = slack.PostWebhookCustomHTTPContext(ctx, url, b.http, hook); err == nil || !pause(ctx, time.Duration(try)*300*time.Millisecond) {
			return err
		}
	}
	return err
}
