package slacksim

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// noConnection is the text that a modal shows if the app's ack is missing or
// not usable.
const noConnection = "We had some trouble connecting. Try again?"

// Fill enters values into the fields of an open view without submitting it.
// Fields are given by block id, label or action id.
func (p Person) Fill(v View, values map[string]string) error {
	var err error
	p.w.edit(func() {
		if open, ok := p.w.views[v.ID]; ok {
			err = p.fillIn(open, values)
		}
	})
	return err
}

// Submit fills in the fields and submits the form. If a field is incomplete,
// nothing is sent, as in Slack, and FieldErrors has the reasons.
func (p Person) Submit(ctx context.Context, v View, values map[string]string) Delivery {
	p.askFor(ctx, v, values)
	return p.submit(ctx, v, func(open *View) error { return p.fillIn(open, values) })
}

// SubmitState submits the form with new states for some fields, given as in
// state.values: block id, action id, the element's state. Other fields keep
// their state.
func (p Person) SubmitState(ctx context.Context, v View, state map[string]map[string]map[string]any) Delivery {
	return p.submit(ctx, v, func(open *View) error { return p.leaveIn(open, state) })
}

// FillState sets the states of fields like [Person.SubmitState], without
// submitting.
func (p Person) FillState(v View, state map[string]map[string]map[string]any) error {
	var err error
	p.w.edit(func() {
		if open, ok := p.w.views[v.ID]; ok {
			err = p.leaveIn(open, state)
		}
	})
	return err
}

func (p Person) submit(ctx context.Context, v View, fill func(*View) error) Delivery {
	payload, stopped := p.submission(v, fill)
	if payload == nil {
		return stopped
	}
	d := p.w.deliver(ctx, p.w.seal("interactive", payload, 0))
	if d.Error != "" {
		return p.w.saw(d, noConnection)
	}
	p.w.edit(func() { d = p.w.afterSubmission(p.ID, v.ID, d) })
	return p.w.saw(d, d.Error)
}

func (p Person) submission(seen View, fill func(*View) error) (payload object, stopped Delivery) {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	v := p.w.top(p.ID)
	switch {
	case v == nil || v.ID != seen.ID:
		return nil, nothingSent("%s does not have this view on top", p.ID)
	case v.SubmitLabel == "":
		return nil, nothingSent("this view has no button to submit it")
	}
	if err := fill(v); err != nil {
		return nil, nothingSent("%s", err)
	}
	if errors := complaints(v); len(errors) > 0 {
		v.Errors = errors
		return nil, Delivery{Error: firstOf(errors), FieldErrors: errors}
	}
	v.Errors = nil
	payload = p.interaction("view_submission")
	payload["trigger_id"] = p.w.newTrigger(p.ID, v.ID)
	payload["view"] = p.w.viewWire(v)
	payload["response_urls"] = p.responseURLs(v)
	return payload, Delivery{}
}

// leaveIn sets the states of fields of v. The caller holds w.mu.
func (p Person) leaveIn(v *View, state formState) error {
	var err error
	found := 0
	interactive(v.Blocks, func(b, e object) {
		id, action := asString(b["block_id"]), asString(e["action_id"])
		in, given := state[id][action]
		if !given || !hasState(asString(e["type"])) || err != nil {
			return
		}
		found++
		var entered object
		if entered, err = enterState(p.w.offered(p.ID, v.ID, b, e), in); err == nil {
			v.State[id][action] = entered
		}
	})
	given := 0
	for _, actions := range state {
		given += len(actions)
	}
	if err == nil && found < given {
		return &refusal{code: "this view has no such field"}
	}
	return err
}

// fillIn enters values into the fields of v. The caller holds w.mu.
func (p Person) fillIn(v *View, values map[string]string) error {
	left := maps.Clone(values)
	var err error
	interactive(v.Blocks, func(b, e object) {
		if !hasState(asString(e["type"])) {
			return
		}
		for _, name := range []string{asString(b["block_id"]), textOf(b["label"]), asString(e["action_id"])} {
			value, given := left[name]
			if !given || err != nil {
				continue
			}
			delete(left, name)
			var state object
			if state, err = enter(p.w.offered(p.ID, v.ID, b, e), value); err == nil {
				v.State[asString(b["block_id"])][asString(e["action_id"])] = state
			}
			return
		}
	})
	if err == nil && len(left) > 0 {
		return &refusal{code: "this view has no field " + strings.Join(slices.Sorted(maps.Keys(left)), ", ")}
	}
	return err
}

