package slackbot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
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
	toRequester where = iota // and the beneficiary, if that is somebody else
	toChannel                // that of the card
	toAdmins
	toBeneficiary
	toRequesterAlone
	toThread // below the card, which everybody who decides sees
)

// isPersonal reports whether a notice is for a person, and no channel.
func (n notice) isPersonal() bool {
	return n.to == toRequester || n.to == toRequesterAlone || n.to == toBeneficiary
}

// notices returns what people are told of one event of a history, given how the
// grant stands by now: what has been overtaken is told as what came of it.
func notices(g grant.Grant, event int) []notice {
	ev := g.History[event]
	if !g.IsBatchLead() && isToldByLead(g, event) {
		return nil
	}
	tell := func(kind string, m message) []notice { return []notice{{kind: kind, to: toRequester, message: m}} }
	switch ev.Kind {
	case grant.Reject:
		text := fmt.Sprintf("Your request `%s` was refused. %s", g.ID, safe(ev.Why, 2500))
		if n := len(g.BatchIDs); n > 0 {
			text += fmt.Sprintf(" As all %d grants of it are decided as one, none of them goes on.", n)
		}
		to := toRequester
		if !g.Beneficiary.Same(g.Requester) && g.Last(grant.Consent) == nil { // it was never theirs, and they may be somebody whom Slack cannot tell
			to = toRequesterAlone
		}
		return []notice{{kind: postDenied, to: to, reply: true, message: message{text: text}}}
	case grant.Delayed:
		if g.State == grant.Checking {
			return []notice{{kind: postAlert, to: toRequesterAlone, message: delayedNotice(g, ev)}}
		}
	case grant.Check:
		if g.State == grant.Pending {
			return tell(postReceived, receivedNotice(g))
		}
	case grant.Request:
		if g.WantsConsent() {
			return []notice{{kind: postConsent, to: toBeneficiary, message: consentNotice(g)}}
		}
	case grant.Approve:
		return []notice{inThread(decision(g, event))}
	case grant.Deny, grant.Cancel, grant.Lapse:
		return append(tell(postDenied, closedNotice(g, ev)), inThread(decision(g, event)))
	case grant.Narrow:
		return append(tell(postAlert, narrowedNotice(g, event)), inThread(decision(g, event)))
	case grant.Remind, grant.Escalate, grant.RemindReview:
		return reminders(g, event)
	case grant.DenyExtension:
		return tell(postAlert, extensionClosedNotice(g, ev))
	case grant.Delegated:
		return handedOver(g, event)
	case grant.Extend:
		if text := extendedAtOnce(g, event); text != "" {
			return []notice{inThread(text)}
		}
	case grant.Extended:
		if g.State == grant.Active {
			return tell(postGranted, extendedNotice(g))
		}
	case grant.Applied:
		if g.State == grant.Active && g.DriftedAt.IsZero() {
			return tell(postGranted, grantedNotice(g))
		}
	case grant.Review:
		return []notice{inThread(decision(g, event))}
	case grant.Warn:
		if g.State == grant.Active && g.Last(grant.Warn, grant.Extend) == &g.History[event] {
			return tell(postWarning, warnedNotice(g, event))
		}
	case grant.End:
		if ev.Outcome == grant.Failed && g.State == grant.Ending {
			return tell(postAlert, failingNotice(g))
		}
	case grant.Removed:
		return append(append(tell(postEnded, endedNotice(g)), inThread(decision(g, event))), takenBack(g)...)
	case grant.Settle:
		return append(tell(postEnded, settledNotice(g)), inThread(decision(g, event)))
	case grant.Drift:
		return driftedNotices(g, ev)
	case grant.Stalled:
		return stalledNotices(g, event)
	}
	return nil
}

// receivedNotice tells that the request is complete and where it went.
func receivedNotice(g grant.Grant) message {
	name, on := subject(g)
	need := ""
	if n := g.Rule.Quorum(g.Level.Name); n > 1 {
		need = fmt.Sprintf(" It needs %d approvals.", n)
	}
	text := fmt.Sprintf("Your request `%s`, that %s may %s %s for %s%s, is with the people who decide.%s If nobody decides by %s, it lapses.",
		g.ID, name, verb(g.Level.Name), on, g.Term, andOthers(g), need, when(g.LapsesAt))
	cancel := button(actCancel, "Cancel", g, "")
	cancel.Confirm = slack.NewConfirmationBlockObject(plain("Take it back?", 100),
		plain("Nobody decides on "+string(g.ID)+" then. You can ask again.", 300), plain("Cancel it", 30), plain("Keep it", 30))
	return withButtons(text, "received", cancel)
}

