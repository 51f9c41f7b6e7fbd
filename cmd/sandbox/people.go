package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"

	"s3share/internal/sim/slacksim"
)

// ids are the people of the company by the names that scripts have for them.
var ids = map[string]string{
	"rita": "U0RITA", "ada": "U0ADA", "bob": "U0BOB", "eve": "U0EVE",
	"gus": "U0GUS", "sam": "U0SAM", "dora": "U0DORA", "robo": "U0ROBO",
}

func everybody() []string { return []string{"rita", "ada", "bob", "eve", "gus", "sam", "dora", "robo"} }

// people does what one person, or several at the same moment, do.
func (w *world) people(ctx context.Context, line string) error {
	var names []string
	rest := line
	for {
		name, after, _ := strings.Cut(rest, " ")
		names, rest = append(names, strings.TrimSuffix(name, ",")), strings.TrimSpace(after)
		if !strings.HasSuffix(name, ",") {
			break
		}
	}
	for _, name := range names {
		if ids[name] == "" {
			return w.unknown(name)
		}
	}
	label, clicks := strings.CutPrefix(rest, "clicks ")
	text, types := strings.CutPrefix(rest, "types /s3share ")
	if clicks || types {
		err := w.until(ctx, func() (bool, string) { return !w.runs() || len(w.slack.Conns()) > 0, "the bot is not connected" })
		if err != nil {
			return err
		}
		ctx, cancel := w.whileItRuns(ctx)
		defer cancel()
		if types {
			w.slack.As(ids[names[0]]).Slash(ctx, "C0BUILDS", "/s3share", text) // whatever comes of it
		} else if all := w.buttons(ids[names[0]], label, ""); len(all) > 0 {
			w.slack.As(ids[names[0]]).Press(ctx, all[len(all)-1], label) // whatever comes of it
		}
		return nil
	}
	if err := w.connected(ctx); err != nil {
		return err
	}
	if len(names) == 1 {
		return w.person(ctx, names[0], rest)
	}
	return w.together(ctx, names, rest)
}

// connected waits until the bot can hear people.
func (w *world) connected(ctx context.Context) error {
	if !w.runs() {
		return errors.New("the bot does not run; `start` starts it")
	}
	if err := w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) > 0 }); err != nil {
		return fmt.Errorf("the bot is not connected: %w", err)
	}
	return nil
}

// whileItRuns returns a context that ends when the bot does: nobody waits for the
// answer of a program that is dead.
func (w *world) whileItRuns(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	asked := w.running()
	go func() {
		defer cancel()
		w.until(ctx, func() (bool, string) { return w.running() != asked, "" }) //nolint:errcheck // then nobody waits any more
	}()
	return ctx, cancel
}

func (w *world) person(ctx context.Context, name, does string) error {
	id := ids[name]
	who := w.slack.As(id)
	verb, rest, _ := strings.Cut(does, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(verb, "/"):
		return problem(who.Slash(ctx, "C0BUILDS", verb, rest))
	case verb == "press":
		return w.press(ctx, name, rest)
	case verb == "deny":
		m, err := w.withButton(ctx, id, "Deny…", "")
		if err != nil {
			return err
		}
		if err := problem(who.Press(ctx, m, "Deny…")); err != nil {
			return err
		}
		return w.submit(ctx, id, rest)
	case verb == "insists":
		return w.insist(ctx, id, strings.TrimPrefix(rest, "on "))
	case verb == "looks":
		m, err := w.withButton(ctx, id, "Approve", "")
		w.memory[name] = m
		return err
	case verb == "tries":
		return w.tries(ctx, name, rest)
	case verb == "submits":
		return w.submit(ctx, id, strings.TrimSpace(rest))
	case typed[verb] != "":
		line, err := w.typing(verb + " " + rest)
		if err != nil {
			return err
		}
		return w.person(ctx, name, line)
	}
	return fmt.Errorf("what does %s do? Try `%s /s3share help` or `%s press Approve`; `help` lists the rest", name, name, name)
}

