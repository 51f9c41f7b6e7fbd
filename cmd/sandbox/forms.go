package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"s3share/internal/sim/slacksim"
)

// inForm runs an act in a modal or on the Home tab. done is false if the verb
// is none of these acts.
func (w *world) inForm(ctx context.Context, name, verb, rest string) (done bool, err error) {
	id := ids[name]
	switch verb {
	case "opens":
		return true, w.opens(ctx, id, rest)
	case "shortcut":
		return true, w.shortcut(ctx, id, rest)
	case "fills":
		return true, w.fillField(ctx, id, rest)
	case "ticks":
		return true, w.ticks(ctx, id, rest)
	case "looks":
		if what, up := strings.CutPrefix(rest, "up "); up {
			return true, w.looksUp(ctx, id, what)
		}
	case "reads":
		return true, w.reads(ctx, id, unquote(rest))
	case "submits":
		return true, w.submits(ctx, id, rest)
	case "closes": // closes the form
		v, err := w.modal(ctx, id)
		if err != nil {
			return true, err
		}
		return true, problem(w.slack.As(id).Close(ctx, v))
	}
	return false, nil
}

// opens opens the Home tab, or presses a button that opens a modal and waits
// for the modal: `opens home`, `opens the form` (of a denial), `opens Extend…`,
// `opens Extend… at home`.
func (w *world) opens(ctx context.Context, id, what string) error {
	switch what {
	case "home":
		if err := problem(w.slack.As(id).OpenHome(ctx)); err != nil {
			return err
		}
		return w.slack.Wait(ctx, func() bool { return w.slack.Home(id) != nil })
	case "the form":
		what = "Deny…"
	}
	if err := w.press(ctx, nameOf(id), what); err != nil {
		return err
	}
	_, err := w.modal(ctx, id)
	return err
}

func nameOf(id string) string {
	for name, one := range ids {
		if one == id {
			return name
		}
	}
	return id
}

// modal waits for the person's topmost modal.
func (w *world) modal(ctx context.Context, id string) (slacksim.View, error) {
	if err := w.slack.Wait(ctx, func() bool { return w.slack.View(id) != nil }); err != nil {
		return slacksim.View{}, fmt.Errorf("no form is open: %w", err)
	}
	return *w.slack.View(id), nil
}

// shortcut runs a shortcut: CALLBACK for a global one, or CALLBACK on 'TEXT'
// for the newest message of #builds with that text.
func (w *world) shortcut(ctx context.Context, id, what string) error {
	callback, text, on := strings.Cut(what, " on ")
	who := w.slack.As(id)
	if !on {
		if err := problem(who.Shortcut(ctx, callback)); err != nil {
			return err
		}
	} else {
		said := w.slack.Messages("C0BUILDS")
		i := slices.IndexFunc(said, func(m slacksim.Message) bool { return strings.Contains(m.Text, unquote(text)) })
		if i < 0 {
			return errors.New("nobody has said that in #builds")
		}
		if err := problem(who.MessageShortcut(ctx, said[i], callback)); err != nil {
			return err
		}
	}
	_, err := w.modal(ctx, id)
	return err
}

// fillField enters one value, as in `fills level: read`. The field is given by
// label or block id. If the field dispatches to the bot, fillField waits for
// the update of the view, because people fill in one field after the other.
func (w *world) fillField(ctx context.Context, id, what string) error {
	field, value, ok := strings.Cut(what, ":")
	if !ok {
		return errors.New("it is: rita fills FIELD: VALUE")
	}
	v, err := w.modal(ctx, id)
	if err != nil {
		return err
	}
	d := w.slack.As(id).Select(ctx, v, strings.TrimSpace(field), strings.TrimSpace(value))
	if d.Error != "" || d.EnvelopeID == "" {
		return problem(d)
	}
	return w.slack.Wait(ctx, func() bool { now := w.slack.View(id); return now != nil && now.Hash != v.Hash })
}

// looksUp types a query into an external menu and compares the options with a
// list: `looks up principal: test -> build/test.user`. Commas separate options;
// `-> nothing` means none.
func (w *world) looksUp(ctx context.Context, id, what string) error {
	asked, want, ok := strings.Cut(what, "->")
	field, query, typed := strings.Cut(asked, ":")
	if !ok || !typed {
		return errors.New("it is: rita looks up FIELD: TEXT -> OPTION, OPTION")
	}
	v, err := w.modal(ctx, id)
	if err != nil {
		return err
	}
	field = strings.TrimSpace(field)
	offered, d := w.slack.As(id).Suggest(ctx, v, field, field, strings.TrimSpace(query))
	if err := problem(d); err != nil {
		return err
	}
	labels := []string{}
	for _, o := range offered {
		labels = append(labels, o.Label)
	}
	got := strings.Join(labels, ", ")
	if got == "" {
		got = "nothing"
	}
	if got != strings.TrimSpace(want) {
		return fmt.Errorf("it offers %s", got)
	}
	return nil
}