// delayedNotice tells the requester why no approver was notified yet. What follows is
// the notice that the request is received, or refused.
func delayedNotice(g grant.Grant, ev grant.Event) message {
	name, on := subject(g)
	return message{text: fmt.Sprintf("Your request `%s` (%s, %s) is not checked yet: %s. I retry until it works, and tell you here when it goes to the approvers. If it still does not work %s, the request is refused, and you can ask again.",
		g.ID, name, on, safe(ev.Why, 400), when(g.LapsesAt))}
}

// closedNotice tells that the request came to nothing.
func closedNotice(g grant.Grant, ev grant.Event) message {
	_, on := subject(g)
	subject := fmt.Sprintf("Your request `%s` for %s ", g.ID, on)
	if n := len(g.BatchIDs); n > 0 {
		subject = fmt.Sprintf("Your request `%s` for %d grants ", g.ID, n)
	}
	switch {
	case ev.Kind == grant.Deny:
		return withAgain(g, subject+"was denied by "+mention(ev.By)+": "+safe(ev.Why, 2500))
	case ev.Kind == grant.Lapse:
		return withAgain(g, subject+"lapsed: nobody decided in time. You can ask again.")
	case ev.By.Same(g.Requester):
		return message{text: subject + "was cancelled, as you asked."}
	}
	return message{text: subject + "was cancelled by " + mention(ev.By) + "."}
}

// withAgain offers the same request once more, as a form that is filled in.
func withAgain(g grant.Grant, text string) message {
	return withButtons(text, "again", button(actAgain, "Request again", g, ""))
}

// grantedNotice tells that it can be used, and how.
func grantedNotice(g grant.Grant) message {
	name, _ := subject(g)
	from := ""
	if g.Scheduled {
		from = " from " + when(g.StartAt)
	}
	text := fmt.Sprintf("%s can %s %s%s until %s. It may take a minute until AWS has spread it.",
		name, verb(g.Level.Name), nameInText(target(g), 600), from, when(g.ExpiresAt))
	if g.Principal.External {
		text = fmt.Sprintf("The bucket lets %s %s %s%s until %s. %s", name, verb(g.Level.Name), nameInText(target(g), 600), from, when(g.ExpiresAt), otherHalf(g))
	}
	if k := kms(g); k != "" {
		text += "\n" + k
	}
	return withDone(g, text, keyStatement(g), mayFail(g), tryIt(g))
}

// mayFail says what may stop what AWS has confirmed from working, as it was found
// when it was asked for.
func mayFail(g grant.Grant) string {
	const most = 3
	var all []string
	for _, w := range g.Findings.Warnings[:min(most, len(g.Findings.Warnings))] {
		all = append(all, safe(w, 400))
	}
	if len(all) == 0 {
		return ""
	}
	if more := len(g.Findings.Warnings) - most; more > 0 {
		all = append(all, fmt.Sprintf("The card has %d more.", more))
	}
	return ":warning: If it does not work, this may be why:\n" + strings.Join(all, "\n")
}

func warnedNotice(g grant.Grant, event int) message {
	name, on := subject(g)
	text := fmt.Sprintf("%s %s %s %s until %s. After that it ends.", name, accessClause(g), verb(g.Level.Name), on, when(g.ExpiresAt))
	if g.Reconfirms(event) {
		text += " The people who decide have been asked whether it is still needed."
	}
	return withDone(g, text)
}

// withDone is a text, and more below it, with what can be done about an open grant.
func withDone(g grant.Grant, text string, more ...string) message {
	m := withButtons(text, "done", doneButtons(g)...)
	for _, below := range more {
		if below != "" {
			m.text += "\n" + below
			m.blocks = slices.Insert(m.blocks, len(m.blocks)-1, section(below))
		}
	}
	return m
}

func doneButtons(g grant.Grant) []slack.BlockElement {
	done := button(actEnd, "I'm done", g, "")
	if g.BreakGlass { // it cannot be extended
		return []slack.BlockElement{done}
	}
	return []slack.BlockElement{button(actExtend, "Extend…", g, ""), done}
}

// failingNotice tells that the access cannot be had, before everything of it is gone.
func failingNotice(g grant.Grant) message {
	name, on := subject(g)
	return message{text: fmt.Sprintf("Access of %s to %s failed: %s What there is of it is being removed.", name, on, safe(g.Why, 1500))}
}

