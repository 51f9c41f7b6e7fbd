package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"s3share/cmd/sandbox/script"
	"s3share/internal/sim/slacksim"
)

// An act is one person's act in Slack. Do selects the act, in the words of the
// scripts; each act uses only some of the other fields. Action is the action id of
// a button or a menu.
type act struct {
	As      string `json:"as"`
	Do      string `json:"do"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	View    string `json:"view"`

	Text   string          `json:"text"`
	Block  string          `json:"block"`
	Action string          `json:"action"`
	State  json.RawMessage `json:"state"` // the state of an element, or of a whole form as in Slack's state.values
}

// acted is Slack's immediate feedback to the person.
type acted struct {
	Error       string            `json:"error,omitempty"`
	FieldErrors map[string]string `json:"fieldErrors,omitempty"`
	Options     []option          `json:"options,omitempty"`
}

type option struct {
	Group       string `json:"group"`
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// act runs the act. It returns when the bot has acked, or when Slack's deadline
// has passed.
func (p *page) act(r *http.Request, a act) (acted, error) {
	defer p.nudge()
	if !slices.ContainsFunc(cast, func(c person) bool { return c.ID == a.As }) {
		return acted{}, fmt.Errorf("the page does not play %q", a.As)
	}
	if p.isDown() {
		return acted{Error: "Slack is down. Set it to Works under Simulate failures."}, nil
	}
	switch a.Do {
	case "say":
		return p.say(r, a)
	case "open home":
		written := p.story.Does(a.As, "opens home")
		return seen(p.w.Slack.As(a.As).OpenHome(r.Context()), written), nil
	case "shortcut":
		written := p.story.Does(a.As, "shortcut "+a.Action)
		return seen(p.w.Slack.As(a.As).Shortcut(r.Context(), a.Action), written), nil
	case "shortcut on", "dismiss":
		return p.onMessage(r, a)
	case "press", "look up":
		return p.onElement(r, a)
	case "submit", "close":
		return p.onModal(r, a)
	}
	return acted{}, fmt.Errorf("unknown act %q", a.Do)
}

func (p *page) onMessage(r *http.Request, a act) (acted, error) {
	m, ok := p.messageSeen(a)
	if !ok {
		return acted{}, errImpossible
	}
	if a.Do == "dismiss" {
		if !m.Ephemeral {
			return acted{}, errImpossible
		}
		p.story.Dismisses(a.As, m)
		p.w.Slack.Dismiss(m)
		return acted{}, nil
	}
	in, _ := p.channel(a)
	written := p.story.Shortcut(a.As, in, m, a.Action)
	return seen(p.w.Slack.As(a.As).MessageShortcut(r.Context(), m, a.Action), written), nil
}

// onElement uses a button or a menu, or queries an external menu.
func (p *page) onElement(r *http.Request, a act) (acted, error) {
	on, ok := p.surface(a)
	if !ok {
		return acted{}, errImpossible
	}
	who := p.w.Slack.As(a.As)
	if a.Do == "look up" {
		found, d := who.Suggest(r.Context(), on, a.Block, a.Action, a.Text)
		out := seen(d, func(slacksim.Delivery) {})
		for _, o := range found {
			out.Options = append(out.Options, option(o))
		}
		return out, nil
	}
	var state map[string]any
	if len(a.State) > 0 {
		if err := json.Unmarshal(a.State, &state); err != nil {
			return acted{}, err
		}
	}
	written := p.story.Uses(a.As, on, a.Block, a.Action, state)
	return seen(who.Act(r.Context(), on, a.Block, a.Action, state), written), nil
}

// onModal submits a form with the state of its fields, or closes it.
func (p *page) onModal(r *http.Request, a act) (acted, error) {
	v, ok := p.modal(a)
	if !ok {
		return acted{}, errImpossible
	}
	who := p.w.Slack.As(a.As)
	if a.Do == "close" {
		written := p.story.Does(a.As, "closes")
		return seen(who.Close(r.Context(), v), written), nil
	}
	var state map[string]map[string]map[string]any
	if err := json.Unmarshal(a.State, &state); err != nil {
		return acted{}, err
	}
	written := p.story.Submits(a.As, v, state)
	return seen(who.SubmitState(r.Context(), v, state), written), nil
}

// seen is the feedback to the person, once the story has the act.
func seen(d slacksim.Delivery, written script.Written) acted {
	written(d)
	return acted{Error: d.Error, FieldErrors: d.FieldErrors}
}

// say posts a message or, if the text is a command, runs the command.
func (p *page) say(r *http.Request, a act) (acted, error) {
	text := strings.TrimSpace(a.Text)
	in, ok := p.channel(a)
	if !ok || text == "" {
		return acted{}, errImpossible
	}
	who := p.w.Slack.As(a.As)
	if !strings.HasPrefix(text, "/") {
		text = p.escape(text, false)
		p.story.Says(a.As, in, text)
		who.Say(a.Channel, text)
		return acted{}, nil
	}
	name, rest, _ := strings.Cut(text, " ")
	if name != slashCommand.Name {
		return acted{Error: fmt.Sprintf("%s is not a valid command here. Try %s.", name, slashCommand.Name)}, nil
	}
	rest = p.escape(strings.TrimSpace(rest), true)
	written := p.story.Says(a.As, in, strings.TrimSpace(name+" "+rest))
	return seen(who.Slash(r.Context(), a.Channel, name, rest), written), nil
}

// channel finds the channel of an act, if the person is in it.
func (p *page) channel(a act) (slacksim.Channel, bool) {
	all := p.w.Slack.Channels()
	i := slices.IndexFunc(all, func(c slacksim.Channel) bool {
		return c.ID == a.Channel && slices.Contains(c.Members, a.As)
	})
	if i < 0 {
		return slacksim.Channel{}, false
	}
	return all[i], true
}

var (
	entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	nameLike = regexp.MustCompile(`[@#][\w.-]*\w`)
)

// escape converts typed text as Slack's client does: entities, and ids of
// people and channels. If the app enabled it, the ids in a command also carry
// the names (docs.slack.dev/interactivity/implementing-slash-commands).
func (p *page) escape(text string, command bool) string {
	return nameLike.ReplaceAllStringFunc(entities.Replace(text), func(typed string) string {
		id, name := p.idOf(typed[0], typed[1:])
		switch {
		case id == "":
			return typed
		case command:
			return "<" + typed[:1] + id + "|" + name + ">"
		}
		return "<" + typed[:1] + id + ">"
	})
}

// idOf finds a person or a channel by name.
func (p *page) idOf(kind byte, name string) (id, proper string) {
	if kind == '#' {
		for _, c := range p.w.Slack.Channels() {
			if strings.EqualFold(c.Name, name) {
				return c.ID, c.Name
			}
		}
		return "", ""
	}
	for _, u := range p.w.Slack.Users() {
		if strings.EqualFold(u.Name, name) {
			return u.ID, u.Name
		}
	}
	return "", ""
}

// messageSeen finds a message that the person sees.
func (p *page) messageSeen(a act) (slacksim.Message, bool) {
	if m, ok := p.w.Slack.Message(a.Channel, a.TS); ok {
		return m, true
	}
	for _, m := range p.w.Slack.Ephemerals(a.As) {
		if m.Channel == a.Channel && m.TS == a.TS {
			return m, true
		}
	}
	return slacksim.Message{}, false
}

// modal finds an open modal of the person.
func (p *page) modal(a act) (slacksim.View, bool) {
	for _, v := range p.w.Slack.ViewStack(a.As) {
		if v.ID == a.View {
			return v, true
		}
	}
	return slacksim.View{}, false
}

// surface finds the message or view that contains the element.
func (p *page) surface(a act) (slacksim.Surface, bool) {
	if a.View == "" {
		m, ok := p.messageSeen(a)
		return m, ok
	}
	if v, ok := p.modal(a); ok {
		return v, true
	}
	if v := p.w.Slack.Home(a.As); v != nil && v.ID == a.View {
		return *v, true
	}
	return nil, false
}
