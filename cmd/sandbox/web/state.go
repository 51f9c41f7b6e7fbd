package web

import (
	"encoding/json"
	"slices"

	"s3share/internal/sim/slacksim"
)

// A state is all data that the page shows. Times are in milliseconds of the
// world's clock, which is Offset ahead of the machine's.
type state struct {
	Offset    int64             `json:"offset"`
	People    []person          `json:"people"`
	App       appSeen           `json:"app"`
	Channels  []channel         `json:"channels"`
	Whispers  []message         `json:"whispers"` // ephemeral messages
	Views     map[string][]view `json:"views"`    // by person, topmost last
	Homes     map[string]view   `json:"homes"`    // by person
	Accounts  []account         `json:"accounts"`
	Grants    []*grantSeen      `json:"grants"`
	Question  question          `json:"question"`
	Answer    answer            `json:"answer"`
	Levers    map[string]string `json:"levers"`
	Endpoints map[string]string `json:"endpoints"`
	Keys      awsKeys           `json:"keys"`
}

// awsKeys are the keys of the build user.
type awsKeys struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// An appSeen is the bot's entry in the workspace.
type appSeen struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Runs      bool       `json:"runs"`
	Connected bool       `json:"connected"`
	HasHome   bool       `json:"hasHome"`
	ReadOnly  bool       `json:"readOnly"` // people cannot write to it
	Command   command    `json:"command"`
	Shortcuts []shortcut `json:"shortcuts"`
}

type person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Part  string `json:"part"` // their role in the story
	Plays bool   `json:"plays"`
	DM    string `json:"dm"`
}

type channel struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Members  []string  `json:"members"`
	DM       bool      `json:"dm"`
	Messages []message `json:"messages"`
}

type message struct {
	Channel string           `json:"channel"`
	TS      string           `json:"ts"`
	Thread  string           `json:"thread,omitempty"`
	User    string           `json:"user"`
	To      string           `json:"to,omitempty"`
	Text    string           `json:"text"`
	Blocks  []map[string]any `json:"blocks"`
	Edited  int              `json:"edited,omitempty"`
	Files   []file           `json:"files,omitempty"`
}

type file struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Content string `json:"content"`
}

type view struct {
	ID     string                               `json:"id"`
	Hash   string                               `json:"hash"`
	Title  string                               `json:"title"`
	Submit string                               `json:"submit"`
	Close  string                               `json:"close"`
	Blocks []map[string]any                     `json:"blocks"`
	State  map[string]map[string]map[string]any `json:"state"`
	Errors map[string]string                    `json:"errors"`
}

// cast lists the people that the reader can play, in the order of the story.
var cast = []person{
	{ID: "U0RITA", Name: "Rita", Part: "requester"},
	{ID: "U0ADA", Name: "Ada", Part: "approver"},
	{ID: "U0BOB", Name: "Bob", Part: "approver"},
	{ID: "U0EVE", Name: "Eve", Part: "not an approver"},
}

// snapshot returns the current state. The caller holds the lock.
func (p *page) snapshot() state {
	s := state{
		Offset: p.w.Clock.Offset().Milliseconds(),
		Views:  map[string][]view{}, Homes: map[string]view{}, Whispers: []message{},
		Levers: p.levers, Keys: p.keys, Endpoints: p.w.URLs(),
	}
	s.App = appSeen{
		ID: "U0BOT", Name: "s3share", Runs: p.w.Bot.Runs(), Connected: len(p.w.Slack.Conns()) > 0,
		HasHome: hasHome, ReadOnly: readOnly, Command: slashCommand, Shortcuts: shortcuts,
	}
	s.App.Command.Words = words()
	for _, who := range cast {
		who.Plays, who.DM = true, p.w.Slack.DM(who.ID)
		s.People = append(s.People, who)
		for _, v := range p.w.Slack.ViewStack(who.ID) {
			s.Views[who.ID] = append(s.Views[who.ID], viewOf(v))
		}
		if v := p.w.Slack.Home(who.ID); v != nil {
			s.Homes[who.ID] = viewOf(*v)
		}
		for _, m := range p.w.Slack.Ephemerals(who.ID) {
			s.Whispers = append(s.Whispers, messageOf(m))
		}
	}
	for _, u := range p.w.Slack.Users() {
		if !u.IsBot && !slices.ContainsFunc(cast, func(c person) bool { return c.ID == u.ID }) {
			s.People = append(s.People, person{ID: u.ID, Name: u.RealName})
		}
	}
	for _, c := range p.w.Slack.Channels() {
		one := channel{ID: c.ID, Name: c.Name, Members: c.Members, DM: c.DM, Messages: []message{}}
		for _, m := range p.w.Slack.Messages(c.ID) {
			one.Messages = append(one.Messages, messageOf(m))
		}
		s.Channels = append(s.Channels, one)
	}
	p.log.read()
	s.Accounts, s.Grants = p.lookAtAWS(), p.log.grants()
	p.follow(s.Accounts)
	s.Question, s.Answer = p.question, p.answer()
	return s
}

// look makes a snapshot, and wakes the watchers if it differs from the last
// one.
func (p *page) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := json.Marshal(p.snapshot())
	if err != nil {
		panic(err) // a state has only strings and numbers
	}
	if string(b) == string(p.latest) {
		return
	}
	p.latest = b
	p.made++
	close(p.changed)
	p.changed = make(chan struct{})
}

func messageOf(m slacksim.Message) message {
	out := message{Channel: m.Channel, TS: m.TS, Thread: m.ThreadTS, User: m.User, To: m.To, Text: m.Text,
		Blocks: m.Blocks, Edited: m.Edited}
	for _, f := range m.Files {
		out.Files = append(out.Files, file{f.Name, f.Title, string(f.Content)})
	}
	return out
}

func viewOf(v slacksim.View) view {
	return view{ID: v.ID, Hash: v.Hash, Title: v.Title, Submit: v.SubmitLabel, Close: v.CloseLabel, Blocks: v.Blocks,
		State: v.State, Errors: v.Errors}
}

// indent returns an indented policy. Text that is not JSON stays unchanged.
func indent(text string) string {
	if text == "" {
		return ""
	}
	var raw json.RawMessage
	if json.Unmarshal([]byte(text), &raw) != nil {
		return text
	}
	b, err := json.MarshalIndent(raw, "", "  ")
	if err != nil {
		return text
	}
	return string(b)
}
