package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"s3share/internal/sim/slacksim"
)

type state = map[string]map[string]map[string]any

func one(name string, v any) map[string]map[string]any {
	return map[string]map[string]any{"x": {name: v}}
}

func option(v string) map[string]any { return map[string]any{"value": v} }

// filled are Rita's values for the form. Optional fields stay empty.
func filled(reason string) state {
	return state{
		"bucket": one("selected_option", option("fixtures")), "who": one("selected_user", "U0ADA"),
		"reason": one("value", reason),
		"day":    one("selected_date", "2027-01-31"), "hour": one("selected_time", "17:05"),
		"term": one("selected_option", option("8h")),
	}
}

// commandToHome plays a whole conversation: command, form, errors beside a
// field, card, refusal, approval, thread, Home tab.
func (s *stage) commandToHome(ctx context.Context) {
	s.went("help", s.rita.Slash(ctx, "C0ADMIN", "/ask", "help"))
	s.whispered(ctx, "U0RITA", "Type /ask alone.")
	s.went("/ask", s.rita.Slash(ctx, "C0ADMIN", "/ask", ""))
	form := s.shown(ctx, "U0RITA", "ask")
	offered, d := s.rita.Suggest(ctx, form, "bucket", "x", "fi")
	s.went("typing", d)
	s.check(len(offered) == 1 && offered[0].Value == "fixtures", "offered %v", offered)
	d = s.rita.SubmitState(ctx, form, filled("no reason"))
	s.check(d.FieldErrors["reason"] == "Give a reason.", "beside the field: %v", d.FieldErrors)
	s.went("preview", s.rita.Press(ctx, form, "Preview"))
	s.until(ctx, "the preview is filled in", func() bool {
		v := s.w.View("U0RITA")
		return v != nil && v.Plain() == "Preview\nbucket read"
	})
	s.check(len(s.w.ViewStack("U0RITA")) == 2, "the preview is not on top of the form")
	if v := s.w.View("U0RITA"); v != nil {
		s.rita.Close(ctx, *v)
	}
	s.went("submission", s.rita.SubmitState(ctx, s.shown(ctx, "U0RITA", "ask"), filled("nightly build")))
	s.check(s.w.View("U0RITA") == nil, "the form is still open")
	s.until(ctx, "the card is posted", func() bool { return len(s.w.Messages("C0ADMIN")) == 1 })
	s.until(ctx, "rita is told", func() bool { return len(s.w.DMs("U0RITA")) == 1 })
	if len(s.wrong) > 0 {
		return
	}
	card := s.w.Messages("C0ADMIN")[0]
	s.check(card.Text == "<@U0RITA> asks: ada may read fixtures for 8h", "the card says %q", card.Text)
	s.check(fmt.Sprint(card.Metadata["event_payload"]) == "map[id:G1]", "the card's metadata is %v", card.Metadata)
	s.went("a guest presses", s.gus.Press(ctx, card, "Approve"))
	s.whispered(ctx, "U0GUS", "You may not approve.")
	s.went("approval", s.ada.Press(ctx, card, "Approve"))
	s.until(ctx, "the card is changed", func() bool { m, _ := s.w.Message(card.Channel, card.TS); return m.Edited == 1 })
	changed, _ := s.w.Message(card.Channel, card.TS)
	s.check(changed.Text == "G1 approved by <@U0ADA>" && len(changed.Buttons()) == 0 && changed.Metadata != nil,
		"the card became %+v", changed)
	s.until(ctx, "the Home shows it", func() bool {
		h := s.w.Home("U0ADA")
		return h != nil && strings.HasPrefix(h.Plain(), "G1 approved by <@U0ADA>, 1 answer")
	})
	s.went("opening the Home", s.rita.OpenHome(ctx))
	s.until(ctx, "rita has a Home", func() bool { return s.w.Home("U0RITA") != nil })
	if home := s.w.Home("U0RITA"); home != nil {
		s.went("a button of the Home", s.rita.Press(ctx, *home, "Request access"))
	}
	s.rita.Close(ctx, s.shown(ctx, "U0RITA", "ask"))
	s.whispered(ctx, "U0RITA", "Never mind.")
}

// everyElement uses all other elements of forms and messages.
func (s *stage) everyElement(ctx context.Context) {
	s.went("opening the Home again", s.rita.OpenHome(ctx))
	s.went("opening the messages", s.rita.OpenMessages(ctx))
	s.went("/ask", s.rita.Slash(ctx, "C0ADMIN", "/ask", ""))
	form := s.shown(ctx, "U0RITA", "ask")
	for block, query := range map[string]string{"bucket": "fi", "buckets": ""} {
		_, d := s.rita.Suggest(ctx, form, block, "x", query)
		s.went("typing", d)
	}
	optional := state{
		"people":  one("selected_users", []any{"U0ADA", "U0BOB"}),
		"labels":  one("selected_options", []any{option("1"), option("2")}),
		"buckets": one("selected_options", []any{option("logs")}), "where": one("selected_conversation", "C0ADMIN"),
		"channel": one("selected_channel", "C0ADMIN"),
		"days":    one("value", "3"), "mail": one("value", "a@b.example"),
		"ticket": one("value", "https://tickets.example/1"),
		"start":  one("selected_date_time", 1_800_000_000), "options": one("selected_options", []any{option("tell")}),
	}
	all := filled("because")
	maps.Copy(all, optional)
	before := len(s.w.Messages("C0ADMIN"))
	s.went("submission", s.rita.SubmitState(ctx, form, all))
	s.until(ctx, "the second card is posted", func() bool { return len(s.w.Messages("C0ADMIN")) == before+1 })
	if len(s.wrong) > 0 {
		return
	}
	card := s.w.Messages("C0ADMIN")[before]
	for _, use := range []struct {
		action string
		state  map[string]any
		told   string
	}{
		{"rest", map[string]any{"selected_option": option("details")}, "rest: details"},
		{"extend", map[string]any{"selected_option": option("8h")}, "extend: 8h"},
		{"hand_over", map[string]any{"selected_user": "U0BOB"}, "hand_over: U0BOB"},
		{"until", map[string]any{"selected_date": "2027-02-01"}, "until: 2027-02-01"},
		{"console", nil, "console: button"},
	} {
		s.went(use.action, s.rita.Act(ctx, card, "decide", use.action, use.state))
		s.whispered(ctx, "U0RITA", use.told)
	}
}

