package blocks

import (
	"fmt"
	"slices"

	"s3share/internal/grant"
)

// Notices returns the messages about one event, given the current state of the grant. A superseded
// event is described by its result.
func Notices(g grant.Grant, event int) []Notice {
	return append(eventNotices(g, event), alertEnds(g, event)...)
}

func eventNotices(g grant.Grant, event int) []Notice {
	ev := g.History[event]
	if !g.IsBatchLead() && isToldByLead(g, event) {
		return nil
	}
	tell := func(kind string, draw func(reader string) Message) []Notice { return tellEach(g, kind, draw) }
	switch ev.Kind {
	case grant.EventRequest:
		return requestNotices(g)
	case grant.EventCheck, grant.EventDelayed: // for a request that has no status message yet
		if ev.Kind == grant.EventCheck && g.State == grant.Pending || g.State == grant.Checking {
			return statusNotice(g)
		}
	case grant.EventReject:
		return []Notice{refusedNotice(g, ev)}
	case grant.EventApprove:
		return []Notice{inThread(decision(g, event))}
	case grant.EventDeny, grant.EventLapse:
		return append(tell(PostDenied, func(string) Message { return closedNotice(g, ev) }), inThread(decision(g, event)))
	case grant.EventCancel:
		if ev.By.Same(g.Requester) { // the status message shows it
			return []Notice{inThread(decision(g, event))}
		}
		return []Notice{{Kind: PostDenied, To: ToRequesterAlone, Message: closedNotice(g, ev)}, inThread(decision(g, event))}
	case grant.EventNarrow:
		return []Notice{inThread(decision(g, event))}
	case grant.EventRemind, grant.EventEscalate, grant.EventRemindReview:
		return reminders(g, event)
	case grant.EventDenyExtension:
		return tell(PostAlert, func(string) Message { return extensionClosedNotice(g, ev) })
	case grant.EventDelegated:
		return HandedOver(g, event)
	case grant.EventExtend:
		if text := extendedAtOnce(g, event); text != "" {
			return []Notice{inThread(text)}
		}
	case grant.EventExtended:
		if g.State == grant.Active {
			return tell(PostGranted, func(string) Message { return extendedNotice(g) })
		}
	case grant.EventApplied:
		if g.State == grant.Active && g.DriftedAt.IsZero() {
			return tell(PostGranted, func(string) Message { return GrantedNotice(g) })
		}
	case grant.EventResumed:
		isLatest := g.Last(grant.EventResumed, grant.EventDrift) == &g.History[event]
		if g.State == grant.Active && g.DriftedAt.IsZero() && isLatest {
			return tell(PostGranted, func(string) Message { return resumedNotice(g) })
		}
	case grant.EventReview:
		return []Notice{inThread(decision(g, event))}
	case grant.EventWarn:
		isLatest := g.Last(grant.EventWarn, grant.EventExtend) == &g.History[event]
		if isLatest && g.State == grant.Active && g.DriftedAt.IsZero() && !g.IsRestoring() {
			return tell(PostWarning, func(string) Message { return warnedNotice(g, event) })
		}
	case grant.EventEnd:
		if ev.Outcome == grant.Failed && g.State == grant.Ending {
			return tell(PostAlert, func(string) Message { return failingNotice(g) })
		}
	case grant.EventRemoved:
		return append(append(tell(PostEnded, func(reader string) Message { return endedNotice(g, reader) }),
			inThread(decision(g, event))), takenBack(g)...)
	case grant.EventSettle:
		return append(tell(PostEnded, func(reader string) Message { return settledNotice(g, reader) }),
			inThread(decision(g, event)))
	case grant.EventDrift:
		return driftedNotices(g, event)
	case grant.EventStalled:
		return stalledNotices(g, event)
	}
	return nil
}

// tellEach addresses the requester and the beneficiary, each with an own copy.
func tellEach(g grant.Grant, kind string, draw func(reader string) Message) []Notice {
	all := []Notice{{Kind: kind, To: ToRequesterAlone, Message: draw(g.Requester.User)}}
	if !g.Beneficiary.Same(g.Requester) {
		all = append(all, Notice{Kind: kind, To: ToBeneficiary, Message: draw(g.Beneficiary.User)})
	}
	return all
}

