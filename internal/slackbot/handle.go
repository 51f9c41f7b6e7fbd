package slackbot

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

const (
	ackWithin = 2 * time.Second
	actWithin = 30 * time.Second
)

// envelope has one envelope worked on, and does not wait for it.
func (s *socket) envelope(ctx context.Context, evt socketmode.Event) {
	select {
	case s.acts <- struct{}{}:
	default:
		// Not acknowledged: the person is told by Slack that nothing came of it.
		s.Log.ErrorContext(ctx, "too much to do, or stopping: an envelope was left to Slack")
		return
	}
	go func() {
		defer func() { <-s.acts }()
		ctx, cancel := context.WithTimeout(ctx, actWithin)
		defer cancel()
		s.handle(ctx, evt)
	}()
}

// handle sees to it that an envelope is acknowledged, once its effect is safe or
// at once if it has none that must be, and does what it asks for. One that comes
// again is acknowledged when the first was, and does nothing.
func (s *socket) handle(ctx context.Context, evt socketmode.Event) {
	in := incomingOf(evt)
	acked, again := s.seen.enter(time.Now(), in.keys...)
	ack := s.acker(ctx, evt.Request.EnvelopeID)
	if again {
		select {
		case <-acked:
			ack(nil)
		case <-ctx.Done():
		}
		return
	}
	ackOnce := func(payload any) {
		ack(payload)
		closeOnce(acked)
	}
	defer ackOnce(nil)
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "panic while handling an envelope", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			s.answer(ctx, in.place, commands.Answer{}, fmt.Errorf("a panic: %v", p))
		}
	}()
	call := commands.Call{By: in.by, Causes: []string{in.cause}}
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		if strings.TrimSpace(data.Text) == "" {
			ackOnce(nil)
			s.openForm(ctx, call, in.place, data.TriggerID, filled{})
			return
		}
		call.Reply = data.ResponseURL
		answer, err := s.Service.Command(ctx, call, data.Text, func() { ackOnce(nil) })
		if answer.Confirm != nil {
			s.confirmGlass(ctx, in.place, data.TriggerID, *answer.Confirm)
			return
		}
		s.answer(ctx, in.place, answer, err)
	case slackevents.EventsAPIEvent:
		ackOnce(nil)
		if opened, ok := data.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok && opened.Tab == "home" {
			s.homes.opens(grant.Person{Team: data.TeamID, User: opened.User}, s.Now())
		}
	case slack.InteractionCallback:
		s.interact(ctx, call, data, ackOnce)
	}
}

// closeOnce closes c unless it is closed. One goroutine does so.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// acker returns a function that acknowledges an envelope, the first time it is
// called. It only waits while twenty others wait to be sent.
func (s *socket) acker(ctx context.Context, id string) func(payload any) {
	var once sync.Once
	return func(payload any) {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWithin)
			defer cancel()
			if err := s.client.AckCtx(ctx, id, payload); err != nil {
				s.Log.WarnContext(ctx, "acknowledging an envelope", "err", err)
			}
		})
	}
}

// An incoming is what an envelope proves about itself.
type incoming struct {
	by    grant.Person
	cause string   // the key by which what it does is known when it comes again
	keys  []string // that, and the envelope's own
	place place    // where answers go
}

func incomingOf(evt socketmode.Event) incoming {
	env := "env:" + evt.Request.EnvelopeID
	in := incoming{cause: env, keys: []string{env}}
	trigger := ""
	switch data := evt.Data.(type) {
	case slack.SlashCommand:
		in.by, trigger = grant.Person{Team: data.TeamID, User: data.UserID}, data.TriggerID
		in.place = place{url: data.ResponseURL, channel: data.ChannelID, user: data.UserID}
	case slack.InteractionCallback:
		in.by, trigger = grant.Person{Team: data.User.TeamID, User: data.User.ID}, data.TriggerID
		if in.by.Team == "" {
			in.by.Team = data.Team.ID
		}
		in.place = place{url: data.ResponseURL, channel: data.Channel.ID, user: data.User.ID}
	}
	if trigger != "" { // of which there is one for each act, whatever envelope brings it
		in.cause = "trg:" + trigger
		in.keys = append(in.keys, in.cause)
	}
	return in
}