func (s *stage) shortcuts(ctx context.Context) {
	s.went("a shortcut", s.rita.Shortcut(ctx, "ask_anywhere"))
	s.rita.Close(ctx, s.shown(ctx, "U0RITA", "ask"))
	s.whispered(ctx, "U0RITA", "Never mind.")
	m := s.w.Messages("C0ADMIN")[0]
	s.went("a shortcut of a message", s.rita.MessageShortcut(ctx, m, "ask_about"))
	s.whispered(ctx, "U0RITA", "About "+m.TS)
}

func (s *stage) closing(ctx context.Context) {
	s.went("closing", s.rita.Close(ctx, s.shown(ctx, "U0RITA", "ask")))
	s.whispered(ctx, "U0RITA", "Never mind.")
}

// refusals checks the errors that Slack's own client derives from slacksim's
// answers.
func (s *stage) refusals(ctx context.Context) {
	for text, want := range map[string]string{
		"blocks": "invalid_blocks; [ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]",
		"view": "invalid_arguments; [ERROR] failed to match all allowed schemas [json-pointer:/view]; [ERROR] " +
			"must be less than 25 characters [json-pointer:/view/title/text]",
		"validate": "invalid_blocks; [ERROR] unsupported type: sektion [json-pointer:/blocks/0/type]",
		"channel":  "channel_not_found",
		"user":     "user_not_found",
	} {
		s.went(text, s.rita.Slash(ctx, "C0ADMIN", "/wrong", text))
		s.whispered(ctx, "U0RITA", want)
	}
}

// methods lets the app call all remaining methods.
func (s *stage) methods(ctx context.Context) {
	s.went("methods", s.rita.Slash(ctx, "C0ADMIN", "/methods", s.w.Messages("C0ADMIN")[0].TS))
	s.whispered(ctx, "U0RITA", "All answered.")
	for _, name := range slacksim.Methods() {
		answered := slices.ContainsFunc(
			s.w.Calls(), func(c slacksim.Call) bool { return c.Method == name && c.Answer != nil })
		s.check(answered, "%s was not called", name)
	}
}

func (s *stage) export(ctx context.Context) {
	s.went("export", s.rita.Slash(ctx, "C0ADMIN", "/export", ""))
	has := func(m slacksim.Message) bool { return len(m.Files) == 1 }
	s.until(ctx, "the file is shared", func() bool { return slices.ContainsFunc(s.w.DMs("U0RITA"), has) })
	for _, m := range s.w.DMs("U0RITA") {
		if has(m) {
			s.check(string(m.Files[0].Content) == "grant,ends\nG1,17:02\n" && m.Text == "Here they are.", "the file is %+v", m)
		}
	}
}

// refresh: the client reconnects by itself, with or without a warning. Until
// then one connection must last, so slacksim must answer each ping of the
// client.
func (s *stage) refresh(ctx context.Context) {
	s.check(slices.Equal(s.w.Conns(), []int{1}), "the app reconnected without a reason: %v", s.w.Conns())
	for _, how := range []struct {
		what string
		do   func()
	}{
		{"refresh_requested", func() { s.w.Disconnect("refresh_requested") }},
		{"being cut off", func() { s.w.Cut() }},
		{"a half-open connection", func() { s.w.HalfOpen() }},
	} {
		before := s.w.Conns()
		how.do()
		s.until(ctx, "the app comes back after "+how.what, func() bool {
			return slices.ContainsFunc(s.w.Conns(), func(c int) bool { return !slices.Contains(before, c) })
		})
		s.w.Cut(before...) // a half-open connection would still be chosen
		s.until(ctx, "there is one connection after "+how.what, func() bool { return len(s.w.Conns()) == 1 })
		s.went("help after "+how.what, s.rita.Slash(ctx, "C0ADMIN", "/ask", "help"))
		s.whispered(ctx, "U0RITA", "Type /ask alone.")
	}
}

// rateLimit: the client waits for Retry-After and retries.
func (s *stage) rateLimit(ctx context.Context) {
	before := len(s.w.DMs("U0RITA"))
	s.w.Fault("conversations.open", slacksim.RateLimit(1))
	began := time.Now()
	s.went("export", s.rita.Slash(ctx, "C0ADMIN", "/export", ""))
	s.until(ctx, "the file is shared in spite of a rate limit", func() bool { return len(s.w.DMs("U0RITA")) == before+1 })
	s.check(time.Since(began) >= time.Second, "the client did not wait")
}