// complaints are Slack's own complaints about incomplete fields, by block id.
func complaints(v *View) map[string]string {
	out := map[string]string{}
	interactive(v.Blocks, func(b, e object) {
		id := asString(b["block_id"])
		if b["type"] != "input" || !hasState(asString(e["type"])) {
			return
		}
		if c := complaint(b, e, v.State[id][asString(e["action_id"])]); c != "" {
			out[id] = c
		}
	})
	return out
}

func firstOf(errors map[string]string) string {
	return errors[slices.Sorted(maps.Keys(errors))[0]]
}

// afterSubmission applies the response_action in the ack of a view_submission.
// The caller holds vs.mu.
func (vs *openViews) afterSubmission(user, viewID string, d Delivery) Delivery {
	err := vs.applyResponse(user, viewID, &d)
	if refused, ok := err.(*refusal); ok {
		vs.log.rejected = append(vs.log.rejected, Rejection{"view_submission", refused.code, refused.messages()})
		d.Error = noConnection
	}
	return d
}

func (vs *openViews) applyResponse(user, viewID string, d *Delivery) error {
	v, open := vs.views[viewID]
	if !open {
		return nil // closed in the meantime
	}
	switch action := asString(d.Ack["response_action"]); action {
	case "":
		if len(d.Ack) > 0 {
			return refuse("invalid_response_action")
		}
		vs.closeSubmitted(v)
	case "clear":
		vs.dismissAll(user)
	case "errors":
		return showErrors(v, d)
	case "update":
		in, err := checkView(d.Ack["view"], "modal")
		if err != nil {
			return err
		}
		vs.fill(v, in)
	case "push":
		in, err := checkView(d.Ack["view"], "modal")
		if err != nil {
			return err
		}
		if len(vs.stacks[user]) >= MaxOpenViews {
			return refuse("push_limit_reached")
		}
		vs.show(user, in)
	default:
		return refuse("invalid_response_action")
	}
	return nil
}

// closeSubmitted closes a submitted view and all views above it.
func (vs *openViews) closeSubmitted(v *View) {
	for vs.top(v.User) != nil {
		last := vs.top(v.User).ID == v.ID
		vs.dismissTop(v.User)
		if last {
			return
		}
	}
}

// showErrors shows the app's errors beside the fields. Each error must name the
// block id of an input.
func showErrors(v *View, d *Delivery) error {
	given, _ := d.Ack["errors"].(object)
	errors := map[string]string{}
	for id, text := range given {
		if !slices.ContainsFunc(v.Blocks, func(b object) bool { return b["block_id"] == id && b["type"] == "input" }) {
			return refuse("invalid_errors")
		}
		errors[id] = asString(text)
	}
	if len(errors) == 0 {
		return refuse("invalid_errors")
	}
	v.Errors, d.FieldErrors, d.Error = errors, errors, firstOf(errors)
	return nil
}

// Close closes an open view. The app gets view_closed if the view has
// notify_on_close; otherwise the delivery is empty.
func (p Person) Close(ctx context.Context, v View) Delivery {
	payload, problem := p.closing(v)
	if payload == nil {
		return Delivery{Error: problem}
	}
	d := p.w.deliver(ctx, p.w.seal("interactive", payload, 0))
	if d.Error != "" {
		return p.w.saw(d, "") // the view is closed, so the person sees no error
	}
	return d
}

func (p Person) closing(seen View) (payload object, problem string) {
	defer p.w.notify()
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	v := p.w.top(p.ID)
	if v == nil || v.ID != seen.ID {
		return nil, p.ID + " does not have this view on top"
	}
	if v.NotifyOnClose {
		payload = p.interaction("view_closed")
		payload["view"], payload["is_cleared"] = p.w.viewWire(v), v.ClearOnClose
	}
	if v.ClearOnClose {
		p.w.dismissAll(p.ID)
	} else {
		p.w.dismissTop(p.ID)
	}
	return payload, ""
}