// endedNotice tells that the access is over and, as AWS confirmed, gone.
func endedNotice(g grant.Grant) message {
	name, on := subject(g)
	gone := "Both halves are gone from AWS."
	switch {
	case stays(g) && g.Principal.PermissionSet() != "":
		gone = fmt.Sprintf("The bucket does not allow it any more. The grantee half stays, because the permission set %s carries it.", safe(g.Principal.PermissionSet(), 64))
	case stays(g):
		gone = "The bucket does not allow it any more. The grantee half stays, because another grant needs it."
	case g.Principal.External:
		gone = fmt.Sprintf("The bucket does not allow it any more; the half in %s is in the hands of the people who run that account.", safe(g.Principal.Account, 64))
	case neverOpen(g):
		gone = "Nothing of it is in AWS."
	}
	if endedEarly(g) {
		gone += " Allow up to a minute for AWS to propagate the change."
	}
	return withAgain(g, fmt.Sprintf("Access of %s to %s has ended: %s. %s", name, on, endingClause(g), gone))
}

// endedEarly reports whether access ended before its date. The date is in every
// statement, so it needs no propagation. A removal does: the read-back shows what
// AWS has stored, and its servers may let a request through for up to a minute more.
func endedEarly(g grant.Grant) bool { return g.Outcome != grant.Expired && !neverOpen(g) }

// settledNotice tells that a responder closed the record of an account that does not
// answer. It does not say that access ended: AWS never confirmed that.
func settledNotice(g grant.Grant) message {
	name, on := subject(g)
	return withAgain(g, fmt.Sprintf("Access closed, not confirmed by AWS: %s on %s. Its date passed %s, and AWS holds to that date; the removal was not confirmed. %s.",
		name, on, when(g.ExpiresAt), capital(endingClause(g))))
}

// stays reports whether the grantee half was left to another grant, or to its permission set.
func stays(g grant.Grant) bool {
	i := slices.IndexFunc(g.History, func(ev grant.Event) bool { return ev.Kind == grant.HalfRemoved && ev.Half == grant.GranteeHalf })
	return i >= 0 && g.History[i].Why != "" && !g.Principal.External
}

// stillOpen says what it means that an end was stuck at an instant: whether the access
// is open all the same, and how somebody closes it by hand. Of an external account
// nobody knows whether its half is gone, and that of a permission set may come back.
func stillOpen(g grant.Grant, at time.Time) string {
	switch {
	case g.State != grant.Ending:
		return ""
	case !at.Before(g.ExpiresAt):
		return " Nothing is open: AWS holds to the date, which is over."
	case g.Owner.RemovedAt.IsZero() && (g.Grantee.RemovedAt.IsZero() || g.Principal.External || g.Principal.PermissionSet() != ""):
		return fmt.Sprintf(" *It may still be open*, until %s at the latest. To close it sooner, take the statements whose Sid begins with `%s%s` out of the policy of %s by hand.",
			when(g.ExpiresAt), "S3Share", g.ID, safe(g.Bucket.Name, 80))
	}
	return " Nothing is open: the other half is gone."
}

// driftedNotices asks what is to be done about a part that somebody else changed.
func driftedNotices(g grant.Grant, ev grant.Event) []notice {
	name, on := subject(g)
	text := fmt.Sprintf("`%s` (%s, %s): %s", g.ID, name, on, safe(ev.Why, 1500))
	if g.DriftedAt.IsZero() || g.State != grant.Approved && g.State != grant.Active {
		// Of the same kind as the question, so that a channel which was asked is not told again.
		return []notice{{kind: postDrift, to: toChannel, message: message{text: text + " It was put back, or is over."}}}
	}
	text += " It is left as it is, and closed, until somebody decides."
	return []notice{
		{kind: postDrift, to: toChannel, message: withButtons(text, "drift", button(actPutBack, "Put back", g, ""), button(actEnd, "End", g, slack.StyleDanger))},
		{kind: postAlert, to: toRequester, message: message{text: fmt.Sprintf("Access of %s to %s is interrupted: somebody else changed it in AWS. The people who decide have been asked.", name, on)}},
	}
}

// stalledNotices tells those who run the bot what AWS refuses, and those who wait that they
// have to wait.
func stalledNotices(g grant.Grant, event int) []notice {
	ev := g.History[event]
	if !g.State.InAWS() {
		return nil
	}
	name, on := subject(g)
	text := fmt.Sprintf("`%s` (%s, %s): the %s half is stuck. %s", g.ID, name, on, ev.Half, safe(ev.Why, 2000))
	text += stillOpen(g, ev.At)
	if next := g.Half(ev.Half).NextAttemptAt; !next.IsZero() {
		text += " Next try " + when(next) + "."
	}
	out := []notice{{kind: postAlert, to: toAdmins, message: message{text: text}}}
	before := slices.ContainsFunc(g.History[:event], func(e grant.Event) bool { return e.Kind == grant.Stalled })
	if g.State == grant.Approved && !before {
		out = append(out, notice{kind: postAlert, to: toRequester, message: message{text: fmt.Sprintf(
			"Your request `%s` for %s was approved, but AWS has not let me open it yet. I keep trying, and those who run s3share know.", g.ID, on)}})
	}
	return out
}
