package blocks

import (
	"fmt"
	"slices"

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

// decision returns a line about a decision for the card's thread, so that the thread has the
// history when the card shows only the result.
func decision(g grant.Grant, event int) string {
	ev := g.History[event]
	by := "s3share"
	if !ev.By.IsBot() {
		by = Mention(ev.By)
	}
	switch ev.Kind {
	case grant.EventApprove:
		if ev.To == grant.Pending {
			return by + " approved; that is not everybody yet." + noLonger(ev)
		}
		return by + " approved. It ends " + When(ev.Expiry) + "." + noLonger(ev)
	case grant.EventDeny:
		return by + " denied it: " + Safe(ev.Why, 2500)
	case grant.EventCancel:
		return by + " took it back."
	case grant.EventLapse:
		return "Nobody decided in time, so it lapsed."
	case grant.EventNarrow:
		return by + " changed it: " + Safe(ev.Why, 1000) + "." + decideAgain(ev)
	case grant.EventSettle:
		return by + " closed it, not confirmed by AWS: " + Safe(ev.Why, 2500)
	case grant.EventReview:
		return by + " closed the review: " + Safe(ev.Why, 2500)
	}
	of, gone := "", "it is gone"
	if name, on := Subject(g); len(g.BatchIDs) > 0 {
		of = fmt.Sprintf(" (%s, %s)", name, on)
	}
	switch {
	case g.Principal.External || stays(g):
		gone = "the bucket does not allow it any more"
	case neverOpen(g):
		gone = "nothing of it is there"
	}
	return fmt.Sprintf("Ended%s: %s. AWS has confirmed that %s.", of, endingClause(g), gone)
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

// noLonger names the people whose earlier approvals are void because they may no longer decide.
func noLonger(ev grant.Event) string {
	if len(ev.Void) == 0 {
		return ""
	}
	return " What " + everybody(ev.Void) + " approved before counts no more, as they may not decide any longer."
}

// decideAgain asks the people whose approvals a narrowing made void to decide again.
func decideAgain(ev grant.Event) string {
	others := slices.DeleteFunc(slices.Clone(ev.Void), ev.By.Same)
	switch {
	case len(others) > 0:
		return " Earlier approvals are void: " + everybody(others) + ", please decide on it as it is now."
	case len(ev.Void) > 0:
		return " Earlier approvals are void."
	}
	return ""
}

func everybody(all []grant.Person) string {
	var names []string
	for _, p := range all {
		names = append(names, Mention(p))
	}
	return listed(names)
}
