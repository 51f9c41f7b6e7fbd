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

// openViews are the modals and Home tabs of all users, and the acts of people
// that let the app open one.
type openViews struct {
	*core
	people *people
	log    *callLog

	views    map[string]*View
	stacks   map[string][]string // user: ids of open modals, the topmost last
	homes    map[string]string   // user: id of the home view
	triggers map[string]*trigger
	offers   map[string][]object // options of external menus, by user, surface and element
}

// View returns the topmost open modal of user, or nil.
func (vs *openViews) View(user string) *View {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if v := vs.top(user); v != nil {
		return v.copy()
	}
	return nil
}

// ViewStack returns the open modals of user, the topmost last.
func (vs *openViews) ViewStack(user string) []View {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	var out []View
	for _, id := range vs.stacks[user] {
		out = append(out, *vs.views[id].copy())
	}
	return out
}

// Home returns the app's Home tab as user sees it, or nil before the first
// views.publish.
func (vs *openViews) Home(user string) *View {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if v, ok := vs.views[vs.homes[user]]; ok {
		return v.copy()
	}
	return nil
}

func (v *View) copy() *View {
	c := *v
	c.Blocks, c.State, c.Errors = clone(v.Blocks), clone(v.State), clone(v.Errors)
	return &c
}

// top returns the topmost modal, or nil. The caller holds vs.mu.
func (vs *openViews) top(user string) *View {
	stack := vs.stacks[user]
	if len(stack) == 0 {
		return nil
	}
	return vs.views[stack[len(stack)-1]]
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
func (vs *openViews) fill(v *View, in object) {
	v.Type, v.CallbackID, v.ExternalID = asString(in["type"]), asString(in["callback_id"]), asString(in["external_id"])
	v.Title, v.SubmitLabel, v.CloseLabel = textOf(in["title"]), textOf(in["submit"]), textOf(in["close"])
	v.PrivateMetadata = asString(in["private_metadata"])
	v.NotifyOnClose, v.ClearOnClose = in["notify_on_close"] == true, in["clear_on_close"] == true
	v.Blocks = vs.identify(objects(in["blocks"]))
	v.Hash = fmt.Sprintf("%d.%s", vs.cfg.Now().Unix(), vs.id(hexDigits, 8))
	v.State, v.Errors = carryState(v.Blocks, v.State), nil
}

// show opens a new modal on the user's stack. Its root and previous are the
// modals below it.
func (vs *openViews) show(user string, in object) *View {
	v := &View{ID: "V" + vs.id(upper, 10), User: user}
	vs.fill(v, in)
	v.RootID = v.ID
	if below := vs.top(user); below != nil {
		v.PreviousID, v.RootID = below.ID, below.RootID
	}
	vs.views[v.ID] = v
	vs.stacks[user] = append(vs.stacks[user], v.ID)
	return v
}

// dismissAll closes every modal of user.
func (vs *openViews) dismissAll(user string) {
	for _, id := range vs.stacks[user] {
		delete(vs.views, id)
	}
	delete(vs.stacks, user)
}

// dismissTop closes the topmost modal of user.
func (vs *openViews) dismissTop(user string) {
	if v := vs.top(user); v != nil {
		delete(vs.views, v.ID)
		vs.stacks[user] = vs.stacks[user][:len(vs.stacks[user])-1]
	}
}

func (vs *openViews) viewsOpen(r *request) (object, error) {
	in, err := readView(r, "modal")
	if err != nil {
		return nil, err
	}
	if err := vs.uniqueExternalID(in, ""); err != nil {
		return nil, err
	}
	t, err := vs.pull(r.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	vs.dismissAll(t.user) // an app has one stack of modals per user
	return object{"view": vs.viewWire(vs.show(t.user, in))}, nil
}

func (vs *openViews) viewsPush(r *request) (object, error) {
	in, err := readView(r, "modal")
	if err != nil {
		return nil, err
	}
	if err := vs.uniqueExternalID(in, ""); err != nil {
		return nil, err
	}
	t, err := vs.pull(r.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	switch open := vs.stacks[t.user]; {
	case t.view == "" || !slices.Contains(open, t.view):
		return nil, refuse("not_found")
	case len(open) >= MaxOpenViews:
		return nil, refuse("push_limit_reached")
	}
	return object{"view": vs.viewWire(vs.show(t.user, in))}, nil
}

func (vs *openViews) uniqueExternalID(in object, self string) error {
	id := asString(in["external_id"])
	for _, v := range vs.views {
		if id != "" && v.ExternalID == id && v.ID != self {
			return refuse("duplicate_external_id")
		}
	}
	return nil
}

func (vs *openViews) viewsUpdate(r *request) (object, error) {
	v := vs.findView(r)
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
	if err := vs.uniqueExternalID(in, v.ID); err != nil {
		return nil, err
	}
	vs.fill(v, in)
	return object{"view": vs.viewWire(v)}, nil
}

func (vs *openViews) findView(r *request) *View {
	if id := r.str("view_id"); id != "" {
		return vs.views[id]
	}
	for _, v := range vs.views {
		if id := r.str("external_id"); id != "" && v.ExternalID == id {
			return v
		}
	}
	return nil
}

func (vs *openViews) viewsPublish(r *request) (object, error) {
	in, err := readView(r, "home")
	if err != nil {
		return nil, err
	}
	user := r.str("user_id")
	if u, ok := vs.people.users[user]; !ok || u.IsBot {
		return nil, refuseArguments("invalid `user_id`")
	}
	v, ok := vs.views[vs.homes[user]]
	if !ok {
		v = &View{ID: "V" + vs.id(upper, 10), User: user}
		v.RootID = v.ID
		vs.views[v.ID], vs.homes[user] = v, v.ID
	} else if h := r.str("hash"); h != "" && h != v.Hash {
		return nil, refuse("hash_conflict")
	}
	vs.fill(v, in)
	return object{"view": vs.viewWire(v)}, nil
}

// viewWire returns the view as in API answers and interaction payloads.
func (vs *openViews) viewWire(v *View) object {
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
		"id": v.ID, "team_id": vs.cfg.TeamID, "type": v.Type, "blocks": append([]object{}, v.Blocks...),
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": v.ExternalID,
		"state": object{"values": v.State}, "hash": v.Hash, "clear_on_close": v.ClearOnClose,
		"notify_on_close": v.NotifyOnClose,
		"title":           title, "submit": label(v.SubmitLabel), "close": label(v.CloseLabel),
		"root_view_id": v.RootID, "previous_view_id": none(v.PreviousID),
		"app_id": vs.cfg.AppID, "bot_id": vs.cfg.BotID, "app_installed_team_id": vs.cfg.TeamID,
	})
}
