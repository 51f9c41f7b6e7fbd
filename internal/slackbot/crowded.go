package slackbot

import (
	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

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
