package slacksim

import (
	"fmt"
	"slices"
)

// A View is a modal or a Home tab as its user sees it now.
type View struct {
	ID              string
	Hash            string
	Type            string // modal or home
	User            string
	CallbackID      string
	ExternalID      string
	Title           string
	SubmitLabel     string // "" if the view has no submit button
	CloseLabel      string
	PrivateMetadata string
	Blocks          []map[string]any
	RootID          string
	PreviousID      string
	NotifyOnClose   bool
	ClearOnClose    bool

	// State is the state of the fields: block id, action id, and the element's
	// state as in interaction payloads.
	State map[string]map[string]map[string]any
	// Errors are the errors beside the fields after the last submission, by
	// block id.
	Errors map[string]string
}

// Plain returns the text that a person reads, one text per line, the title
// first.
func (v View) Plain() string {
	if v.Title == "" {
		return plainText(v.Blocks)
	}
	return v.Title + "\n" + plainText(v.Blocks)
}

// Buttons returns the buttons in the blocks, in order.
func (v View) Buttons() []Button { return buttonsOf(v.Blocks) }

// Button returns the button with this label or action id.
func (v View) Button(name string) (Button, bool) { return findButton(v.Blocks, name) }

// View returns the topmost open modal of user, or nil.
func (w *Workspace) View(user string) *View {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v := w.top(user); v != nil {
		return v.copy()
	}
	return nil
}

// ViewStack returns the open modals of user, the topmost last.
func (w *Workspace) ViewStack(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []View
	for _, id := range w.stacks[user] {
		out = append(out, *w.views[id].copy())
	}
	return out
}

// Home returns the app's Home tab as user sees it, or nil before the first
// views.publish.
func (w *Workspace) Home(user string) *View {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v, ok := w.views[w.homes[user]]; ok {
		return v.copy()
	}
	return nil
}

func (v *View) copy() *View {
	c := *v
	c.Blocks, c.State, c.Errors = clone(v.Blocks), clone(v.State), clone(v.Errors)
	return &c
}

// top returns the topmost modal, or nil. The caller holds w.mu.
func (w *Workspace) top(user string) *View {
	stack := w.stacks[user]
	if len(stack) == 0 {
		return nil
	}
	return w.views[stack[len(stack)-1]]
}

// readView checks the view argument of a views method.
func readView(r *request, kind string) (object, error) {
	x, given, err := r.structure("view")
	if err != nil || !given {
		return nil, refuseArguments("missing required field: view")
	}
	return checkView(x, kind)
}

func checkView(x any, kind string) (object, error) {
	if viewTooLarge(x) {
		return nil, refuse("view_too_large")
	}
	if problems := validateView(x, kind); len(problems) > 0 {
		return nil, refuseArguments(problems...)
	}
	return x.(object), nil
}

// fill replaces the content of v with in. Typed values remain only for blocks
// that in still has.
func (w *Workspace) fill(v *View, in object) {
	v.Type, v.CallbackID, v.ExternalID = asString(in["type"]), asString(in["callback_id"]), asString(in["external_id"])
	v.Title, v.SubmitLabel, v.CloseLabel = textOf(in["title"]), textOf(in["submit"]), textOf(in["close"])
	v.PrivateMetadata = asString(in["private_metadata"])
	v.NotifyOnClose, v.ClearOnClose = in["notify_on_close"] == true, in["clear_on_close"] == true
	v.Blocks = w.identify(objects(in["blocks"]))
	v.Hash = fmt.Sprintf("%d.%s", w.cfg.Now().Unix(), w.id(hexDigits, 8))
	v.State, v.Errors = carryState(v.Blocks, v.State), nil
}

// show opens a new modal on the user's stack. Its root and previous are the
// modals below it.
func (w *Workspace) show(user string, in object) *View {
	v := &View{ID: "V" + w.id(upper, 10), User: user}
	w.fill(v, in)
	v.RootID = v.ID
	if below := w.top(user); below != nil {
		v.PreviousID, v.RootID = below.ID, below.RootID
	}
	w.views[v.ID] = v
	w.stacks[user] = append(w.stacks[user], v.ID)
	return v
}

// dismissAll closes every modal of user.
func (w *Workspace) dismissAll(user string) {
	for _, id := range w.stacks[user] {
		delete(w.views, id)
	}
	delete(w.stacks, user)
}

