package blocks

import (
	"encoding/json"
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
	s.keep(Section("*" + batchHead(all) + "*"))
	s.keep(TextBlocks("Reason: " + g.Reason)...)
	s.keep(batchLines(all)...)
	if g.State == grant.Pending {
		s.keep(identities(all)...)
	}
	s.keep(paragraph(append(batchScope(all), conditions(g)...))...)
	if g.State == grant.Pending {
		s.add(yieldsWarning, paragraph(batchWarnings(all))...)
	}
	s.keep(slack.NewContextBlock("", Mrkdwn("Request `"+string(g.ID)+"`: "+batchStatus(all))))
	if g.State == grant.Pending {
		s.keep(decide(g))
	}
	return Message{Text: batchHead(all) + " — " + batchStatus(all), Blocks: s.blocks()}
}

// batchHead is the headline of a batch: "@Rita requests read access to 3 buckets for 8h".
func batchHead(all []grant.Grant) string {
	g, buckets, folders, principals := all[0], map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, one := range all {
		buckets[one.Bucket.Name], folders[Target(one)], principals[one.Principal.ARN] = true, true, true
	}
	_, places := Subject(g)
	switch {
	case len(folders) > len(buckets):
		places = fmt.Sprintf("%d folders", len(folders))
	case len(buckets) > 1:
		places = fmt.Sprintf("%d buckets", len(buckets))
	}
	head := fmt.Sprintf("%s %s %s access to %s for %s", Mention(g.Requester), requests(g), Safe(g.Level.Name, 40), places,
		g.Term)
	if len(principals) > 1 {
		head += fmt.Sprintf(", for %d users or roles", len(principals))
	}
	return head
}

// batchScope is the scope of the widest request of a batch.
func batchScope(all []grant.Grant) []string {
	for _, g := range all {
		if g.Prefix == "" {
			return scope(g)
		}
	}
	return scope(all[0])
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

// batchLines draws a line for each request of a batch, with its status and a button after the decision.
func batchLines(all []grant.Grant) (content []slack.Block) {
	for _, g := range all {
		name, on := Subject(g)
		text := fmt.Sprintf("`%s` %s → %s", g.ID, name, on)
		if !g.State.InAWS() && g.State != grant.Ended {
			content = Joined(content, text)
			continue
		}
		line := slack.NewSectionBlock(Mrkdwn(text+" — "+StatusText(g)), nil, nil)
		if g.State == grant.Approved || g.State == grant.Active {
			line.Accessory = slack.NewAccessory(Button(ActRevoke, "End…", g, slack.StyleDanger))
		}
		content = append(content, line)
	}
	return content
}

// identities names each principal of a batch once.
func identities(all []grant.Grant) (content []slack.Block) {
	seen := map[string]bool{}
	for _, g := range all {
		for _, b := range identity(g) {
			text, _ := json.Marshal(b) // cannot fail for blocks of strings
			if !seen[string(text)] {
				seen[string(text)] = true
				content = append(content, b)
			}
		}
	}
	return content
}

// batchWarnings draws each warning of a batch once, with the requests that it concerns.
func batchWarnings(all []grant.Grant) []string {
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
	lines := warningLines(order, warnedMost)
	for i, w := range order[:min(warnedMost, len(order))] {
		if n := len(concerned[w]); n < len(all) {
			lines[i] += " (" + fewOf(concerned[w], "and", warnedMost) + ")"
		}
	}
	return lines
}

// warnedMost is the most warnings on the card of a batch.
const warnedMost = 6
