package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// careless returns an act whose result from Slack is ignored, or nil. While the
// bot is killed, an act may or may not be acknowledged.
func (p person) careless(does string) func(context.Context) {
	verb, rest, _ := strings.Cut(does, " ")
	switch verb {
	case "clicks":
		return func(ctx context.Context) {
			label, text, _ := strings.Cut(rest, " of ")
			label, n := numbered(label)
			if all := p.screen.buttons(p.id, label, text); len(all) > 0 {
				m := all[len(all)-1]
				p.nth(ctx, m, m.Buttons(), label, n)
			}
		}
	case "types":
		command, text, _ := strings.Cut(rest, " ")
		return func(ctx context.Context) { p.as.Slash(ctx, p.channel, command, text) }
	case "in":
		if channel, does, err := p.place(rest); err == nil {
			p.channel = channel
			return p.careless(does)
		}
	case "sends":
		return func(ctx context.Context) {
			if v := p.w.Slack.View(p.id); v != nil {
				p.as.Submit(ctx, *v, reason(rest))
			}
		}
	}
	return nil
}

// tries types a command that must be refused: the person gets a text, no card
// appears, and AWS gets no write.
func (p person) tries(ctx context.Context, rest string) error {
	line, want, ok := strings.Cut(rest, " -> ")
	if !ok {
		return errors.New("usage: rita tries /s3share … -> what she is told")
	}
	log, _ := os.ReadFile(p.w.Bot.LogPath())
	before, writes := len(p.screen.messages(p.name)), countCalls(p.w, "writes")
	command, args, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(line, "/") {
		var err error
		if args, err = p.typing(line); err != nil {
			return err
		}
		command = "/s3share"
	}
	answers := len(p.w.Slack.Ephemerals(p.id))
	if err := p.types(ctx, command, args); err != nil {
		return err
	}
	if strings.HasPrefix(rest, "approves") || strings.HasPrefix(rest, "denies") {
		if err := p.confirm(ctx, answers); err != nil {
			return err
		}
	}
	var told []string
	err := p.w.Slack.Wait(ctx, func() bool {
		told = nil
		for _, m := range p.screen.messages(p.name)[before:] {
			told = append(told, m.Text)
		}
		return strings.Contains(strings.Join(told, "\n"), want)
	})
	if err != nil {
		return fmt.Errorf("%s was told %q: %w", p.name, told, err)
	}
	news, _ := os.ReadFile(p.w.Bot.LogPath())
	if hasRequest(string(news[min(len(log), len(news)):])) {
		return errors.New("the request was made nevertheless")
	}
	if n := countCalls(p.w, "writes"); n != writes {
		return fmt.Errorf("%d writes in AWS nevertheless", n-writes)
	}
	return nil
}

var askedFor = regexp.MustCompile(`event=asked grant=([0-9A-Z]{8})`)

// hasRequest reports whether the bot's log has a new request that is pending.
// Cards are no evidence, because other requests' cards may still be in flight.
func hasRequest(log string) bool {
	for _, id := range askedFor.FindAllStringSubmatch(log, -1) {
		if strings.Contains(log, "event=checked grant="+id[1]) {
			return true
		}
	}
	return strings.Contains(log, `event="ask extension"`)
}

// redeliver sends the last envelope again.
func (p people) redeliver(ctx context.Context, _ step) error {
	if err := p.w.Bot.Connected(ctx); err != nil {
		return err
	}
	all := p.w.Slack.Deliveries()
	if len(all) == 0 {
		return errors.New("no envelope was sent yet")
	}
	return problem(p.w.Slack.Redeliver(ctx, all[len(all)-1].EnvelopeID))
}

// forge sends a click on a button that does not exist: `forge ada approve
// value=1 at=2`. value is the number of the card whose value is copied, or the
// value itself. at is the number of a card, or a timestamp. channel is the
// claimed channel.
func (p people) forge(ctx context.Context, line step) error {
	f := strings.Fields(line.rest)
	if len(f) < 4 || world.ID(f[0]) == "" {
		return errors.New("usage: forge ada approve value=1 at=2")
	}
	user, channel, value, at := world.ID(f[0]), "C0ADMIN", "", ""
	cards := p.screen.buttons(user, "Approve", "")
	card := func(text string) (m slacksim.Message, value string, known bool) {
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(cards) {
			m = cards[n-1]
			b, _ := m.Button("Approve")
			return m, b.Value, true
		}
		return m, "", false
	}
	for _, pair := range f[2:] {
		key, v, _ := strings.Cut(pair, "=")
		m, copied, known := card(v)
		switch {
		case key == "value" && known:
			value = copied
		case key == "value" && strings.Contains(v, "/"): // "1/7": the first card's id at revision 7
			_, copied, _ = card(v[:1])
			id, _, _ := strings.Cut(copied, ".")
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
	return problem(p.w.Slack.Inject(ctx, "interactive", map[string]any{
		"type": "block_actions", "trigger_id": p.w.Slack.Trigger(user),
		"response_url": p.w.Slack.ResponseURL("C0ADMIN", user),
		"user":         map[string]any{"id": user, "team_id": "T0TEAM"}, "team": map[string]any{"id": "T0TEAM"},
		"channel":   map[string]any{"id": channel},
		"container": map[string]any{"type": "message", "channel_id": channel, "message_ts": at},
		"message":   map[string]any{"ts": at},
		"actions":   []any{map[string]any{"type": "button", "action_id": f[1], "block_id": "decide", "value": value}},
	}))
}
