package slackbot

import (
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

// tooMany returns the refusal for a person with too many undone acts.
func tooMany(v commands.Verb) *grant.Refusal {
	what := "requests and commands"
	if laneOf(v) != laneRequests {
		what = "clicks and commands"
	}
	return grant.Refuse("Nothing was done: you already have %d %s waiting for an answer.",
		mostUndone[laneOf(v)], what).
		WithHint("Wait for the answers, then try again.")
}

// crowdedForm refuses a form in its acknowledgement: beside a field, so that the typed text stays,
// or instead of a form without fields.
func crowdedForm(a act, no *grant.Refusal) *slack.ViewSubmissionResponse {
	switch a.Action {
	case blocks.BulkCallback:
		return blocks.Beside(no, nil, blocks.BulkBlock)
	case blocks.NarrowCallback:
		return blocks.Beside(no, nil, blocks.FieldTerm)
	case blocks.DecisionCallback, blocks.EndAllCallback:
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
