package slackbot

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The kinds of post. Clicks are held against them.
const (
	postCard    = "card"
	postGranted = "granted"
	postWarning = "warning"
	postEnded   = "ended"
	postDrift   = "drift"
	postAlert   = "alert"
	postDenied  = "denied"
)

// A notice is one message about one event of a history.
type notice struct {
	kind  string
	to    where
	reply bool // may go to where the command came from, while that lasts
	message
}

// where says who a notice is for.
type where int

const (
	toRequester where = iota
	toChannel         // that of the card
	toAdmins
)

// notices returns what people are told of one event of a history, given how the
// grant stands by now: what has been overtaken is told as what came of it.
func notices(g grant.Grant, ev grant.Event) []notice {
	switch ev.Kind {
	case grant.Reject:
		text := fmt.Sprintf("Your request `%s` was refused. %s", g.ID, safe(g.Why, 2500))
		return []notice{{kind: postDenied, to: toRequester, reply: true, message: message{text: text}}}
	case grant.Deny:
		text := fmt.Sprintf("Your request `%s` for %s was denied by %s: %s", g.ID, safe(target(g), 300), who(ev.By), safe(ev.Why, 2200))
		return []notice{{kind: postDenied, to: toRequester, message: message{text: text}}}
	case grant.Lapse:
		text := fmt.Sprintf("Your request `%s` for %s lapsed: nobody decided in time. You can ask again.", g.ID, safe(target(g), 300))
		return []notice{{kind: postDenied, to: toRequester, message: message{text: text}}}
	case grant.Applied:
		if g.State == grant.Active && g.DriftedAt.IsZero() {
			return []notice{{kind: postGranted, to: toRequester, message: granted(g)}}
		}
	case grant.Warn:
		if g.State == grant.Active {
			text := fmt.Sprintf("%s can %s %s until %s. After that it ends.", safe(g.Principal.Name, 64), verb(g.Level.Name), safe(target(g), 300), when(g.ExpiresAt))
			return []notice{{kind: postWarning, to: toRequester, message: withDone(g, text)}}
		}
	case grant.Removed:
		text := fmt.Sprintf("Access of %s to %s has ended: %s. Both halves are gone from AWS.", safe(g.Principal.Name, 64), safe(target(g), 300), ending(g))
		return []notice{{kind: postEnded, to: toRequester, message: message{text: text}}}
	case grant.Drift:
		return drifted(g, ev)
	case grant.Stuck:
		p := g.Of(ev.Half)
		text := fmt.Sprintf("`%s` (%s, %s): the %s half is stuck. %s Next try %s.", g.ID, safe(g.Principal.Name, 64), safe(target(g), 300), ev.Half, safe(ev.Why, 2000), when(p.Next))
		return []notice{{kind: postAlert, to: toAdmins, message: message{text: text}}}
	}
	return nil
}

func granted(g grant.Grant) message {
	text := fmt.Sprintf("%s can %s %s until %s. Try: %s\nIt may take a minute until AWS has spread it.",
		safe(g.Principal.Name, 64), verb(g.Level.Name), safe(target(g), 1100), when(g.ExpiresAt), tryIt(g))
	if k := kms(g); k != "" {
		text += "\n" + k
	}
	return withDone(g, text)
}

func withDone(g grant.Grant, text string) message {
	return message{text: text, blocks: []slack.Block{section(text), slack.NewActionBlock("done", button(actEnd, "I'm done", g, ""))}}
}

func drifted(g grant.Grant, ev grant.Event) []notice {
	text := fmt.Sprintf("`%s` (%s, %s): %s", g.ID, safe(g.Principal.Name, 64), safe(target(g), 300), safe(ev.Why, 1500))
	if g.DriftedAt.IsZero() || g.State != grant.Approved && g.State != grant.Active {
		return []notice{{kind: postAlert, to: toChannel, message: message{text: text + " It was put back, or is over."}}}
	}
	text += " It is left as it is, and closed, until somebody decides."
	return []notice{
		{kind: postDrift, to: toChannel, message: message{text: text, blocks: []slack.Block{section(text),
			slack.NewActionBlock("drift", button(actPutBack, "Put back", g, ""), button(actEnd, "End", g, slack.StyleDanger))}}},
		{kind: postAlert, to: toRequester, message: message{text: fmt.Sprintf("Access of %s to %s is interrupted: somebody else changed it in AWS. The approvers have been asked.", safe(g.Principal.Name, 64), safe(target(g), 300))}},
	}
}
