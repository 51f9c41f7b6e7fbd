package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"s3share/internal/sim/slacksim"
)

// ids maps the names in scripts to user ids. It includes the crowd that `slack
// crowd` adds.
var ids = withCrowd(map[string]string{
	"rita": "U0RITA", "ada": "U0ADA", "bob": "U0BOB", "eve": "U0EVE",
	"gus": "U0GUS", "sam": "U0SAM", "dora": "U0DORA", "robo": "U0ROBO", "ines": "U0INES",
})

// crowd is the size of the crowd: crowd1, crowd2 and so on.
const crowd = 1000

func withCrowd(ids map[string]string) map[string]string {
	for n := range crowd {
		ids[fmt.Sprint("crowd", n+1)] = fmt.Sprint("U0CROWD", n+1)
	}
	return ids
}

func everybody() []string {
	return []string{"rita", "ada", "bob", "eve", "gus", "sam", "dora", "robo", "ines"}
}

// people runs the act of one person, or of several at the same moment.
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
	if whatever := w.careless(ids[names[0]], rest); whatever != nil {
		err := w.until(ctx, func() (bool, string) {
			return !w.runs() || len(w.slack.Conns()) > 0, "the bot is not connected"
		})
		if err != nil {
			return err
		}
		ctx, cancel := w.whileItRuns(ctx)
		defer cancel()
		whatever(ctx)
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

// connected waits until the bot is connected to Slack.
func (w *world) connected(ctx context.Context) error {
	if !w.runs() {
		return errors.New("the bot does not run; `start` starts it")
	}
	if err := w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) > 0 }); err != nil {
		return fmt.Errorf("the bot is not connected: %w", err)
	}
	return nil
}

func (w *world) person(ctx context.Context, name, does string) error {
	id := ids[name]
	who := w.slack.As(id)
	verb, rest, _ := strings.Cut(does, " ")
	rest = strings.TrimSpace(rest)
	if done, err := w.inForm(ctx, name, verb, rest); done {
		return err
	}
	switch {
	case strings.HasPrefix(verb, "/"):
		return problem(who.Slash(ctx, "C0BUILDS", verb, rest))
	case verb == "press":
		return w.press(ctx, name, rest)
	case verb == "says":
		who.Say("C0BUILDS", rest)
		return nil
	case verb == "deny":
		if err := w.opens(ctx, id, "the form"); err != nil {
			return err
		}
		return w.submits(ctx, id, rest)
	case verb == "insists":
		return w.insist(ctx, id, strings.TrimPrefix(rest, "on "))
	case verb == "looks":
		m, err := w.withButton(ctx, id, cmp.Or(strings.TrimPrefix(rest, "at "), "Approve"), "")
		w.memory[name] = m
		return err
	case verb == "tries":
		return w.tries(ctx, name, rest)
	case verb == "enters":
		line, err := w.typing(map[string]string{"approve": "approves", "deny": "denies"}[strings.Fields(rest)[0]] +
			strings.TrimPrefix(strings.TrimPrefix(rest, "approve"), "deny"))
		if err != nil {
			return err
		}
		return w.person(ctx, name, line)
	case typed[verb] != "":
		line, err := w.typing(verb + " " + rest)
		if err != nil {
			return err
		}
		before := len(w.slack.Ephemerals(id))
		if err := w.person(ctx, name, line); err != nil || verb != "approves" && verb != "denies" {
			return err
		}
		return w.confirms(ctx, id, before)
	}
	return fmt.Errorf("what does %s do? Try `%s /s3share help` or `%s press Approve`; `help` lists the rest", name, name,
		name)
}

// confirms submits the modal that a typed decision opens while its card is new.
// before is the number of answers so far. If one more answer arrives, no modal
// opens.
func (w *world) confirms(ctx context.Context, id string, before int) error {
	var v *slacksim.View
	err := w.slack.Wait(ctx, func() bool {
		if v = w.slack.View(id); v != nil && v.CallbackID != "decision" {
			v = nil // a view that is still loading
		}
		return v != nil || len(w.slack.Ephemerals(id)) > before
	})
	if err != nil || v == nil {
		return err
	}
	return sent(w.slack.As(id).Submit(ctx, *v, nil))
}

// unknown returns an error for an unknown first word, with the closest known
// word.
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

// typed maps the verbs about the newest request to the commands that people
// type with its id.
var typed = map[string]string{
	"approves": "approve", "denies": "deny", "cancels": "cancel", "ends": "end", "shows": "show", "extends": "extend",
	"reviews": "review", "settles": "settle"}

var cardID = regexp.MustCompile("`([0-9A-Z]{8})`")

// typing returns the command for "ends the grant: because" or "cancels".
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

// cards returns all posted requests, decided or not.
func (w *world) cards() []slacksim.Message {
	return slices.DeleteFunc(
		slices.Concat(w.slack.Messages("C0ADMIN"), w.slack.Messages("C0TEAM")), func(m slacksim.Message) bool {
			asks := func(text string) bool {
				return strings.Contains(text, " asks: ") || strings.Contains(text, " asked: ") ||
					strings.Contains(text, "Break-glass by ")
			}
			return !asks(m.Text) && !slices.ContainsFunc(m.History, func(v slacksim.Version) bool { return asks(v.Text) })
		})
}