// dismissTop closes the topmost modal of user.
func (w *Workspace) dismissTop(user string) {
	if v := w.top(user); v != nil {
		delete(w.views, v.ID)
		w.stacks[user] = w.stacks[user][:len(w.stacks[user])-1]
	}
}

func (w *Workspace) viewsOpen(r *request) (object, error) {
	in, err := readView(r, "modal")
	if err != nil {
		return nil, err
	}
	if err := w.uniqueExternalID(in, ""); err != nil {
		return nil, err
	}
	t, err := w.pull(r.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	w.dismissAll(t.user) // an app has one stack of modals per user
	return object{"view": w.viewWire(w.show(t.user, in))}, nil
}

func (w *Workspace) viewsPush(r *request) (object, error) {
	in, err := readView(r, "modal")
	if err != nil {
		return nil, err
	}
	if err := w.uniqueExternalID(in, ""); err != nil {
		return nil, err
	}
	t, err := w.pull(r.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	switch open := w.stacks[t.user]; {
	case t.view == "" || !slices.Contains(open, t.view):
		return nil, refuse("not_found")
	case len(open) >= MaxOpenViews:
		return nil, refuse("push_limit_reached")
	}
	return object{"view": w.viewWire(w.show(t.user, in))}, nil
}

func (w *Workspace) uniqueExternalID(in object, self string) error {
	id := asString(in["external_id"])
	for _, v := range w.views {
		if id != "" && v.ExternalID == id && v.ID != self {
			return refuse("duplicate_external_id")
		}
	}
	return nil
}

func (w *Workspace) viewsUpdate(r *request) (object, error) {
	v := w.findView(r)
	if v == nil {
		return nil, refuse("not_found")
	}
	in, err := readView(r, v.Type)
	if err != nil {
		return nil, err
	}
	if h := r.str("hash"); h != "" && h != v.Hash {
		return nil, refuse("hash_conflict")
	}
	if err := w.uniqueExternalID(in, v.ID); err != nil {
		return nil, err
	}
	w.fill(v, in)
	return object{"view": w.viewWire(v)}, nil
}

func (w *Workspace) findView(r *request) *View {
	if id := r.str("view_id"); id != "" {
		return w.views[id]
	}
	for _, v := range w.views {
		if id := r.str("external_id"); id != "" && v.ExternalID == id {
			return v
		}
	}
	return nil
}

func (w *Workspace) viewsPublish(r *request) (object, error) {
	in, err := readView(r, "home")
	if err != nil {
		return nil, err
	}
	user := r.str("user_id")
	if u, ok := w.users[user]; !ok || u.IsBot {
		return nil, refuseArguments("invalid `user_id`")
	}
	v, ok := w.views[w.homes[user]]
	if !ok {
		v = &View{ID: "V" + w.id(upper, 10), User: user}
		v.RootID = v.ID
		w.views[v.ID], w.homes[user] = v, v.ID
	} else if h := r.str("hash"); h != "" && h != v.Hash {
		return nil, refuse("hash_conflict")
	}
	w.fill(v, in)
	return object{"view": w.viewWire(v)}, nil
}

// viewWire returns the view as in API answers and interaction payloads.
func (w *Workspace) viewWire(v *View) object {
	label := func(s string) any {
		if s == "" {
			return nil
		}
		return object{"type": "plain_text", "text": s, "emoji": true}
	}
	title := label(v.Title)
	if v.Type == "home" && v.Title == "" {
		title = label("View Title") // as in the reference of app_home_opened
	}
	none := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return clone(object{
		"id": v.ID, "team_id": w.cfg.TeamID, "type": v.Type, "blocks": append([]object{}, v.Blocks...),
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": v.ExternalID,
		"state": object{"values": v.State}, "hash": v.Hash, "clear_on_close": v.ClearOnClose,
		"notify_on_close": v.NotifyOnClose,
		"title":           title, "submit": label(v.SubmitLabel), "close": label(v.CloseLabel),
		"root_view_id": v.RootID, "previous_view_id": none(v.PreviousID),
		"app_id": w.cfg.AppID, "bot_id": w.cfg.BotID, "app_installed_team_id": w.cfg.TeamID,
	})
}
