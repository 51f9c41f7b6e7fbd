package slacksim_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"s3share/internal/sim/slacksim"
)

// A bot is the smallest app: the real client and a handler function.
type bot struct {
	*slack.Client
	url   string
	start func(handle func(*socketmode.Client, socketmode.Event)) (stop func())
}

// patience is the longest wait of a test for an expected event.
const patience = time.Minute

// newWorkspace returns a workspace with Rita, Ada and #s3-admins, and a client
// for it.
func newWorkspace(t *testing.T, cfg slacksim.Config) (*slacksim.Workspace, *bot) {
	t.Helper()
	if cfg.AckWithin == 0 && cfg.After == nil {
		cfg.AckWithin = patience // a slow machine must not fail the test
	}
	w := slacksim.New(cfg)
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	t.Cleanup(w.Close)
	w.AddUser(slacksim.User{ID: "U0RITA", Name: "rita", Email: "rita@acme.example"})
	w.AddUser(slacksim.User{ID: "U0ADA", Name: "ada"})
	w.AddChannel("C0ADMIN", "s3-admins", "U0ADA", "U0RITA")
	w.AddGroup("S0PLATFORM", "platform", "U0ADA")
	return w, newBot(t, srv.URL, "xoxb-bot", "xapp-app")
}

func newBot(t *testing.T, url, botToken, appToken string) *bot {
	quiet := log.New(io.Discard, "", 0)
	b := &bot{url: url}
	b.Client = slack.New(botToken, slack.OptionAppLevelToken(appToken), slack.OptionAPIURL(url+"/api/"), slack.OptionLog(quiet))
	b.start = func(handle func(*socketmode.Client, socketmode.Event)) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		sm := socketmode.New(b.Client, socketmode.OptionLog(quiet))
		done := make(chan struct{})
		go func() { defer close(done); _ = sm.RunContext(ctx) }()
		go func() {
			for {
				select {
				case e := <-sm.Events:
					if e.Request != nil && e.Request.EnvelopeID != "" {
						handle(sm, e)
					}
				case <-ctx.Done():
					return
				}
			}
		}()
		stop = func() { cancel(); <-done }
		t.Cleanup(stop)
		return stop
	}
	return b
}

// connect starts the bot and waits until it is connected.
func (b *bot) connect(t *testing.T, w *slacksim.Workspace, handle func(*socketmode.Client, socketmode.Event)) {
	t.Helper()
	n := len(w.Conns())
	b.start(handle)
	wait(t, w, func() bool { return len(w.Conns()) == n+1 })
}

func ackAll(sm *socketmode.Client, e socketmode.Event) { _ = sm.Ack(*e.Request) }

func wait(t *testing.T, w *slacksim.Workspace, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := w.Wait(ctx, cond); err != nil {
		t.Fatal(err)
	}
}

func pretty(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// A whole conversation: a command opens a form, the form posts a card, and a
// press on the card's button changes it.
func TestConversation(t *testing.T) {
	w, b := newWorkspace(t, slacksim.Config{})
	b.connect(t, w, func(sm *socketmode.Client, e socketmode.Event) {
		_ = sm.Ack(*e.Request)
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			_, err := b.OpenView(d.TriggerID, slack.ModalViewRequest{
				Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", "Request", false, false),
				Submit: slack.NewTextBlockObject("plain_text", "Ask", false, false), PrivateMetadata: d.ChannelID,
				Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("reason",
					slack.NewTextBlockObject("plain_text", "Reason", false, false), nil,
					slack.NewPlainTextInputBlockElement(nil, "text"))}},
			})
			if err != nil {
				t.Error(err)
			}
		case slack.InteractionCallback:
			switch d.Type {
			case slack.InteractionTypeViewSubmission:
				reason := d.View.State.Values["reason"]["text"].Value
				_, _, err := b.PostMessage("C0ADMIN", slack.MsgOptionText("Rita asks", false), slack.MsgOptionBlocks(
					slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", reason, false, false), nil, nil),
					slack.NewActionBlock("decide", slack.NewButtonBlockElement("approve", "G1", slack.NewTextBlockObject("plain_text", "Approve", false, false))),
				))
				if err != nil {
					t.Error(err)
				}
			case slack.InteractionTypeBlockActions:
				_, _, _, err := b.UpdateMessage(d.Channel.ID, d.Message.Timestamp, slack.MsgOptionText(d.User.Name+" approved "+d.ActionCallback.BlockActions[0].Value, false))
				if err != nil {
					t.Error(err)
				}
			}
		}
	})
	ctx := t.Context()
	rita, ada := w.As("U0RITA"), w.As("U0ADA")
	if d := rita.Slash(ctx, "C0ADMIN", "/s3share", ""); d.Error != "" || !d.Acked {
		t.Fatalf("slash: %s", pretty(d))
	}
	wait(t, w, func() bool { return w.View("U0RITA") != nil })
	if d := rita.Submit(ctx, *w.View("U0RITA"), map[string]string{"Reason": "nightly build"}); d.Error != "" {
		t.Fatalf("submit: %s", pretty(d))
	}
	if w.View("U0RITA") != nil {
		t.Error("the form is still open after it was submitted")
	}
	wait(t, w, func() bool { return len(w.Messages("C0ADMIN")) == 1 })
	card := w.Messages("C0ADMIN")[0]
	if got, want := card.Plain(), "nightly build\nApprove"; got != want {
		t.Errorf("card reads %q, want %q", got, want)
	}
	if d := ada.Press(ctx, card, "Approve"); d.Error != "" {
		t.Fatalf("press: %s", pretty(d))
	}
	wait(t, w, func() bool { m, _ := w.Message(card.Channel, card.TS); return m.Edited == 1 })
	card, _ = w.Message(card.Channel, card.TS)
	if card.Text != "ada approved G1" || len(card.Buttons()) != 0 || card.History[0].Text != "Rita asks" {
		t.Errorf("after the press: %s", pretty(card))
	}
	if bad := w.Rejected(); len(bad) > 0 {
		t.Errorf("refused: %s", pretty(bad))
	}
}
