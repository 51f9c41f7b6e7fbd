package blocks

import (
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// ConsentNotice asks the beneficiary to confirm a request. batch is the rest of its batch.
func ConsentNotice(g grant.Grant, batch []grant.Grant) Message {
	text := fmt.Sprintf("%s requested this on your behalf: %s\n*Confirm* sends the request to the approvers; you can't "+
		"be one of them.", Mention(g.Requester), requestLines(g, batch))
	m := withButtons(text, "consent", ConsentButtons(g)...)
	m.Blocks = slices.Insert(m.Blocks, 1, TextBlocks("Reason: "+g.Reason)...)
	return m
}

func ConsentButtons(g grant.Grant) []slack.BlockElement {
	return []slack.BlockElement{Button(ActConsent, "Confirm", g, slack.StylePrimary),
		Button(ActDecline, "Decline", g, slack.StyleDanger)}
}

// extendedNotice tells that AWS has confirmed the later end.
func extendedNotice(g grant.Grant) Message {
	return withDone(g, "Extended. "+activeSentence(g, "Access is active"))
}

func extensionClosedNotice(g grant.Grant, ev grant.Event) Message {
	return Message{Text: fmt.Sprintf("Extension of `%s` denied by %s: %s\nAccess stays active %s: %s.",
		g.ID, Mention(ev.By), sentence(Safe(ev.Why, 1500)), Until(g.ExpiresAt), Summary(g))}
}

// extendedAtOnce describes an extension without a card: by an approver, or allowed by the rule.
func extendedAtOnce(g grant.Grant, event int) string {
	ev, before := g.History[event], g.History[event-1]
	if ev.Expiry.IsZero() || before.Kind != grant.EventRequestExtension || !before.At.Equal(ev.At) {
		return ""
	}
	text := fmt.Sprintf("%s extended access by %s, %s", Mention(before.By), before.Term, Until(ev.Expiry))
	if ev.By.IsBot() {
		text += " (approved automatically by the rule)"
	}
	if before.Why != "" {
		text += ": " + Safe(before.Why, 1000)
	}
	return sentence(text)
}
