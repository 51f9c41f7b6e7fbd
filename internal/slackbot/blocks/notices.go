package blocks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// Notices returns the messages about one event, given the current state of the grant. A superseded
// event is described by its result.
func Notices(g grant.Grant, event int) []Notice {
	ev := g.History[event]
	if !g.IsBatchLead() && isToldByLead(g, event) {
		return nil
	}
	tell := func(kind string, m Message) []Notice { return []Notice{{Kind: kind, To: ToRequester, Message: m}} }
	switch ev.Kind {
	case grant.EventReject:
		text := fmt.Sprintf("Your request `%s` was refused. %s", g.ID, Safe(ev.Why, 2500))
		if n := len(g.BatchIDs); n > 0 {
			text += fmt.Sprintf(" As all %d grants of it are decided as one, none of them goes on.", n)
		}
		to := ToRequester
		// without a consent the beneficiary may be unreachable
		if !g.Beneficiary.Same(g.Requester) && g.Last(grant.EventConsent) == nil {
			to = ToRequesterAlone
		}
		return []Notice{{Kind: PostDenied, To: to, Reply: true, Message: Message{Text: text}}}
	case grant.EventDelayed:
		if g.State == grant.Checking {
			return []Notice{{Kind: PostAlert, To: ToRequesterAlone, Message: delayedNotice(g, ev)}}
		}
	case grant.EventCheck:
		if g.State == grant.Pending {
			return tell(PostReceived, receivedNotice(g))
		}
	case grant.EventRequest:
		if g.WantsConsent() {
			return []Notice{{Kind: PostConsent, To: ToBeneficiary, Message: ConsentNotice(g)}}
		}
	case grant.EventApprove:
		return []Notice{inThread(decision(g, event))}
	case grant.EventDeny, grant.EventCancel, grant.EventLapse:
		return append(tell(PostDenied, closedNotice(g, ev)), inThread(decision(g, event)))
	case grant.EventNarrow:
		return append(tell(PostAlert, narrowedNotice(g, event)), inThread(decision(g, event)))
	case grant.EventRemind, grant.EventEscalate, grant.EventRemindReview:
		return reminders(g, event)
	case grant.EventDenyExtension:
		return tell(PostAlert, extensionClosedNotice(g, ev))
	case grant.EventDelegated:
		return HandedOver(g, event)
	case grant.EventExtend:
		if text := extendedAtOnce(g, event); text != "" {
			return []Notice{inThread(text)}
		}
	case grant.EventExtended:
		if g.State == grant.Active {
			return tell(PostGranted, extendedNotice(g))
		}
	case grant.EventApplied:
		if g.State == grant.Active && g.DriftedAt.IsZero() {
			return tell(PostGranted, GrantedNotice(g))
		}
	case grant.EventReview:
		return []Notice{inThread(decision(g, event))}
	case grant.EventWarn:
		if g.State == grant.Active && g.Last(grant.EventWarn, grant.EventExtend) == &g.History[event] {
			return tell(PostWarning, warnedNotice(g, event))
		}
	case grant.EventEnd:
		if ev.Outcome == grant.Failed && g.State == grant.Ending {
			return tell(PostAlert, failingNotice(g))
		}
	case grant.EventRemoved:
		return append(append(tell(PostEnded, endedNotice(g)), inThread(decision(g, event))), takenBack(g)...)
	case grant.EventSettle:
		return append(tell(PostEnded, settledNotice(g)), inThread(decision(g, event)))
	case grant.EventDrift:
		return driftedNotices(g, ev)
	case grant.EventStalled:
		return stalledNotices(g, event)
	}
	return nil
}

