package slackbot

import (
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// extensionCard is the card of one extension, by its place in the history. It
// shows where the extension stands for as long as it is about anything.
func extensionCard(g grant.Grant, event int) message {
	asked := g.History[event]
	head := asksMore(g, asked.By, asked.Term)
	content := []slack.Block{section("*" + head + "*")}
	if asked.Why != "" {
		content = append(content, textBlocks("Reason: "+asked.Why)...)
	}
	stands, open := extensionStands(g, event)
	content = append(content, slack.NewContextBlock("", mrkdwn("`"+string(g.ID)+"` · "+stands)))
	if open {
		content = append(content, slack.NewActionBlock("decide",
			approveButton(g), button(actDeny, "Deny…", g, slack.StyleDanger), button(actDetails, "Details", g, "")))
	}
	return message{text: head + " — " + stands, blocks: content}
}

// asksMore is an extension in one sentence.
func asksMore(g grant.Grant, by grant.Person, more grant.Term) string {
	name, on := subject(g)
	return fmt.Sprintf("%s asks: %s may %s %s for %s longer", mention(by), name, verb(g.Level.Name), on, more)
}

// asksNow is what of a grant waits for a decision, in one sentence.
func asksNow(g grant.Grant) string {
	if g.PendingExtension != nil {
		return asksMore(g, g.PendingExtension.By, g.PendingExtension.Term)
	}
	return requestClause(g)
}

// extensionStands says how the extension that was asked for in an event stands,
// and whether it can still be decided.
func extensionStands(g grant.Grant, event int) (text string, open bool) {
	var yes []string
	for _, ev := range g.History[event+1:] {
		if ev.Kind == grant.Extend {
			yes = slices.DeleteFunc(yes, func(name string) bool {
				return slices.ContainsFunc(ev.Void, func(p grant.Person) bool { return mention(p) == name })
			})
		}
		switch {
		case ev.Kind == grant.Extend && ev.By.IsBot():
			return "approved by the rule, until " + when(ev.Expiry), false
		case ev.Kind == grant.Extend && !ev.Expiry.IsZero():
			return "approved by " + listed(append(yes, mention(ev.By))) + ", until " + when(ev.Expiry), false
		case ev.Kind == grant.Extend:
			yes = append(yes, mention(ev.By))
		case ev.Kind == grant.DenyExtension:
			return "denied by " + mention(ev.By) + ": " + safe(ev.Why, 300), false
		case ev.Kind == grant.CancelExtension:
			return "taken back by " + mention(ev.By), false
		case ev.Kind == grant.End:
			return "the grant is over", false
		}
	}
	text = "it ends " + when(g.ExpiresAt) + " as it is; " + onCard(g)
	if len(yes) > 0 {
		text = fmt.Sprintf("%d more to go, approved by %s; ", g.Missing(), listed(yes)) + text
	}
	return text + notified(g), g.PendingExtension != nil
}

func listed(names []string) string {
	text := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += n
	}
	return text
}

// glassCard is what the channel is told, loudly, of a break-glass, with the one
// click that revokes it and the review that somebody has to close.
func glassCard(g grant.Grant) message {
	name, on := subject(g)
	head := fmt.Sprintf(":rotating_light: Break-glass by %s: %s %s %s %s", mention(g.Requester), name, accessClause(g), verb(g.Level.Name), on)
	content := append([]slack.Block{section("*" + head + "*")}, facts(g)...)
	content = append(content, textBlocks("Reason: "+g.Reason)...)
	status := statusText(g)
	buttons := []slack.BlockElement{}
	if g.State == grant.Approved || g.State == grant.Active {
		// One click, and the access is over; a reason can wait for the review.
		buttons = append(buttons, button(actEnd, "End it now", g, slack.StyleDanger), button(actRevoke, "End with a reason…", g, ""))
	}
	if g.NeedsReview() {
		status += "; to be reviewed by one of " + approversOnCard(g) + notified(g)
		if len(buttons) == 0 { // it is over
			buttons = append(buttons, button(actReview, "Close review…", g, slack.StylePrimary))
		}
	} else if ev := g.Last(grant.Review); ev != nil {
		status += "; reviewed by " + mention(ev.By) + ": " + safe(ev.Why, 500)
	}
	content = append(content, slack.NewContextBlock("", mrkdwn("`"+string(g.ID)+"` · "+status)))
	if len(buttons) > 0 {
		content = append(content, slack.NewActionBlock("glass", buttons...))
	}
	return message{text: head + " — " + status, blocks: content}
}
