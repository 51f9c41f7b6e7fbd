package blocks

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// This file draws a batch request: one card as long as its requests are decided together.

// isToldByLead reports whether an event is told once for the whole batch: up to the decision. Later
// events are told for each grant.
func isToldByLead(g grant.Grant, event int) bool {
	return event == 0 || g.History[event-1].To.Open()
}

// BatchCard draws the card of a batch: the common parts once, and a section for each request.
func BatchCard(g grant.Grant, others []grant.Grant) Message {
	all := append([]grant.Grant{g}, others...)
	var s sheet
	s.keep(Section("*" + AsksForAll(g) + "*"))
	common, apart := CommonFacts(g)
	s.keep(append([]slack.Block{Section(strings.Join(common, "\n"))}, apart...)...)
	s.keep(TextBlocks("Reason: " + g.Reason)...)
	for _, one := range all {
		s = append(s, batchLine(one)...)
	}
	if changed := changes(g); changed != "" {
		s.keep(Section(changed))
	}
	s.keep(slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+"` · "+batchStatus(all))))
	if g.State == grant.Pending {
		s.keep(decide(g))
	}
	return Message{Text: RequestClause(g) + " — " + batchStatus(all), Blocks: s.blocks()}
}

// AsksForAll describes a batch request in one sentence.
func AsksForAll(g grant.Grant) string {
	asked := "asks"
	if !g.State.Open() {
		asked = "asked"
	}
	return fmt.Sprintf("%s %s for %d grants at once: %s, for %s each", Mention(g.Requester), asked, len(g.BatchIDs),
		Safe(g.Level.Name, 40), g.Term)
}

// batchStatus returns the status of a batch: one line until the decision, then one for each grant.
func batchStatus(all []grant.Grant) string {
	g := all[0]
	if !g.State.InAWS() && g.State != grant.Ended {
		return status(g)
	}
	open := 0
	for _, one := range all {
		if one.State == grant.Approved || one.State == grant.Active {
			open++
		}
	}
	if open == 0 {
		return approvedClause(g) + "; all of it is over"
	}
	return fmt.Sprintf("%s; %d of %d not over yet", approvedClause(g), open, len(all))
}

// batchLine draws one request on the card of its batch: the principal, the target and the policy
// change, or its status after the decision.
func batchLine(g grant.Grant) sheet {
	facts, apart := OwnFacts(g)
	block := slack.NewSectionBlock(Mrkdwn("`"+string(g.ID)+"`\n"+strings.Join(facts, "\n")), nil, nil)
	switch {
	case g.State == grant.Pending && g.Findings.Change != "":
		block.Text.Text += "\n*What changes* " + Safe(g.Findings.Change, 350)
	case g.State.InAWS() || g.State == grant.Ended:
		name, on := Subject(g)
		block.Text.Text, apart = fmt.Sprintf("`%s` %s %s %s %s — %s", g.ID, name, AccessClause(g), Verb(g.Level.Name), on,
			StatusText(g)), nil
	}
	if g.State == grant.Approved || g.State == grant.Active {
		block.Accessory = slack.NewAccessory(Button(ActRevoke, "End…", g, slack.StyleDanger))
	}
	s := sheet{{block: block, yield: yieldsDetail,
		shorter: func(int) slack.Block { return batchShortLine(g, block.Accessory) }}}
	s.add(yieldsDetail, apart...)
	if all := Warnings(g); len(all) > 0 && g.State == grant.Pending {
		text := ":warning: " + strings.Join(all[:min(warnedMost, len(all))], "\n:warning: ")
		if len(all) > warnedMost {
			text += "\n*Details* has more warnings."
		}
		s.add(yieldsWarning, Section(text))
	}
	return s
}

// batchShortLine draws one request of a batch on a card without more space.
func batchShortLine(g grant.Grant, button *slack.Accessory) slack.Block {
	block := slack.NewSectionBlock(Mrkdwn(fmt.Sprintf("`%s` %s on %s (%s)",
		g.ID, nameInText(g.Principal.Name, 64), nameInText(Target(g), 300), Safe(g.Principal.Account, 64))), nil, nil)
	block.Accessory = button
	return block
}

// warnedMost is the most warnings for one request of a batch on its card.
const warnedMost = 4
