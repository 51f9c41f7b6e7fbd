package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"s3share/internal/sim/slacksim"
)

// careless returns an act whose result from Slack is ignored, or nil. While the
// bot is killed, an act may or may not be acknowledged.
func (w *world) careless(id, does string) func(context.Context) {
	verb, rest, _ := strings.Cut(does, " ")
	who := w.slack.As(id)
	switch verb {
	case "clicks":
		return func(ctx context.Context) {
			if all := w.buttons(id, rest, ""); len(all) > 0 {
				who.Press(ctx, all[len(all)-1], rest)
			}
		}
	case "types":
		command, text, _ := strings.Cut(rest, " ")
		return func(ctx context.Context) { who.Slash(ctx, "C0BUILDS", command, text) }
	case "sends":
		return func(ctx context.Context) {
			if v := w.slack.View(id); v != nil {
				who.Submit(ctx, *v, map[string]string{"why": rest})
			}
		}
	}
	return nil
}

// whileItRuns returns a context that ends when the bot dies, because a dead bot
// never answers.
func (w *world) whileItRuns(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	asked := w.running()
	go func() {
		defer cancel()
		w.until(ctx, func() (bool, string) { return w.running() != asked, "" }) //nolint:errcheck // the bot has died
	}()
	return ctx, cancel
}

// tries types a command that must be refused: the person gets a text, no card
// appears, and AWS gets no write.
func (w *world) tries(ctx context.Context, name, rest string) error {
	line, want, ok := strings.Cut(rest, " -> ")
	if !ok {
		return errors.New("it is: rita tries /s3share … -> what she is told")
	}
	log, _ := os.ReadFile(w.logPath())
	before, writes := len(w.seenIn(name)), w.countCalls("writes")
	if !strings.HasPrefix(line, "/") {
		var err error
		if line, err = w.typing(line); err != nil {
			return err
		}
	}
	answers := len(w.slack.Ephemerals(ids[name]))
	verb, args, _ := strings.Cut(line, " ")
	if err := problem(w.slack.As(ids[name]).Slash(ctx, "C0BUILDS", verb, args)); err != nil {
		return err
	}
	if strings.HasPrefix(rest, "approves") || strings.HasPrefix(rest, "denies") {
		if err := w.confirms(ctx, ids[name], answers); err != nil {
			return err
		}
	}
	var told []string
	err := w.slack.Wait(ctx, func() bool {
		told = nil
		for _, m := range w.seenIn(name)[before:] {
			told = append(told, m.Text)
		}
		return strings.Contains(strings.Join(told, "\n"), want)
	})
	if err != nil {
		return fmt.Errorf("%s was told %q: %w", name, told, err)
	}
	if w.waits(len(log)) {
		return errors.New("it waits for a decision all the same")
	}
	if n := w.countCalls("writes"); n != writes {
		return fmt.Errorf("%d writes in AWS all the same", n-writes)
	}
	return nil
}

var askedFor = regexp.MustCompile(`event=asked grant=([0-9A-Z]{8})`)

// waits reports whether a request made after position since of the bot's log is
// pending. Cards are no evidence, because other requests' cards may still be in
// flight.
func (w *world) waits(since int) bool {
	log, _ := os.ReadFile(w.logPath())
	news := string(log[min(since, len(log)):])
	for _, id := range askedFor.FindAllStringSubmatch(news, -1) {
		if strings.Contains(news, "event=checked grant="+id[1]) {
			return true
		}
	}
	return strings.Contains(news, `event="ask extension"`)
}

// redeliver sends the last envelope again.
func (w *world) redeliver(ctx context.Context) error {
	if err := w.connected(ctx); err != nil {
		return err
	}
	all := w.slack.Deliveries()
	if len(all) == 0 {
		return errors.New("nothing was sent yet")
	}
	return problem(w.slack.Redeliver(ctx, all[len(all)-1].EnvelopeID))
}

// forge sends a click on a button that does not exist: `forge ada approve
// value=1 at=2`. value is the number of the card whose value is copied, or the
// value itself. at is the number of a card, or a timestamp. channel is the
// claimed channel.
func (w *world) forge(ctx context.Context, s step) error {
	f := strings.Fields(s.rest)
	if len(f) < 4 || ids[f[0]] == "" {
		return errors.New("it is: forge ada approve value=1 at=2")
	}
	user, channel, value, at := ids[f[0]], "C0ADMIN", "", ""
	cards := w.buttons(user, "Approve", "")
	card := func(text string) (slacksim.Message, bool) {
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(cards) {
			return cards[n-1], true
		}
		return slacksim.Message{}, false
	}
	for _, pair := range f[2:] {
		key, v, _ := strings.Cut(pair, "=")
		m, known := card(v)
		switch {
		case key == "value" && known:
			b, _ := m.Button("Approve")
			value = b.Value
		case key == "value" && strings.Contains(v, "/"): // "1/7": the first card's id at revision 7
			m, _ = card(v[:1])
			b, _ := m.Button("Approve")
			id, _, _ := strings.Cut(b.Value, ".")
			value = id + v[2:]
		case key == "value":
			value = v
		case key == "at" && known:
			at = m.TS
		case key == "at":
			at = v
		case key == "channel":
			channel = v
		}
	}
	return problem(w.slack.Inject(ctx, "interactive", map[string]any{
		"type": "block_actions", "trigger_id": w.slack.Trigger(user), "response_url": w.slack.ResponseURL("C0ADMIN", user),
		"user": map[string]any{"id": user, "team_id": "T0TEAM"}, "team": map[string]any{"id": "T0TEAM"},
		"channel":   map[string]any{"id": channel},
		"container": map[string]any{"type": "message", "channel_id": channel, "message_ts": at},
		"message":   map[string]any{"ts": at},
		"actions":   []any{map[string]any{"type": "button", "action_id": f[1], "block_id": "decide", "value": value}},
	}))
}
