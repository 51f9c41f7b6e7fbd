package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"s3share/internal/sim/slacksim"
)

// inForm runs an act in a form or on the Home tab.
func (p person) inForm(ctx context.Context, verb, rest string) error {
	switch verb {
	case "opens":
		return p.open(ctx, rest)
	case "shortcut":
		return p.shortcut(ctx, rest)
	case "fills":
		return p.fill(ctx, rest)
	case "keys":
		return p.keyIn(ctx, rest)
	case "ticks":
		return p.tick(ctx, rest)
	case "reads":
		return p.reads(ctx, unquote(rest))
	case "submits":
		return p.submit(ctx, rest)
	case "closes": // closes the form
		v, err := p.form(ctx)
		if err != nil {
			return err
		}
		return problem(p.as.Close(ctx, v))
	}
	return fmt.Errorf("%s needs a step, like `%s /s3share help` or `%s press Approve`; `help` lists the rest",
		p.name, p.name, p.name)
}

// open opens the Home tab, or presses a button that opens a form and waits for
// the form: `opens home`, `opens the form` (of a denial), `opens Extend…`,
// `opens Extend… at home`.
func (p person) open(ctx context.Context, what string) error {
	switch what {
	case "home":
		if err := problem(p.as.OpenHome(ctx)); err != nil {
			return err
		}
		return p.w.Slack.Wait(ctx, func() bool { return p.w.Slack.Home(p.id) != nil })
	case "the form":
		what = "Deny…"
	}
	if err := p.press(ctx, what); err != nil {
		return err
	}
	_, err := p.form(ctx)
	return err
}

// form waits for the topmost form.
func (p person) form(ctx context.Context) (slacksim.View, error) {
	if err := p.w.Slack.Wait(ctx, func() bool { return p.w.Slack.View(p.id) != nil }); err != nil {
		return slacksim.View{}, fmt.Errorf("no form is open: %w", err)
	}
	return *p.w.Slack.View(p.id), nil
}

// formWith waits for the topmost form, and until it has a part: a form may first
// be shown while the bot still loads its content.
func (p person) formWith(ctx context.Context, has func(slacksim.View) bool) (slacksim.View, error) {
	v, err := p.form(ctx)
	if err != nil {
		return v, err
	}
	p.w.Slack.Wait(ctx, func() bool { //nolint:errcheck // the caller's act names the part that is missing
		if now := p.w.Slack.View(p.id); now != nil {
			v = *now
		}
		return has(v)
	})
	return v, nil
}

// fieldOf returns the block of a form's field, by its label, block id or action
// id, or nil.
func fieldOf(v slacksim.View, name string) map[string]any {
	for _, b := range v.Blocks {
		label, _ := b["label"].(map[string]any)
		if b["block_id"] == name || label["text"] == name {
			return b
		}
		for _, part := range []string{"element", "accessory"} {
			if e, _ := b[part].(map[string]any); e["action_id"] == name && name != "" {
				return b
			}
		}
	}
	return nil
}

// shortcut runs a shortcut: CALLBACK for a global one, or CALLBACK on 'TEXT'
// for the first message of #builds, or of the channel of `in`, with that text.
func (p person) shortcut(ctx context.Context, what string) error {
	callback, text, on := strings.Cut(what, " on ")
	if !on {
		if err := problem(p.as.Shortcut(ctx, callback)); err != nil {
			return err
		}
	} else {
		said := p.w.Slack.Messages(p.channel)
		i := slices.IndexFunc(said, func(m slacksim.Message) bool { return strings.Contains(m.Text, unquote(text)) })
		if i < 0 {
			return errors.New("no message there has that text")
		}
		if err := problem(p.as.MessageShortcut(ctx, said[i], callback)); err != nil {
			return err
		}
	}
	_, err := p.form(ctx)
	return err
}

// fill enters one value, as in `fills level: read`. The field is given by
// label or block id. If the field dispatches to the bot, fill waits for
// the update of the view, because people fill in one field after the other.
func (p person) fill(ctx context.Context, what string) error {
	field, value, ok := strings.Cut(what, ":")
	if !ok {
		return errors.New("usage: rita fills FIELD: VALUE")
	}
	field = strings.TrimSpace(field)
	v, err := p.formWith(ctx, func(v slacksim.View) bool { return fieldOf(v, field) != nil })
	if err != nil {
		return err
	}
	return p.updated(ctx, v, p.as.Select(ctx, v, field, strings.TrimSpace(value)))
}

