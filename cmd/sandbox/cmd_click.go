package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"s3share/internal/sim/slacksim"
)

// press presses a button: LABEL, first LABEL, LABEL of TEXT, LABEL as seen,
// every LABEL, LABEL at home.
func (w *world) press(ctx context.Context, name, what string) error {
	id := ids[name]
	if label, ok := strings.CutSuffix(what, " at home"); ok {
		return w.pressAtHome(ctx, id, label)
	}
	if label, ok := strings.CutSuffix(what, " as seen"); ok {
		return problem(w.slack.As(id).Press(ctx, w.memory[name], label))
	}
	if label, ok := strings.CutPrefix(what, "every "); ok {
		return w.atOnce(w.buttons(id, label, ""),
			func(m slacksim.Message) error { return problem(w.slack.As(id).Press(ctx, m, label)) })
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

// pressAtHome waits until a person's Home tab has a button, and presses it.
func (w *world) pressAtHome(ctx context.Context, id, label string) error {
	var home slacksim.View
	has := func() bool {
		if v := w.slack.Home(id); v != nil {
			home = *v
		}
		_, has := home.Button(label)
		return has
	}
	if err := w.slack.Wait(ctx, has); err != nil {
		return fmt.Errorf("the Home has no button %q, and says %q", label, home.Plain())
	}
	return problem(w.slack.As(id).Press(ctx, home, label))
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

// together lets several people press a button of the same message. All of them
// get their copy before the first press.
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

// insist presses a button of the newest card until the button disappears, as a
// person does whose clicks have no effect. It ignores Slack's errors about lost
// clicks.
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
		w.slack.Wait(once, func() bool { _, has := newest(); return !has }) //nolint:errcheck // if it times out, press again
		cancel()
	}
	return fmt.Errorf("%q is still there", label)
}

// buttons returns the messages that a person sees with this button and text,
// newest last.
func (w *world) buttons(user, label, text string) (found []slacksim.Message) {
	for _, m := range slices.Concat(w.slack.Messages("C0ADMIN"), w.slack.Messages("C0TEAM"), w.slack.DMs(user)) {
		if _, has := m.Button(label); has && strings.Contains(m.Text+"\n"+m.Plain(), text) {
			found = append(found, m)
		}
	}
	return found
}

// offers waits until a message that a person sees has a button, or until none
// has.
func (w *world) offers(ctx context.Context, s step) error {
	name, what, _ := strings.Cut(s.rest, " ")
	label, text, _ := strings.Cut(what, " of ")
	if ids[name] == "" || label == "" {
		return errors.New("it is: offers rita LABEL, or offers rita LABEL of TEXT")
	}
	err := w.slack.Wait(ctx, func() bool { return (len(w.buttons(ids[name], label, text)) > 0) == s.wanted })
	if err != nil {
		return fmt.Errorf("%s sees the buttons %s: %w", name, w.labels(ids[name]), err)
	}
	return nil
}

// withButton waits for a message with a button and returns the newest.
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
