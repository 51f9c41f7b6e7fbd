package script

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// people act in Slack.
type people struct {
	w          *world.World
	screen     screen
	remembered map[string]slacksim.Message // by name: the message of `looks`
}

// A person is one of them.
type person struct {
	people
	name, id string
	as       slacksim.Person
}

func (p people) person(name string) person {
	id := world.ID(name)
	return person{p, name, id, p.w.Slack.As(id)}
}

// act runs the act of one person, or of several at the same moment.
func (p people) act(ctx context.Context, line string) error {
	var names []string
	rest := line
	for more := true; more; {
		name, after, _ := strings.Cut(rest, " ")
		name, more = strings.CutSuffix(name, ",")
		names, rest = append(names, name), strings.TrimSpace(after)
	}
	for _, name := range names {
		if world.ID(name) == "" {
			return unknownWord(name)
		}
	}
	first := p.person(names[0])
	if whatever := first.careless(rest); whatever != nil {
		err := until(ctx, func() (bool, string) {
			return !p.w.Bot.Runs() || len(p.w.Slack.Conns()) > 0, "the bot is not connected"
		})
		if err != nil {
			return err
		}
		ctx, cancel := p.w.Bot.WhileItRuns(ctx)
		defer cancel()
		whatever(ctx)
		return nil
	}
	if err := p.w.Connected(ctx); err != nil {
		return err
	}
	if len(names) == 1 {
		return first.do(ctx, rest)
	}
	return p.together(ctx, names, rest)
}

// together lets several people press a button of the same message. All of them
// get their copy before the first press.
func (p people) together(ctx context.Context, names []string, does string) error {
	label, ok := strings.CutPrefix(does, "press ")
	if !ok {
		return errors.New("several people at once can only press a button")
	}
	m, err := p.screen.newestWithButton(ctx, world.ID(names[0]), label, "")
	if err != nil {
		return err
	}
	return atOnce(names, func(name string) error { return problem(p.person(name).as.Press(ctx, m, label)) })
}

// atOnce calls do for all values at the same moment.
func atOnce[T any](all []T, do func(T) error) error {
	errs := make([]error, len(all))
	var busy sync.WaitGroup
	for i, one := range all {
		busy.Go(func() { errs[i] = do(one) })
	}
	busy.Wait()
	return errors.Join(errs...)
}

// typed maps the verbs about the newest request to the commands that people
// type with its id.
var typed = map[string]string{
	"approves": "approve", "denies": "deny", "cancels": "cancel", "ends": "end", "shows": "show", "extends": "extend",
	"reviews": "review", "settles": "settle"}

// typing returns the arguments of the command for "ends the grant: because" or
// "cancels".
func (p people) typing(does string) (string, error) {
	id, err := p.screen.newestRequest()
	if err != nil {
		return "", err
	}
	verb, rest, _ := strings.Cut(does, " ")
	rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, "the request"), "the grant"), ": ")
	return strings.TrimSpace(typed[verb] + " " + id + " " + rest), nil
}

func problem(d slacksim.Delivery) error {
	if d.Error != "" {
		return fmt.Errorf("the person is told by Slack: %s", d.Error)
	}
	return nil
}