// requestNotices are the status message of the requester, and the question to the beneficiary.
func requestNotices(g grant.Grant) []Notice {
	var all []Notice
	if g.State.Open() || g.State == grant.Approved {
		all = statusNotice(g)
	}
	if g.WantsConsent() {
		all = append(all, Notice{Kind: PostConsent, To: ToBeneficiary, Message: ConsentNotice(g, nil)})
	}
	return all
}

// statusNotice is the status message of the requester. The outbox draws it by the current [Standing].
func statusNotice(g grant.Grant) []Notice {
	if g.BreakGlass {
		return nil
	}
	return []Notice{{Kind: PostReceived, To: ToRequesterAlone, Message: StatusMessage(g, g.Requester.User, Standing{})}}
}

// refusedNotice tells that the rules, AWS or Slack do not allow a request.
func refusedNotice(g grant.Grant, ev grant.Event) Notice {
	text := fmt.Sprintf("Request `%s` refused: %s", g.ID, Safe(ev.Why, 2500))
	if n := len(g.BatchIDs); n > 0 {
		text += fmt.Sprintf(" All %d grants of the request are refused together.", n)
	}
	to := ToRequester
	// without a consent the beneficiary may be unreachable
	if !g.Beneficiary.Same(g.Requester) && g.Last(grant.EventConsent) == nil {
		to = ToRequesterAlone
	}
	return Notice{Kind: PostDenied, To: to, Reply: true, Message: Message{Text: text}}
}

// closedNotice tells that a request ended without access.
func closedNotice(g grant.Grant, ev grant.Event) Message {
	switch {
	case ev.Kind == grant.EventDeny:
		return withAgain(g, fmt.Sprintf("Request `%s` (%s) denied by %s: %s", g.ID, requestSummary(g), Mention(ev.By),
			Safe(ev.Why, 2000)))
	case ev.Kind == grant.EventLapse:
		return withAgain(g, fmt.Sprintf("Request `%s` expired without a decision: %s.", g.ID, requestSummary(g)))
	}
	return Message{Text: fmt.Sprintf("Request `%s` %s: %s.", g.ID, outcome(g, g.Requester.User), requestSummary(g))}
}

// withAgain adds a button that opens a form with the same request.
func withAgain(g grant.Grant, text string) Message {
	return withButtons(text, "again", Button(ActAgain, "Request again", g, ""))
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
			return by + " approved; more approvals needed." + noLonger(ev)
		}
		return by + " approved access " + Until(ev.Expiry) + "." + noLonger(ev)
	case grant.EventDeny:
		return by + " denied the request: " + Safe(ev.Why, 2500)
	case grant.EventCancel:
		return by + " cancelled the request."
	case grant.EventLapse:
		return "The request expired without a decision."
	case grant.EventNarrow:
		did := " narrowed the request: "
		if narrowing(g) == "" {
			did = " changed the request back: "
		}
		return by + did + Safe(ev.Why, 1000) + "." + decideAgain(ev)
	case grant.EventSettle:
		return by + " closed the grant, not confirmed by AWS: " + Safe(ev.Why, 2500)
	case grant.EventReview:
		return by + " closed the review: " + Safe(ev.Why, 2500)
	}
	of, confirmed := "", "AWS confirmed the removal."
	if len(g.BatchIDs) > 0 {
		of = " (" + Summary(g) + ")"
	}
	switch {
	case g.Principal.External || stays(g):
		confirmed = "The bucket no longer allows it."
	case neverOpen(g):
		confirmed = "Nothing is left in AWS."
	}
	return fmt.Sprintf("Access%s %s. %s", of, endingClause(g), confirmed)
}

// EndedSummary stands for the replies about many ends.
func EndedSummary(n int) Message {
	return Message{Text: fmt.Sprintf("%d more grants ended; AWS confirmed each removal. `/s3share history` lists them.",
		n)}
}

// noLonger names the people whose earlier approvals are void because they may no longer decide.
func noLonger(ev grant.Event) string {
	if len(ev.Void) == 0 {
		return ""
	}
	return " Void, because they may no longer approve: " + everybody(ev.Void) + "."
}

// decideAgain asks the people whose approvals a narrowing made void to decide again.
func decideAgain(ev grant.Event) string {
	others := slices.DeleteFunc(slices.Clone(ev.Void), ev.By.Same)
	switch {
	case len(others) > 0:
		return " Earlier approvals are void: " + everybody(others) + ", please decide again."
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
