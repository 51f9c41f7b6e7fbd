package slackbot

import "s3share/internal/commands"

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
