package slackbot

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
)

// actVersion is the form of the acts that this program writes. A program reads
// the forms up to its own.
const actVersion = 1

// An act is what one person did, as the journal keeps it: all that is needed to
// carry it out after a restart. Slack's token is never in it. The names in JSON are
// part of the journal's format: testdata/act.golden holds them.
type act struct {
	Version  int           `json:"v"`
	Verb     commands.Verb `json:"verb"`
	Team     string        `json:"team,omitempty"`
	User     string        `json:"user"`
	At       time.Time     `json:"at"`            // when it was received
	Run      int64         `json:"run"`           // which run of the bot received it
	Order    uint64        `json:"order"`         // its number in that run, in order of receipt
	Envelope string        `json:"env,omitempty"` // the envelope's id
	Trigger  string        `json:"trigger,omitempty"`
	View     string        `json:"view,omitempty"` // the id of the modal that was submitted
	Reply    string        `json:"reply,omitempty"`
	Channel  string        `json:"channel,omitempty"` // where the person was

	Text   string      `json:"text,omitempty"`   // what was typed after /s3share
	Action string      `json:"action,omitempty"` // the action of the button, or the callback of the modal
	On     *click      `json:"on,omitempty"`     // the message that it counts on
	Shown  bool        `json:"shown,omitempty"`  // that message shows a button for the grant, by the payload
	Picks  []pick      `json:"picks,omitempty"`  // what was ticked among several
	Form   *filled     `json:"form,omitempty"`
	Glass  *glass      `json:"glass,omitempty"`
	Narrow *narrowForm `json:"narrow,omitempty"`
	Term   string      `json:"term,omitempty"`
	Reason string      `json:"reason,omitempty"`

	OtherTerm bool      `json:"other_term,omitempty"` // the term was typed, and not chosen from the menu
	Frozen    time.Time `json:"frozen,omitzero"`      // of an unfreeze by a button: the freeze that it ends
	Retry     string    `json:"retry,omitempty"`      // the token of the fresh button that did it again: see retry.go
}

// A pick is one of several that were ticked, as the person saw it.
type pick struct {
	ID       grant.ID `json:"grant"`
	Revision int      `json:"revision"`
}

// narrowForm is what the modal for narrowing a request says.
type narrowForm struct {
	Prefix      string `json:"prefix,omitempty"`
	WholePrefix bool   `json:"whole,omitempty"`
	Level       string `json:"level,omitempty"`
	Term        string `json:"term,omitempty"`
	Approve     bool   `json:"approve,omitempty"`
}

func (n narrowForm) smaller() commands.Smaller {
	return commands.Smaller{Prefix: n.Prefix, WholePrefix: n.WholePrefix, Level: n.Level, Term: n.Term, Approve: n.Approve}
}

func (a act) by() grant.Person { return grant.Person{Team: a.Team, User: a.User} }

// cause is the key by which its commit is known.
func (a act) cause() string {
	if a.Trigger != "" { // of which there is one for each act, whatever envelope brings it
		return "trg:" + a.Trigger
	}
	return "env:" + a.Envelope
}

// causeOf is the key by which the commit of one of several is known.
func (a act) causeOf(p pick) string { return a.cause() + "#" + string(p.ID) }

// causes are the keys that its commit stores. A form that is sent twice counts once.
func (a act) causes() []string {
	if a.View == "" {
		return []string{a.cause()}
	}
	return []string{a.cause(), "view:" + a.View}
}

// keys are all by which it is known when it comes again.
func (a act) keys() (keys []string) {
	for name, id := range map[string]string{"env:": a.Envelope, "trg:": a.Trigger, "view:": a.View} {
		if id != "" {
			keys = append(keys, name+id)
		}
	}
	slices.Sort(keys)
	return keys
}

// ids are the grants that it is about, as far as it says so itself.
func (a act) ids() (ids []grant.ID) {
	if a.On != nil {
		ids = append(ids, a.On.ID)
	}
	for _, p := range a.Picks {
		ids = append(ids, p.ID)
	}
	return ids
}

// call is the call of the commands that it is.
func (a act) call() commands.Invocation {
	causes := a.causes()
	if key := a.retryCause(); key != "" {
		causes = append(causes, key)
	}
	return commands.Invocation{By: a.by(), IdempotencyKeys: causes, ResponseURL: a.Reply, Received: a.At, Opens: a.Verb.Opens(), Frozen: a.Frozen}
}

// respondFor is how long after its receipt an act is answered by its response URL.
const respondFor = 25 * time.Minute

// place is where it is answered: where the person was, or directly if that is long ago.
func (a act) place(now time.Time) place {
	if now.Sub(a.At) >= respondFor {
		return place{user: a.User}
	}
	return place{url: a.Reply, channel: a.Channel, user: a.User}
}

// record is the act for the journal.
func (a act) record() (journal.Record, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return journal.Record{}, fmt.Errorf("writing an act: %w", err)
	}
	return journal.Record{At: a.At, Keys: a.keys(), Closing: a.Verb.Closes(), Body: body}, nil
}

func actOf(r journal.Record) (act, error) {
	var a act
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return a, fmt.Errorf("reading act %d of the journal: %w", r.Seq, err)
	}
	if a.Version < 1 || a.Version > actVersion {
		return a, fmt.Errorf("act %d of the journal has the form %d, which a newer version of the bot has written", r.Seq, a.Version)
	}
	return a, nil
}

// UnreadableActs names the acts of a journal that this program cannot read: a newer
// version has stored them, or they are damaged. A refusal or an end may be among them.
func UnreadableActs(acts []journal.Record) (names []string) {
	for _, r := range acts {
		if _, err := actOf(r); err != nil {
			names = append(names, fmt.Sprintf("act %d, received %s", r.Seq, r.At.UTC().Format("2006-01-02 15:04:05 UTC")))
		}
	}
	return names
}

// inOrder sorts what a journal has by receipt. Of one run the order is known; runs
// follow each other.
func inOrder(a, b stored) int {
	if a.act.Run == b.act.Run {
		return int(int64(a.act.Order) - int64(b.act.Order))
	}
	if a.seq < b.seq {
		return -1
	}
	return 1
}

// stored is an act that the journal has.
type stored struct {
	seq uint64
	act act
}

// person returns who is behind an interaction.
func personOf(in slack.InteractionCallback) grant.Person {
	p := grant.Person{Team: in.User.TeamID, User: in.User.ID}
	if p.Team == "" {
		p.Team = in.Team.ID
	}
	return p
}
