package blocks

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// reconfirmCard asks the approvers whether a long grant is still needed, for one warning in the
// history. Without an answer the grant expires, so its only button is the extension. It shows the
// result.
func reconfirmCard(g grant.Grant, event int) Message {
	head := fmt.Sprintf("Still needed? %s (requested by %s)", Summary(g), Mention(g.Requester))
	stands, open := reconfirmStands(g, event)
	content := append([]slack.Block{Section("*" + head + "*")}, TextBlocks("Reason: "+g.Reason)...)
	content = append(content, identity(g)...)
	content = append(content, slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+"` · "+stands)))
	if open {
		buttons := []slack.BlockElement{Button(ActRevoke, "End…", g, slack.StyleDanger), Button(ActDetails, "Details", g, "")}
		if g.PendingExtension == nil {
			buttons = append([]slack.BlockElement{Button(ActExtend, "Extend…", g, "")}, buttons...)
		}
		content = append(content, slack.NewActionBlock("reconfirm", buttons...))
	}
	return Message{Text: head + " — " + stands, Blocks: content}
}

// reconfirmStands returns the result of the question, and whether it is still open.
func reconfirmStands(g grant.Grant, event int) (text string, open bool) {
	for i, ev := range g.History[event+1:] {
		switch {
		case ev.Kind == grant.EventExtend && !ev.Expiry.IsZero():
			by := "the rule"
			if !ev.By.IsBot() {
				by = Mention(ev.By)
			}
			return "yes: extended by " + by + ", active " + Until(ev.Expiry), false
		case ev.Kind == grant.EventEnd:
			return endClause(g), false
		case g.Reconfirms(event + 1 + i):
			return "asked again on " + Day(ev.At), false
		}
	}
	if g.PendingExtension != nil {
		return fmt.Sprintf("an extension of %s is waiting for a decision; without one, access %s", g.PendingExtension.Term,
			Dated("ends", g.ExpiresAt)), true
	}
	text = fmt.Sprintf("%s without an answer; %s can extend it", Dated("expires", g.ExpiresAt), approversOnCard(g))
	return text + notified(g), true
}