// receivedNotice tells the requester that the request is complete, and who decides.
func receivedNotice(g grant.Grant) Message {
	name, on := Subject(g)
	need := ""
	if n := g.Rule.Quorum(g.Level.Name); n > 1 {
		need = fmt.Sprintf(" It needs %d approvals.", n)
	}
	text := fmt.Sprintf("Your request `%s`, that %s may %s %s for %s%s, is with the people who decide.%s If nobody "+
		"decides by %s, it lapses.",
		g.ID, name, Verb(g.Level.Name), on, g.Term, andOthers(g), need, When(g.LapsesAt))
	cancel := Button(ActCancel, "Cancel", g, "")
	cancel.Confirm = slack.NewConfirmationBlockObject(Plain("Take it back?", 100),
		Plain("Nobody decides on "+string(g.ID)+" then. You can ask again.", 300), Plain("Cancel it", 30),
		Plain("Keep it", 30))
	return withButtons(text, "received", cancel)
}

// UnpostedText tells the requester why the card did not reach the approvers.
func UnpostedText(g grant.Grant, why error) string {
	name, on := Subject(g)
	return fmt.Sprintf("Your request `%s`, that %s may %s %s, is complete, but nobody has been asked to decide: Slack "+
		"does not let me post where I should (%s). Please tell those who run s3share. I keep trying until it lapses, %s.",
		g.ID, name, Verb(g.Level.Name), on, Safe(strings.TrimSpace(why.Error()), 200), When(g.LapsesAt))
}

// delayedNotice tells the requester why no approver was notified yet. The notice that the request
// is received, or refused, follows.
func delayedNotice(g grant.Grant, ev grant.Event) Message {
	name, on := Subject(g)
	return Message{Text: fmt.Sprintf("Your request `%s` (%s, %s) is not checked yet: %s. I retry until it works, and "+
		"tell you here when it goes to the approvers. If it still does not work %s, the request is refused, and you can "+
		"ask again.",
		g.ID, name, on, Safe(ev.Why, 400), When(g.LapsesAt))}
}

// closedNotice tells that a request ended without access.
func closedNotice(g grant.Grant, ev grant.Event) Message {
	_, on := Subject(g)
	subject := fmt.Sprintf("Your request `%s` for %s ", g.ID, on)
	if n := len(g.BatchIDs); n > 0 {
		subject = fmt.Sprintf("Your request `%s` for %d grants ", g.ID, n)
	}
	switch {
	case ev.Kind == grant.EventDeny:
		return withAgain(g, subject+"was denied by "+Mention(ev.By)+": "+Safe(ev.Why, 2500))
	case ev.Kind == grant.EventLapse:
		return withAgain(g, subject+"lapsed: nobody decided in time. You can ask again.")
	case ev.By.Same(g.Requester):
		return Message{Text: subject + "was cancelled, as you asked."}
	}
	return Message{Text: subject + "was cancelled by " + Mention(ev.By) + "."}
}

// withAgain adds a button that opens a form with the same request.
func withAgain(g grant.Grant, text string) Message {
	return withButtons(text, "again", Button(ActAgain, "Request again", g, ""))
}

// GrantedNotice tells that the access can be used, and how.
func GrantedNotice(g grant.Grant) Message {
	name, _ := Subject(g)
	from := ""
	if g.Scheduled {
		from = " from " + When(g.StartAt)
	}
	text := fmt.Sprintf("%s can %s %s%s until %s. It may take a minute until AWS has spread it.",
		name, Verb(g.Level.Name), nameInText(Target(g), 600), from, When(g.ExpiresAt))
	if g.Principal.External {
		text = fmt.Sprintf("The bucket lets %s %s %s%s until %s. %s", name, Verb(g.Level.Name), nameInText(Target(g), 600),
			from, When(g.ExpiresAt), otherHalf(g))
	}
	if k := kms(g); k != "" {
		text += "\n" + k
	}
	return withDone(g, text, keyStatement(g), mayFail(g), tryIt(g))
}