// unknown answers a word that begins no line with the nearest that does.
func (w *world) unknown(word string) error {
	best, distance := "", 1+len(word)/3
	for _, known := range append(slices.Sorted(maps.Keys(w.verbs())), everybody()...) {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), known); d < distance {
			best, distance = known, d
		}
	}
	if strings.HasPrefix(word, "/") {
		return fmt.Errorf("who types that? Try `rita %s …`", word)
	}
	if best != "" {
		return fmt.Errorf("there is no %q here. Did you mean %s? `help` lists what you can type", word, best)
	}
	return fmt.Errorf("there is no %q here; `help` lists what you can type", word)
}

// submit fills the form that a person has open, and sends it.
func (w *world) submit(ctx context.Context, id, why string) error {
	if err := w.slack.Wait(ctx, func() bool { return w.slack.View(id) != nil }); err != nil {
		return fmt.Errorf("no form is open: %w", err)
	}
	return problem(w.slack.As(id).Submit(ctx, *w.slack.View(id), map[string]string{"why": why}))
}

// typed are the commands about the newest request, which people type with its id.
var typed = map[string]string{"approves": "approve", "denies": "deny", "cancels": "cancel", "ends": "end", "shows": "show", "extends": "extend"}

var cardID = regexp.MustCompile("`([0-9A-Z]{8})`")

// typing returns what a person types who "ends the grant: because" or "cancels".
func (w *world) typing(does string) (string, error) {
	cards := w.cards()
	verb, rest, _ := strings.Cut(does, " ")
	for _, m := range slices.Backward(cards) {
		if id := cardID.FindStringSubmatch(m.Plain()); id != nil {
			rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, "the request"), "the grant"), ": ")
			return strings.TrimSpace("/s3share " + typed[verb] + " " + id[1] + " " + rest), nil
		}
	}
	return "", errors.New("there is no request yet")
}

func problem(d slacksim.Delivery) error {
	if d.Error != "" {
		return fmt.Errorf("the person is told by Slack: %s", d.Error)
	}
	return nil
}

// press presses a button: LABEL, first LABEL, LABEL of TEXT, LABEL as seen, every LABEL.
func (w *world) press(ctx context.Context, name, what string) error {
	id := ids[name]
	if label, ok := strings.CutSuffix(what, " as seen"); ok {
		return problem(w.slack.As(id).Press(ctx, w.memory[name], label))
	}
	if label, ok := strings.CutPrefix(what, "every "); ok {
		return w.atOnce(w.buttons(id, label, ""), func(m slacksim.Message) error { return problem(w.slack.As(id).Press(ctx, m, label)) })
	}
	if label, ok := strings.CutPrefix(what, "first "); ok {
		if _, err := w.withButton(ctx, id, label, ""); err != nil {
			return err
		}
		return problem(w.slack.As(id).Press(ctx, w.buttons(id, label, "")[0], label))
	}
	label, text, _ := strings.Cut(what, " of ")
	m, err := w.withButton(ctx, id, label, text)
	if err != nil {
		return err
	}
	return problem(w.slack.As(id).Press(ctx, m, label))
}

func (w *world) atOnce(all []slacksim.Message, do func(slacksim.Message) error) error {
	errs := make([]error, len(all))
	var busy sync.WaitGroup
	for i, m := range all {
		busy.Go(func() { errs[i] = do(m) })
	}
	busy.Wait()
	return errors.Join(errs...)
}

// together has several people press a button of the same message, which all of
// them see before anybody presses.
func (w *world) together(ctx context.Context, names []string, does string) error {
	label, ok := strings.CutPrefix(does, "press ")
	if !ok {
		return fmt.Errorf("several people at once can only press a button")
	}
	m, err := w.withButton(ctx, ids[names[0]], label, "")
	if err != nil {
		return err
	}
	errs := make([]error, len(names))
	var busy sync.WaitGroup
	for i, name := range names {
		busy.Go(func() { errs[i] = problem(w.slack.As(ids[name]).Press(ctx, m, label)) })
	}
	busy.Wait()
	return errors.Join(errs...)
}

