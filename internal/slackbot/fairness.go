package slackbot

import (
	"context"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The lanes of acts. Each has places of its own, so that no flood of requests delays or
// refuses a decision, and neither delays what closes access.
const (
	laneRequests  = iota // what asks for access, or for more of it
	laneDecisions        // what approvers and responders decide
	laneClosing
	lanes
)

// laneWidths are how many acts of each lane are carried out at once.
var laneWidths = [lanes]int{laneRequests: 8, laneDecisions: 16, laneClosing: 16}

// mostUndone bounds the acts of one person that are not done, in each lane. Commands,
// buttons and forms count alike, and so do those of an earlier run.
var mostUndone = [lanes]int{laneRequests: 50, laneDecisions: 200, laneClosing: 200}

// mostReads bounds the reads of one person that are under way, refusals among them.
// All of one person's envelopes leave half of the bot's places to the others.
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

// A share is how much of one person's is under way.
type share struct {
	undone [lanes]int // acts
	reads  int
}

// share returns that of a person. The caller holds acts.mu.
func (a *acts) share(user string) *share {
	s := a.shares[user]
	if s == nil {
		s = new(share)
		a.shares[user] = s
	}
	return s
}

// tidy forgets a person of whom nothing is under way. The caller holds acts.mu.
func (a *acts) tidy(user string) {
	if s := a.shares[user]; s != nil && *s == (share{}) {
		delete(a.shares, user)
	}
}

// take counts an act that is not done. It returns false if its person has no place for it;
// one that was acknowledged by an earlier run is counted all the same.
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

// forgetAct notes that an act is done, or is not taken.
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

// beginRead takes a place for a read or a refusal; end gives it back. ok is false if
// the person has too many under way.
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

// tooMany refuses an act of a person who has too many undone.
func tooMany(v commands.Verb) *grant.Refusal {
	what := "requests and commands"
	if laneOf(v) != laneRequests {
		what = "clicks and commands"
	}
	return grant.Refuse("You have %d %s that I have not got to yet, so this one was not taken.", mostUndone[laneOf(v)], what).
		WithHint("Wait for them to be answered, then try again.")
}

// refuseCrowded acknowledges an act for which its person has no place, and refuses it:
// a command and a form in the ack, a button by a message.
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
		return // the person has been told often enough
	}
	defer end()
	in.answer(ctx, in.place, commands.Answer{}, no)
}

// crowdedForm refuses a form in its ack: beside a field, so that what was typed stays,
// or instead of the form if it has no field.
func crowdedForm(a act, no *grant.Refusal) *slack.ViewSubmissionResponse {
	switch a.Action {
	case severalModal:
		return blocks.Beside(no, nil, boxes+"0")
	case changeModal:
		return blocks.Beside(no, nil, fieldTerm)
	case decisionModal:
		if a.Verb != commands.Deny {
			view := sayingView(blocks.RefusalText(no))
			return slack.NewUpdateViewSubmissionResponse(&view)
		}
	}
	if _, asksWhy := reasons[a.Action]; asksWhy {
		return blocks.Beside(no, nil, whyBlock)
	}
	return blocks.Beside(no, nil, fieldReason)
}
