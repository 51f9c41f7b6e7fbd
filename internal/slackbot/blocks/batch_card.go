package blocks

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// This file draws a batch request: one card as long as its requests are decided together.

// isToldByLead reports whether an event is told once for the whole batch: up to the decision. Later
// events are told for each grant.
func isToldByLead(g grant.Grant, event int) bool {
	return event == 0 || g.History[event-1].To.Open()
}

// BatchCard draws the card of a batch: the common parts once, and a line for each request.
func BatchCard(g grant.Grant, others []grant.Grant) Message {
	all := append([]grant.Grant{g}, others...)
	var s sheet
	s.keep(Section("*" + AsksForAll(g) + "*"))
	s.keep(TextBlocks("Reason: " + g.Reason)...)
	for _, line := range conditions(g) {
		s.keep(Section(line))
	}
	for _, one := range all {
		s.keep(batchLine(one))
	}
	if g.State == grant.Pending {
		s.keep(identities(all)...)
		s.add(yieldsWarning, batchWarnings(all)...)
	}
	s.keep(slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+"` · "+batchStatus(all))))
	if g.State == grant.Pending {
		s.keep(decide(g))
	}
	return Message{Text: RequestClause(g) + " — " + batchStatus(all), Blocks: s.blocks()}
}

// AsksForAll describes a batch request in one sentence.
func AsksForAll(g grant.Grant) string {
	return fmt.Sprintf("%s %s %s access for %s: %d grants, decided as one", Mention(g.Requester), requests(g),
		Safe(g.Level.Name, 40), g.Term, len(g.BatchIDs))
}

// batchStatus returns the status of a batch: one line until the decision, then one for each grant.
func batchStatus(all []grant.Grant) string {
	g := all[0]
	if !g.State.InAWS() && g.State != grant.Ended {
		return status(g)
	}
	ended := 0
	for _, one := range all {
		if one.State == grant.Ended {
			ended++
		}
	}
	switch ended {
	case 0:
		return approvedClause(g)
	case len(all):
		return fmt.Sprintf("%s; all %d have ended", approvedClause(g), ended)
	}
	return fmt.Sprintf("%s; %d of %d have ended", approvedClause(g), ended, len(all))
}

// batchLine draws one request on the card of its batch: a line with the principal and the target, and
// the status after the decision.
func batchLine(g grant.Grant) slack.Block {
	name, on := Subject(g)
	text := fmt.Sprintf("`%s` %s → %s", g.ID, name, on)
	var button *slack.Accessory
	if g.State.InAWS() || g.State == grant.Ended {
		text += " — " + StatusText(g)
	}
	if g.State == grant.Approved || g.State == grant.Active {
		button = slack.NewAccessory(Button(ActRevoke, "End…", g, slack.StyleDanger))
	}
	return slack.NewSectionBlock(Mrkdwn(text), nil, button)
}

// identities names each principal of a batch once.
func identities(all []grant.Grant) (content []slack.Block) {
	seen := map[string]bool{}
	for _, g := range all {
		for _, b := range identity(g) {
			if text := b.(*slack.SectionBlock).Text.Text; !seen[text] {
				seen[text] = true
				content = append(content, b)
			}
		}
	}
	return content
}

// batchWarnings draws each warning of a batch once, with the requests that it concerns.
func batchWarnings(all []grant.Grant) (content []slack.Block) {
	var order []string
	concerned := map[string][]string{}
	for _, g := range all {
		for _, w := range Warnings(g) {
			if concerned[w] == nil {
				order = append(order, w)
			}
			concerned[w] = append(concerned[w], "`"+string(g.ID)+"`")
		}
	}
	for _, w := range order[:min(warnedMost, len(order))] {
		text := ":warning: " + w
		if n := len(concerned[w]); n < len(all) {
			text += " (" + listed(concerned[w], "and") + ")"
		}
		content = append(content, Section(text))
	}
	if more := len(order) - warnedMost; more > 0 {
		content = append(content, Section(fmt.Sprintf("*Details* has %d more warnings.", more)))
	}
	return content
}

// warnedMost is the most warnings on the card of a batch.
const warnedMost = 6