// insist presses a button of the newest card until it is not there any more, as
// somebody does who sees that nothing comes of it. What Slack says of a lost
// click is no surprise.
func (w *world) insist(ctx context.Context, user, label string) error {
	newest := func() (m slacksim.Message, has bool) {
		if all := w.cards(); len(all) > 0 {
			m = all[len(all)-1]
		}
		_, has = m.Button(label)
		return m, has
	}
	for ctx.Err() == nil {
		m, has := newest()
		if !has {
			return nil
		}
		pressed, gone := w.whileItRuns(ctx)
		w.slack.As(user).Press(pressed, m, label)
		gone()
		once, cancel := context.WithTimeout(ctx, patience/30)
		w.slack.Wait(once, func() bool { _, has := newest(); return !has }) //nolint:errcheck // then once more
		cancel()
	}
	return fmt.Errorf("%q is still there", label)
}

// buttons returns the messages that a person sees, that have a button and a
// text, the newest last.
func (w *world) buttons(user, label, text string) (found []slacksim.Message) {
	for _, m := range slices.Concat(w.slack.Messages("C0ADMIN"), w.slack.Messages("C0TEAM"), w.slack.DMs(user)) {
		if _, has := m.Button(label); has && strings.Contains(m.Text+"\n"+m.Plain(), text) {
			found = append(found, m)
		}
	}
	return found
}

// withButton waits for such a message and returns the newest.
func (w *world) withButton(ctx context.Context, user, label, text string) (slacksim.Message, error) {
	var found []slacksim.Message
	err := w.slack.Wait(ctx, func() bool { found = w.buttons(user, label, text); return len(found) > 0 })
	if err != nil {
		return slacksim.Message{}, fmt.Errorf("there is no button %q to press; there is %s", label, w.labels(user))
	}
	return found[len(found)-1], nil
}

// labels lists the buttons that a person sees.
func (w *world) labels(user string) string {
	var all []string
	for _, m := range slices.Concat(w.slack.Messages("C0ADMIN"), w.slack.Messages("C0TEAM"), w.slack.DMs(user)) {
		for _, b := range m.Buttons() {
			if !slices.Contains(all, b.Label) {
				all = append(all, b.Label)
			}
		}
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// tries types a command that has to be refused: the person is told a text, no
// card appears, and nothing is written in AWS.
func (w *world) tries(ctx context.Context, name, rest string) error {
	line, want, ok := strings.Cut(rest, " -> ")
	if !ok {
		return errors.New("it is: rita tries /s3share … -> what she is told")
	}
	before, cards, writes := len(w.seenIn(name)), len(w.cards()), w.countCalls("writes")
	if !strings.HasPrefix(line, "/") {
		var err error
		if line, err = w.typing(line); err != nil {
			return err
		}
	}
	verb, args, _ := strings.Cut(line, " ")
	if err := problem(w.slack.As(ids[name]).Slash(ctx, "C0BUILDS", verb, args)); err != nil {
		return err
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
	if n := len(w.cards()); n != cards {
		return fmt.Errorf("a card came all the same")
	}
	if n := w.countCalls("writes"); n != writes {
		return fmt.Errorf("%d writes in AWS all the same", n-writes)
	}
	return nil
}

// cards returns the requests that were posted where decisions are made, whatever
// they have become.
func (w *world) cards() []slacksim.Message {
	return slices.DeleteFunc(slices.Concat(w.slack.Messages("C0ADMIN"), w.slack.Messages("C0TEAM")), func(m slacksim.Message) bool {
		asks := func(text string) bool { return strings.Contains(text, " asks: ") }
		return !asks(m.Text) && !slices.ContainsFunc(m.History, func(v slacksim.Version) bool { return asks(v.Text) })
	})
}

// redeliver sends the last envelope once more.
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

// forge sends a click that no button made: `forge ada approve value=1 at=2`.
// value is what the n-th card's button has, or the text itself; at is the n-th
// card, or a timestamp; channel is where it claims to be.
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
		"channel": map[string]any{"id": channel}, "container": map[string]any{"type": "message", "channel_id": channel, "message_ts": at},
		"message": map[string]any{"ts": at},
		"actions": []any{map[string]any{"type": "button", "action_id": f[1], "block_id": "decide", "value": value}},
	}))
}
