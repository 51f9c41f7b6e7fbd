package script

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
	channel  string // where the person types
}

func (p people) person(name string) person {
	id := world.ID(name)
	return person{p, name, id, p.w.Slack.As(id), "C0BUILDS"}
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
		return fmt.Errorf("Slack reports: %s", d.Error)
	}
	return nil
}

func sent(d slacksim.Delivery) error {
	if len(d.FieldErrors) > 0 {
		field := slices.Sorted(maps.Keys(d.FieldErrors))[0]
		return fmt.Errorf("the form says beside %s: %s", field, d.FieldErrors[field])
	}
	return problem(d)
}

func (p person) types(ctx context.Context, command, text string) error {
	return problem(p.as.Slash(ctx, p.channel, command, text))
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
// every LABEL, LABEL at home. LABEL [2] is the second button with that label in
// the message, on the Home tab or in the form.
func (p person) press(ctx context.Context, what string) error {
	if label, ok := strings.CutSuffix(what, " at home"); ok {
		return p.pressAtHome(ctx, label)
	}
	if label, ok := strings.CutSuffix(what, " in the form"); ok {
		return p.pressInForm(ctx, label)
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
	label, n := numbered(label)
	found, err := p.screen.waitForButton(ctx, p.id, label, text)
	if err != nil {
		return err
	}
	m := found[len(found)-1]
	if first {
		m = found[0]
	}
	return problem(p.nth(ctx, m, m.Buttons(), label, n))
}

var numberOf = regexp.MustCompile(`^(.*) \[([1-9][0-9]*)\]$`)

// numbered splits `LABEL [2]` into the label and its number, 1 if there is none.
func numbered(label string) (string, int) {
	m := numberOf.FindStringSubmatch(label)
	if m == nil {
		return label, 1
	}
	n, _ := strconv.Atoi(m[2])
	return m[1], n
}

// nth presses the nth button with a label among those of a surface.
func (p person) nth(ctx context.Context, on slacksim.Surface, buttons []slacksim.Button, label string,
	n int) slacksim.Delivery {
	for _, b := range buttons {
		if b.Label != label {
			continue
		}
		if n--; n == 0 {
			return p.as.Act(ctx, on, b.BlockID, b.ActionID, nil)
		}
	}
	return p.as.Press(ctx, on, label)
}

// pressAtHome waits until the Home tab has a button, and presses it.
func (p person) pressAtHome(ctx context.Context, label string) error {
	label, n := numbered(label)
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
	return problem(p.nth(ctx, home, home.Buttons(), label, n))
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