func (p person) do(ctx context.Context, does string) error {
	verb, rest, _ := strings.Cut(does, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(verb, "/"):
		return p.types(ctx, verb, rest)
	case verb == "press":
		return p.press(ctx, rest)
	case verb == "says":
		p.as.Say("C0BUILDS", rest)
		return nil
	case verb == "deny":
		if err := p.open(ctx, "the form"); err != nil {
			return err
		}
		return p.submit(ctx, rest)
	case verb == "insists":
		return p.insist(ctx, strings.TrimPrefix(rest, "on "))
	case verb == "looks" && strings.HasPrefix(rest, "up "):
		return p.lookUp(ctx, strings.TrimPrefix(rest, "up "))
	case verb == "looks":
		m, err := p.screen.newestWithButton(ctx, p.id, cmp.Or(strings.TrimPrefix(rest, "at "), "Approve"), "")
		p.remembered[p.name] = m
		return err
	case verb == "tries":
		return p.tries(ctx, rest)
	case verb == "enters":
		decision, reason, _ := strings.Cut(rest, " ")
		line, err := p.typing(map[string]string{"approve": "approves", "deny": "denies"}[decision] + " " + reason)
		if err != nil {
			return err
		}
		return p.types(ctx, "/s3share", line)
	case typed[verb] != "":
		line, err := p.typing(verb + " " + rest)
		if err != nil {
			return err
		}
		before := len(p.w.Slack.Ephemerals(p.id))
		if err := p.types(ctx, "/s3share", line); err != nil || verb != "approves" && verb != "denies" {
			return err
		}
		return p.confirm(ctx, before)
	}
	return p.inForm(ctx, verb, rest)
}

func (p person) types(ctx context.Context, command, text string) error {
	return problem(p.as.Slash(ctx, "C0BUILDS", command, text))
}

// confirm submits the modal that a typed decision opens while its card is new.
// before is the number of answers so far. If one more answer arrives, no modal
// opens.
func (p person) confirm(ctx context.Context, before int) error {
	var v *slacksim.View
	err := p.w.Slack.Wait(ctx, func() bool {
		if v = p.w.Slack.View(p.id); v != nil && v.CallbackID != "decision" {
			v = nil // a view that is still loading
		}
		return v != nil || len(p.w.Slack.Ephemerals(p.id)) > before
	})
	if err != nil || v == nil {
		return err
	}
	return sent(p.as.Submit(ctx, *v, nil))
}

// press presses a button: LABEL, first LABEL, LABEL of TEXT, LABEL as seen,
// every LABEL, LABEL at home.
func (p person) press(ctx context.Context, what string) error {
	if label, ok := strings.CutSuffix(what, " at home"); ok {
		return p.pressAtHome(ctx, label)
	}
	if label, ok := strings.CutSuffix(what, " as seen"); ok {
		return problem(p.as.Press(ctx, p.remembered[p.name], label))
	}
	if label, ok := strings.CutPrefix(what, "every "); ok {
		return atOnce(p.screen.buttons(p.id, label, ""),
			func(m slacksim.Message) error { return problem(p.as.Press(ctx, m, label)) })
	}
	what, first := strings.CutPrefix(what, "first ")
	label, text, _ := strings.Cut(what, " of ")
	found, err := p.screen.waitForButton(ctx, p.id, label, text)
	if err != nil {
		return err
	}
	m := found[len(found)-1]
	if first {
		m = found[0]
	}
	return problem(p.as.Press(ctx, m, label))
}

// pressAtHome waits until the Home tab has a button, and presses it.
func (p person) pressAtHome(ctx context.Context, label string) error {
	var home slacksim.View
	has := func() bool {
		if v := p.w.Slack.Home(p.id); v != nil {
			home = *v
		}
		_, has := home.Button(label)
		return has
	}
	if err := p.w.Slack.Wait(ctx, has); err != nil {
		return fmt.Errorf("the Home has no button %q, and says %q", label, home.Plain())
	}
	return problem(p.as.Press(ctx, home, label))
}

// insist presses a button of the newest card until the button disappears, as a
// person does whose clicks have no effect. It ignores Slack's errors about lost
// clicks.
func (p person) insist(ctx context.Context, label string) error {
	newest := func() (m slacksim.Message, has bool) {
		if all := p.screen.cards(); len(all) > 0 {
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
		pressed, gone := p.w.Bot.WhileItRuns(ctx)
		p.as.Press(pressed, m, label)
		gone()
		once, cancel := context.WithTimeout(ctx, world.Patience/30)
		p.w.Slack.Wait(once, func() bool { _, has := newest(); return !has }) //nolint:errcheck // then press again
		cancel()
	}
	return fmt.Errorf("%q is still there", label)
}
