package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The lanes of acts. Each has its own limits, so that a flood of requests neither delays nor
// refuses a decision, and neither delays acts that close access.
const (
	laneRequests  = iota // requests, extensions and consents
	laneDecisions        // acts of approvers and responders
	laneClosing
	lanes
)

// laneWidths is the number of concurrent acts in each lane.
var laneWidths = [lanes]int{laneRequests: 8, laneDecisions: 16, laneClosing: 16}

// mostUndone is the most undone acts of one person in each lane: commands, buttons, forms, and acts
// of earlier runs together.
var mostUndone = [lanes]int{laneRequests: 50, laneDecisions: 200, laneClosing: 200}

// mostReads is the most concurrent reads of one person, including refusals. One person can use at
// most half of the bot's slots.
const mostReads = 50

func laneOf(v commands.Verb) int {
	switch {
	case v.Closes():
		return laneClosing
	case v.Requests(), v == commands.Extend, v == commands.Consent:
		return laneRequests
	}
	return laneDecisions
}

// A share counts the work in flight of one person.
type share struct {
	undone [lanes]int // acts
	reads  int
}

// share returns a person's share. The caller holds acts.mu.
func (a *acts) share(user string) *share {
	s := a.shares[user]
	if s == nil {
		s = new(share)
		a.shares[user] = s
	}
	return s
}

// tidy removes a person without work in flight. The caller holds acts.mu.
func (a *acts) tidy(user string) {
	if s := a.shares[user]; s != nil && *s == (share{}) {
		delete(a.shares, user)
	}
}

// take counts an undone act. It returns false if the person has too many. An act that an earlier
// run acknowledged always counts.
func (a *acts) take(e *entry, acknowledged bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, lane := a.share(e.act.User), laneOf(e.act.Verb)
	if s.undone[lane] >= mostUndone[lane] && !acknowledged {
		return false
	}
	s.undone[lane]++
	a.entries[e] = true
	return true
}

// forgetAct records that an act is done, or not accepted.
func (a *acts) forgetAct(e *entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.entries[e] {
		return
	}
	delete(a.entries, e)
	a.share(e.act.User).undone[laneOf(e.act.Verb)]--
	a.tidy(e.act.User)
}

// beginRead takes a slot for a read or a refusal; end releases it. ok is false if the person has
// too many.
func (a *acts) beginRead(user string) (end func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.share(user)
	if s.reads >= mostReads {
		return nil, false
	}
	s.reads++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		s.reads--
		a.tidy(user)
	}, true
}

// tooMany returns the refusal for a person with too many undone acts.
func tooMany(v commands.Verb) *grant.Refusal {
	what := "requests and commands"
	if laneOf(v) != laneRequests {
		what = "clicks and commands"
	}
	return grant.Refuse("You have %d %s that I have not got to yet, so this one was not taken.",
		mostUndone[laneOf(v)], what).
		WithHint("Wait for them to be answered, then try again.")
}

// refuseCrowded acknowledges and refuses an act of a person with too many: a command and a form in
// the acknowledgement, a button by a message.
func (in *incoming) refuseCrowded(ctx context.Context) {
	a := in.entry.act
	no := tooMany(a.Verb)
	in.reject()
	in.Log.WarnContext(ctx, "a person has too many undone acts: one more was refused", "verb", a.Verb, "person", a.User)
	payload := refusedInAck(in.evt, no)
	if a.View != "" {
		payload = crowdedForm(a, no)
	}
	in.ack(ctx, payload)
	if payload != nil {
		return
	}
	end, ok := in.acts.beginRead(a.User)
	if !ok {
		return // the person was told often enough
	}
	defer end()
	in.answers.answer(ctx, in.place, commands.Answer{}, no)
}

// crowdedForm refuses a form in its acknowledgement: beside a field, so that the typed text stays,
// or instead of a form without fields.
func crowdedForm(a act, no *grant.Refusal) *slack.ViewSubmissionResponse {
	switch a.Action {
	case blocks.BulkCallback:
		return blocks.Beside(no, nil, blocks.BulkBlock)
	case blocks.NarrowCallback:
		return blocks.Beside(no, nil, blocks.FieldTerm)
	case blocks.DecisionCallback:
		if a.Verb != commands.Deny {
			view := blocks.TextView(blocks.RefusalText(no))
			return slack.NewUpdateViewSubmissionResponse(&view)
		}
	}
	if _, asksWhy := reasons[a.Action]; asksWhy {
		return blocks.Beside(no, nil, blocks.WhyBlock)
	}
	return blocks.Beside(no, nil, blocks.FieldReason)
}
