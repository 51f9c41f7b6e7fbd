package blocks

import (
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// ExtensionCard draws the card of one extension, by its event. It shows the status of the extension
// as long as it matters.
func ExtensionCard(g grant.Grant, event int) Message {
	asked := g.History[event]
	head := asksMore(g, asked.By, asked.Term)
	content := []slack.Block{Section("*" + head + "*")}
	if asked.Why != "" {
		content = append(content, TextBlocks("Reason: "+asked.Why)...)
	}
	stands, open := extensionStands(g, event)
	if open {
		content = append(content, identity(g)...)
		newEnd := g.ExpiresAt.Add(asked.Term.Duration())
		content = append(content, paragraph(append(scope(g), Dated("If approved, access ends", newEnd)))...)
	}
	content = append(content, slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+"` · "+stands)))
	if open {
		content = append(content, slack.NewActionBlock("decide",
			ApproveButton(g), Button(ActDeny, "Deny…", g, slack.StyleDanger), Button(ActDetails, "Details", g, "")))
	}
	return Message{Text: head + " — " + stands, Blocks: content}
}

// asksMore describes an extension in one sentence.
func asksMore(g grant.Grant, by grant.Person, more grant.Term) string {
	return fmt.Sprintf("%s requests %s more: %s", Mention(by), more, Summary(g))
}

// AsksNow describes the pending request or extension in one sentence.
func AsksNow(g grant.Grant) string {
	if g.PendingExtension != nil {
		return asksMore(g, g.PendingExtension.By, g.PendingExtension.Term)
	}
	return RequestClause(g)
}

// extensionStands returns the status of the extension that an event requested, and whether it is
// still pending.
func extensionStands(g grant.Grant, event int) (text string, open bool) {
	var yes []string
	for _, ev := range g.History[event+1:] {
		if ev.Kind == grant.EventExtend {
			yes = slices.DeleteFunc(yes, func(name string) bool {
				return slices.ContainsFunc(ev.Void, func(p grant.Person) bool { return Mention(p) == name })
			})
		}
		switch {
		case ev.Kind == grant.EventExtend && ev.By.IsBot():
			return "approved automatically by the rule, " + Until(ev.Expiry), false
		case ev.Kind == grant.EventExtend && !ev.Expiry.IsZero():
			return "approved by " + listed(append(yes, Mention(ev.By)), "and") + ", " + Until(ev.Expiry), false
		case ev.Kind == grant.EventExtend:
			yes = append(yes, Mention(ev.By))
		case ev.Kind == grant.EventDenyExtension:
			return "denied by " + Mention(ev.By) + ": " + Safe(ev.Why, 300), false
		case ev.Kind == grant.EventCancelExtension:
			return "cancelled by " + Mention(ev.By), false
		case ev.Kind == grant.EventEnd:
			if g.State == grant.Ending {
				return "access is ending", false
			}
			return "access has ended", false
		}
	}
	text = "waiting for a decision by " + onCard(g) + "; without one, access " + Dated("ends", g.ExpiresAt)
	if len(yes) > 0 {
		text = fmt.Sprintf("approved by %s, %d more needed; ", listed(yes, "and"), g.Missing()) + text
	}
	return text + notified(g), g.PendingExtension != nil
}
