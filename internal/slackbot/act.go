package slackbot

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/slackbot/outbox"
)

// actVersion is the version of the acts that this program writes. A program reads its own version
// and all earlier ones.
const actVersion = 1

// An act is one person's act, as the journal stores it: everything that a replay after a restart
// needs. It never contains Slack's token. The JSON names are part of the journal's format;
// testdata/act.golden pins them.
type act struct {
	Version  int           `json:"v"`
	Verb     commands.Verb `json:"verb"`
	Team     string        `json:"team,omitempty"`
	User     string        `json:"user"`
	At       time.Time     `json:"at"`            // when it was received
	Run      int64         `json:"run"`           // the run of the bot that received it
	Order    uint64        `json:"order"`         // its number in that run, in order of receipt
	Envelope string        `json:"env,omitempty"` // the envelope's id
	Trigger  string        `json:"trigger,omitempty"`
	View     string        `json:"view,omitempty"` // the id of the submitted modal
	Reply    string        `json:"reply,omitempty"`
	Channel  string        `json:"channel,omitempty"` // where the person was

	Text       string                   `json:"text,omitempty"`   // the text after /s3share
	Action     string                   `json:"action,omitempty"` // the action of the button, or the callback of the modal
	On         *click                   `json:"on,omitempty"`     // the message of the button
	Shown      bool                     `json:"shown,omitempty"`  // the payload has a button for the grant
	Picks      []pick                   `json:"picks,omitempty"`  // the ticked items of a bulk approval
	Form       *blocks.RequestValues    `json:"form,omitempty"`
	BreakGlass *blocks.BreakGlassValues `json:"glass,omitempty"`
	Narrow     *blocks.NarrowValues     `json:"narrow,omitempty"`
	Term       string                   `json:"term,omitempty"`
	Reason     string                   `json:"reason,omitempty"`

	OtherTerm bool      `json:"other_term,omitempty"` // the duration was typed, not chosen from the menu
	Frozen    time.Time `json:"frozen,omitzero"`      // of an unfreeze by a button: the freeze that it ends
	Retry     string    `json:"retry,omitempty"`      // the token of the retry button that made it: see retry_button.go

	Listed *commands.Listed `json:"listed,omitempty"` // of an end-all by its modal, which stores the typed text too
}

// A pick is one ticked item, at the revision that the person saw.
type pick struct {
	ID       grant.ID `json:"grant"`
	Revision int      `json:"revision"`
}

func (a act) by() grant.Person { return grant.Person{Team: a.Team, User: a.User} }

// cause returns the idempotency key of the act's commit.
func (a act) cause() string {
	if a.Trigger != "" { // one for each act, in all its envelopes
		return "trg:" + a.Trigger
	}
	return "env:" + a.Envelope
}

// causeOf returns the idempotency key of the commit for one ticked item.
func (a act) causeOf(p pick) string { return a.cause() + "#" + string(p.ID) }

// causes returns the keys that the commit stores. A form that is sent twice counts once.
func (a act) causes() []string {
	if a.View == "" {
		return []string{a.cause()}
	}
	return []string{a.cause(), "view:" + a.View}
}

// keys returns all keys that identify a redelivery.
func (a act) keys() (keys []string) {
	for name, id := range map[string]string{"env:": a.Envelope, "trg:": a.Trigger, "view:": a.View} {
		if id != "" {
			keys = append(keys, name+id)
		}
	}
	slices.Sort(keys)
	return keys
}

// ids returns the grants that the act names.
func (a act) ids() (ids []grant.ID) {
	if a.On != nil {
		ids = append(ids, a.On.ID)
	}
	for _, p := range a.Picks {
		ids = append(ids, p.ID)
	}
	return ids
}

// call returns the call of the commands.
func (a act) call() commands.Invocation {
	causes := a.causes()
	if key := a.retryCause(); key != "" {
		causes = append(causes, key)
	}
	return commands.Invocation{By: a.by(), IdempotencyKeys: causes, ResponseURL: a.Reply, Received: a.At,
		Opens: a.Verb.Opens(), Frozen: a.Frozen, Listed: a.Listed}
}

// respondFor is how long after its receipt an act is answered by its response URL.
const respondFor = 25 * time.Minute

// place returns where to answer: where the person was, or directly if that is too long ago.
func (a act) place(now time.Time) outbox.Place {
	if now.Sub(a.At) >= respondFor {
		return outbox.Place{User: a.User}
	}
	return outbox.Place{URL: a.Reply, Channel: a.Channel, User: a.User}
}

// record returns the act for the journal.
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
		return a, fmt.Errorf("act %d of the journal has the form %d, which a newer version of the bot has written",
			r.Seq, a.Version)
	}
	return a, nil
}

// UnreadableActs describes the acts in a journal that this program cannot read: a newer version
// stored them, or they are damaged. A denial or an end may be among them.
func UnreadableActs(acts []journal.Record) (names []string) {
	for _, r := range acts {
		if _, err := actOf(r); err != nil {
			names = append(names, fmt.Sprintf("act %d, received %s", r.Seq, r.At.UTC().Format("2006-01-02 15:04:05 UTC")))
		}
	}
	return names
}

// inOrder compares acts by receipt. Acts of one run have numbers; runs follow each other.
func inOrder(a, b stored) int {
	if a.act.Run == b.act.Run {
		return int(int64(a.act.Order) - int64(b.act.Order))
	}
	if a.seq < b.seq {
		return -1
	}
	return 1
}

// stored is an act in the journal.
type stored struct {
	seq uint64
	act act
}

// retryCause returns the key that makes two clicks on one button a single act. Only an extension
// needs it: all others are checked against a revision, a drift or a freeze, which the first click
// has changed.
func (a act) retryCause() string {
	if a.Retry == "" || a.Verb != commands.Extend {
		return ""
	}
	return "retry:" + a.Retry
}

// A click is a button of a message, as the envelope proves it. Without a channel and a message it
// is on the person's own Home. Modals and the journal store it with these names.
type click struct {
	ID       grant.ID
	Revision int
	Channel  string
	TS       string
}

func (c click) atHome() bool { return c.TS == "" && c.Channel == "" }
