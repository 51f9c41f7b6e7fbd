package blocks

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// ConsentNotice asks the beneficiary to confirm a request.
func ConsentNotice(g grant.Grant) Message {
	name, on := Subject(g)
	text := fmt.Sprintf("%s asks on your behalf that %s may %s %s for %s%s. Is it for you? Nothing goes out before you "+
		"say so, and you will not be able to approve it.", Mention(g.Requester), name, Verb(g.Level.Name), on, g.Term,
		andOthers(g))
	return withButtons(text, "consent", ConsentButtons(g)...)
}

func ConsentButtons(g grant.Grant) []slack.BlockElement {
	return []slack.BlockElement{Button(ActConsent, "Yes, it is for me", g, slack.StylePrimary),
		Button(ActDecline, "No", g, slack.StyleDanger)}
}

// narrowedNotice tells that an approver narrowed the request, and whether the same click approved
// it: a decided request cannot be cancelled any more.
func narrowedNotice(g grant.Grant, event int) Message {
	ev := g.History[event]
	text := Mention(ev.By) + " changed your request `" + string(g.ID) + "`"
	if event+1 < len(g.History) {
		if yes := g.History[event+1]; yes.Kind == grant.EventApprove && yes.By.Same(ev.By) && yes.At.Equal(ev.At) {
			text += " and approved it so"
		}
	}
	text += ": " + Safe(ev.Why, 1000) + "."
	if g.State == grant.Pending {
		text += " It is decided as it is now; `/s3share cancel " + string(g.ID) + "` takes it back."
	}
	return Message{Text: text}
}

func extendedNotice(g grant.Grant) Message {
	name, on := Subject(g)
	if g.Principal.External {
		return withDone(g, fmt.Sprintf("Extended: the bucket lets %s %s %s until %s. %s", name, Verb(g.Level.Name), on,
			When(g.ExpiresAt), otherHalf(g)))
	}
	return withDone(g, fmt.Sprintf("Extended: %s can %s %s until %s. AWS has confirmed the later end.", name,
		Verb(g.Level.Name), on, When(g.ExpiresAt)))
}

func extensionClosedNotice(g grant.Grant, ev grant.Event) Message {
	_, on := Subject(g)
	return Message{Text: fmt.Sprintf("The extension of `%s` on %s was denied by %s: %s It ends %s, as it would have.",
		g.ID, on, Mention(ev.By), sentence(Safe(ev.Why, 1500)), When(g.ExpiresAt))}
}

// extendedAtOnce describes an extension without a card: by an approver, or allowed by the rule.
func extendedAtOnce(g grant.Grant, event int) string {
	ev, before := g.History[event], g.History[event-1]
	if ev.Expiry.IsZero() || before.Kind != grant.EventRequestExtension || !before.At.Equal(ev.At) {
		return ""
	}
	by := "The rule let " + Mention(before.By) + " extend it"
	if !ev.By.IsBot() {
		by = Mention(ev.By) + " extended it"
	}
	text := fmt.Sprintf("%s by %s, without an approval by anybody else. It ends %s.", by, before.Term, When(ev.Expiry))
	if before.Why != "" {
		text += " " + Safe(before.Why, 1000)
	}
	return text
}