// pressInForm presses a button of the form, and waits for the update of the view.
func (p person) pressInForm(ctx context.Context, label string) error {
	label, n := numbered(label)
	v, err := p.formWith(ctx, func(v slacksim.View) bool { _, has := v.Button(label); return has })
	if err != nil {
		return err
	}
	return p.updated(ctx, v, p.nth(ctx, v, v.Buttons(), label, n))
}

// updated waits until the bot has updated a form after an action that was sent to it.
func (p person) updated(ctx context.Context, v slacksim.View, d slacksim.Delivery) error {
	if d.Error != "" || d.EnvelopeID == "" {
		return problem(d)
	}
	return p.w.Slack.Wait(ctx, func() bool { now := p.w.Slack.View(p.id); return now != nil && now.Hash != v.Hash })
}

// keyIn types a text into an empty field, character by character, as in `keys
// Folder: builds`. It does not wait for the bot: `reads` does.
func (p person) keyIn(ctx context.Context, what string) error {
	field, text, ok := strings.Cut(what, ":")
	if !ok {
		return errors.New("usage: rita keys FIELD: TEXT")
	}
	v, err := p.form(ctx)
	if err != nil {
		return err
	}
	return problem(p.as.Type(ctx, v, strings.TrimSpace(field), strings.TrimSpace(text)))
}

// lookUp types a query into an external menu and compares the options with a
// list: `looks up principal: test -> build/test.user`. Commas separate options;
// `-> nothing` means none.
func (p person) lookUp(ctx context.Context, what string) error {
	line, want, ok := strings.Cut(what, "->")
	field, query, named := strings.Cut(line, ":")
	if !ok || !named {
		return errors.New("usage: rita looks up FIELD: TEXT -> OPTION, OPTION")
	}
	v, err := p.form(ctx)
	if err != nil {
		return err
	}
	field = strings.TrimSpace(field)
	offered, d := p.as.Suggest(ctx, v, field, field, strings.TrimSpace(query))
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

// tick ticks each box of the form whose label contains a text; `ticks all`
// ticks all boxes. If a box dispatches to the bot, tick waits like fill.
func (p person) tick(ctx context.Context, text string) error {
	v, err := p.form(ctx)
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
		now := map[string]any{"selected_options": ticked}
		if b["dispatch_action"] == true {
			return p.updated(ctx, v, p.as.Act(ctx, v, block, action, now))
		}
		state[block] = map[string]map[string]any{action: now}
	}
	return p.as.FillState(v, state)
}

// reads waits until the open form, or one of its buttons, contains a text.
func (p person) reads(ctx context.Context, text string) error {
	err := p.w.Slack.Wait(ctx, func() bool {
		v := p.w.Slack.View(p.id)
		return v != nil && strings.Contains(v.Plain()+"\n"+v.SubmitLabel+"\n"+v.CloseLabel, text)
	})
	if err != nil {
		if v := p.w.Slack.View(p.id); v != nil {
			return fmt.Errorf("the form says %q and beside its fields %q: %w", v.Plain(), v.Errors, err)
		}
		return fmt.Errorf("no form is open: %w", err)
	}
	return nil
}

// submit submits the open form. Without an argument it submits the form
// unchanged. `twice` submits it twice at the same moment. `-> FIELD: TEXT`
// expects an error beside the field. Any other argument is the reason in a form
// that has only a reason.
func (p person) submit(ctx context.Context, rest string) error {
	v, err := p.form(ctx)
	if err != nil {
		return err
	}
	want, refused := strings.CutPrefix(rest, "-> ")
	switch {
	case refused:
		field, text, _ := strings.Cut(want, ": ")
		d := p.as.Submit(ctx, v, nil)
		if got := d.FieldErrors[field]; got == "" || !strings.Contains(got, text) {
			return fmt.Errorf("the form says %q beside its fields, and %q", d.FieldErrors, d.Error)
		}
		return nil
	case rest == "twice" || strings.HasPrefix(rest, "twice "):
		return p.submitTwice(ctx, v, strings.TrimSpace(strings.TrimPrefix(rest, "twice")))
	}
	return sent(p.as.Submit(ctx, v, reason(rest)))
}

// reason returns the values of a form that has only a reason; nil leaves a form
// unchanged.
func reason(text string) map[string]string {
	if text == "" {
		return nil
	}
	return map[string]string{"why": text}
}

// submitTwice submits a form twice at the same moment, as a double click does.
// At least one submission must succeed.
func (p person) submitTwice(ctx context.Context, v slacksim.View, why string) error {
	var succeeded atomic.Bool
	err := atOnce([]int{1, 2}, func(int) error {
		err := problem(p.as.Submit(ctx, v, reason(why)))
		if err == nil {
			succeeded.Store(true)
		}
		return err
	})
	if succeeded.Load() {
		return nil
	}
	return err
}
