package slackbot

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// reconfirmCard asks those who decide whether a long grant is still needed, by
// the place of its warning in the history. Silence ends the grant, so it asks for
// nothing but an extension. It shows what came of it.
func reconfirmCard(g grant.Grant, event int) message {
	name, on := subject(g)
	head := fmt.Sprintf("Still needed? %s %s %s %s, which %s asked for on %s", name, could(g), verb(g.Level.Name), on, mention(g.Requester), day(g.AskedAt))
	stands, open := reconfirmStands(g, event)
	content := append([]slack.Block{section("*" + head + "*")}, textBlocks("Reason: "+g.Reason)...)
	content = append(content, slack.NewContextBlock("", mrkdwn("`"+string(g.ID)+"` · "+stands)))
	if open {
		buttons := []slack.BlockElement{button(actRevoke, "End…", g, slack.StyleDanger), button(actDetails, "Details", g, "")}
		if g.PendingExtension == nil {
			buttons = append([]slack.BlockElement{button(actExtend, "Extend…", g, "")}, buttons...)
		}
		content = append(content, slack.NewActionBlock("reconfirm", buttons...))
	}
	return message{text: head + " — " + stands, blocks: content}
}

// reconfirmStands says what came of the question, and whether it still stands.
func reconfirmStands(g grant.Grant, event int) (text string, open bool) {
	for i, ev := range g.History[event+1:] {
		switch {
		case ev.Kind == grant.Extend && !ev.Expiry.IsZero():
			by := "the rule"
			if !ev.By.IsBot() {
				by = mention(ev.By)
			}
			return "yes: extended by " + by + ", until " + when(ev.Expiry), false
		case ev.Kind == grant.End:
			return "over: " + endingClause(g), false
		case g.Reconfirms(event + 1 + i):
			return "asked again on " + day(ev.At), false
		}
	}
	if g.PendingExtension != nil {
		return fmt.Sprintf("an extension by %s waits for a decision; without it, it ends %s", g.PendingExtension.Term, when(g.ExpiresAt)), true
	}
	return fmt.Sprintf("silence ends it %s; %s may extend it", when(g.ExpiresAt), approversOnCard(g)) + notified(g), true
}