// ticks ticks each box of the form whose label contains a text; `ticks all`
// ticks all boxes.
func (w *world) ticks(ctx context.Context, id, text string) error {
	v, err := w.modal(ctx, id)
	if err != nil {
		return err
	}
	state := map[string]map[string]map[string]any{}
	for _, b := range v.Blocks {
		element, _ := b["element"].(map[string]any)
		if element["type"] != "checkboxes" {
			continue
		}
		ticked := []any{}
		options, _ := element["options"].([]any)
		for _, o := range options {
			if text == "all" || strings.Contains(fmt.Sprint(o), text) {
				ticked = append(ticked, o)
			}
		}
		block, _ := b["block_id"].(string)
		action, _ := element["action_id"].(string)
		state[block] = map[string]map[string]any{action: {"selected_options": ticked}}
	}
	return w.slack.As(id).FillState(v, state)
}

// reads waits until the open modal contains a text.
func (w *world) reads(ctx context.Context, id, text string) error {
	err := w.slack.Wait(ctx, func() bool { v := w.slack.View(id); return v != nil && strings.Contains(v.Plain(), text) })
	if err != nil {
		if v := w.slack.View(id); v != nil {
			return fmt.Errorf("the form says %q and beside its fields %q: %w", v.Plain(), v.Errors, err)
		}
		return fmt.Errorf("no form is open: %w", err)
	}
	return nil
}

// submits submits the open form. Without an argument it submits the form
// unchanged. `twice` submits it twice at the same moment. `-> FIELD: TEXT`
// expects an error beside the field. Any other argument is the reason in a form
// that has only a reason.
func (w *world) submits(ctx context.Context, id, rest string) error {
	v, err := w.modal(ctx, id)
	if err != nil {
		return err
	}
	who := w.slack.As(id)
	want, refused := strings.CutPrefix(rest, "-> ")
	switch {
	case refused:
		field, text, _ := strings.Cut(want, ": ")
		d := who.Submit(ctx, v, nil)
		if got := d.FieldErrors[field]; got == "" || !strings.Contains(got, text) {
			return fmt.Errorf("the form says %q beside its fields, and %q", d.FieldErrors, d.Error)
		}
		return nil
	case rest == "twice" || strings.HasPrefix(rest, "twice "):
		return w.submitsTwice(ctx, who, v, strings.TrimSpace(strings.TrimPrefix(rest, "twice")))
	case rest == "":
		return sent(who.Submit(ctx, v, nil))
	}
	return sent(who.Submit(ctx, v, map[string]string{"why": rest}))
}

// submitsTwice submits a form twice at the same moment, as a double click does.
// At least one submission must succeed.
func (w *world) submitsTwice(ctx context.Context, who slacksim.Person, v slacksim.View, why string) error {
	var values map[string]string
	if why != "" {
		values = map[string]string{"why": why}
	}
	errs := make([]error, 2)
	var busy sync.WaitGroup
	for i := range errs {
		busy.Go(func() { errs[i] = problem(who.Submit(ctx, v, values)) })
	}
	busy.Wait()
	if errs[0] != nil && errs[1] != nil {
		return errors.Join(errs...)
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

// home waits until a person's Home tab shows a text, or does not: `home rita
// 'text'`.
func (w *world) home(ctx context.Context, s step) error {
	name, text, _ := strings.Cut(s.rest, " ")
	text = unquote(text)
	if ids[name] == "" {
		return w.unknown(name)
	}
	shown := func() string {
		if v := w.slack.Home(ids[name]); v != nil {
			return v.Plain()
		}
		return ""
	}
	err := w.slack.Wait(ctx, func() bool { return strings.Contains(shown(), text) == s.wanted })
	if err != nil {
		return fmt.Errorf("the Home of %s shows %q: %w", name, shown(), err)
	}
	return nil
}

// file waits until a person has received a file that contains a text: `file
// rita 'text'`.
func (w *world) file(ctx context.Context, s step) error {
	name, text, _ := strings.Cut(s.rest, " ")
	text = unquote(text)
	content := func() (all string) {
		for _, m := range w.slack.DMs(ids[name]) {
			for _, f := range m.Files {
				all += f.Name + "\n" + string(f.Content) + "\n"
			}
		}
		return all
	}
	if !s.wanted {
		if strings.Contains(content(), text) {
			return fmt.Errorf("it has")
		}
		return nil
	}
	if err := w.slack.Wait(ctx, func() bool { return strings.Contains(content(), text) }); err != nil {
		return fmt.Errorf("the files of %s are %q: %w", name, content(), err)
	}
	return nil
}