// mayFail lists the obstacles that were found at the request.
func mayFail(g grant.Grant) string {
	const most = 3
	var all []string
	for _, w := range g.Findings.Warnings[:min(most, len(g.Findings.Warnings))] {
		all = append(all, Safe(w, 400))
	}
	if len(all) == 0 {
		return ""
	}
	if more := len(g.Findings.Warnings) - most; more > 0 {
		all = append(all, fmt.Sprintf("The card has %d more.", more))
	}
	return ":warning: If it does not work, this may be why:\n" + strings.Join(all, "\n")
}

func warnedNotice(g grant.Grant, event int) Message {
	text := "Access ends " + When(g.ExpiresAt) + ": " + Summary(g)
	if g.Reconfirms(event) {
		text += " The people who decide have been asked whether it is still needed."
	}
	return withDone(g, text)
}

// withDone adds the buttons of an active grant.
func withDone(g grant.Grant, text string, more ...string) Message {
	m := withButtons(text, "done", DoneButtons(g)...)
	for _, below := range more {
		if below != "" {
			m.Text += "\n" + below
			m.Blocks = slices.Insert(m.Blocks, len(m.Blocks)-1, Section(below))
		}
	}
	return m
}

func DoneButtons(g grant.Grant) []slack.BlockElement {
	done := Button(ActEnd, "I'm done", g, "")
	if g.BreakGlass { // it cannot be extended
		return []slack.BlockElement{done}
	}
	return []slack.BlockElement{Button(ActExtend, "Extend…", g, ""), done}
}

// failingNotice tells that the access failed, before its removal is complete.
func failingNotice(g grant.Grant) Message {
	name, on := Subject(g)
	return Message{Text: fmt.Sprintf("Access of %s to %s failed: %s What there is of it is being removed.", name, on,
		Safe(g.Why, 1500))}
}

// endedNotice tells that AWS has confirmed the end of the access.
func endedNotice(g grant.Grant) Message {
	name, on := Subject(g)
	gone := "Both halves are gone from AWS."
	switch {
	case stays(g) && g.Principal.PermissionSet() != "":
		gone = fmt.Sprintf("The bucket does not allow it any more. The grantee half stays, because the permission set %s "+
			"carries it.", Safe(g.Principal.PermissionSet(), 64))
	case stays(g):
		gone = "The bucket does not allow it any more. The grantee half stays, because another grant needs it."
	case g.Principal.External:
		gone = fmt.Sprintf("The bucket does not allow it any more; the half in %s is in the hands of the people who run "+
			"that account.", Safe(g.Principal.Account, 64))
	case neverOpen(g):
		gone = "Nothing of it is in AWS."
	}
	if endedEarly(g) {
		gone += " Allow up to a minute for AWS to propagate the change."
	}
	return withAgain(g, fmt.Sprintf("Access of %s to %s has ended: %s. %s", name, on, endingClause(g), gone))
}

// endedEarly reports whether access ended before its expiry. The expiry is in every statement, so
// it needs no propagation. A removal does: a read-back shows the stored state, and AWS's servers
// may allow a request for up to a minute more.
func endedEarly(g grant.Grant) bool { return g.Outcome != grant.Expired && !neverOpen(g) }

// settledNotice tells that a responder closed the record of an account that does not answer. It
// does not say that access ended, because AWS did not confirm that.
func settledNotice(g grant.Grant) Message {
	name, on := Subject(g)
	return withAgain(g, fmt.Sprintf("Access closed, not confirmed by AWS: %s on %s. Its date passed %s, and AWS holds "+
		"to that date; the removal was not confirmed. %s.",
		name, on, When(g.ExpiresAt), Capital(endingClause(g))))
}

// stays reports whether the grantee half was left to another grant, or to its permission set.
func stays(g grant.Grant) bool {
	i := slices.IndexFunc(g.History,
		func(ev grant.Event) bool { return ev.Kind == grant.EventHalfRemoved && ev.Half == grant.GranteeHalf })
	return i >= 0 && g.History[i].Why != "" && !g.Principal.External
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
	return listed(names, "and")
}
