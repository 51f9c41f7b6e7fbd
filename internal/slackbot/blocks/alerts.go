package blocks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/alarm"
	"s3share/internal/grant"
)

// This file draws the alerts about AWS calls that fail for long, and the ends of all alerts about a
// grant. drift.go draws those about changes outside s3share.

// alertEnds returns the answers in the threads of the alerts that an event ends.
func alertEnds(g grant.Grant, event int) (all []Notice) {
	for i, ev := range g.History[:event] {
		var end int
		var line string
		switch ev.Kind {
		case grant.EventStalled:
			end, line = stallEnd(g, i)
			if isRepeatedStall(g, i) {
				continue
			}
		case grant.EventDrift:
			end, line = driftEnd(g, i)
		default:
			continue
		}
		if end == event && line != "" {
			all = append(all, Notice{Kind: PostThread, To: ToAlertThread, About: i, Message: Message{Text: line}})
		}
	}
	return all
}

// currentAlert draws a posted alert as it has to be now. ok is false if it stays as it is.
func currentAlert(g grant.Grant, event int) (m Message, ok bool) {
	switch {
	case event < 0 || event >= len(g.History):
		return Message{}, false
	case g.History[event].Kind == grant.EventDelegated:
		return handoverEnd(g, event)
	case g.History[event].Kind != grant.EventStalled:
		return Message{}, false
	}
	if isRepeatedStall(g, event) {
		return Message{}, false
	}
	if _, line := stallEnd(g, event); line != "" {
		return Message{Text: alarm.Struck(cantCall(g, event)) + " " + line}, true
	}
	latest := event
	for i, ev := range g.History[event+1:] {
		if ev.Kind == grant.EventStalled && ev.Half == g.History[event].Half {
			latest = event + 1 + i
		}
	}
	return stalledAlert(g, latest), g.State.InAWS()
}

// stalledNotices tells the operators about a failing AWS call. While it lasts, later reports follow in
// the thread of the first.
func stalledNotices(g grant.Grant, event int) []Notice {
	if _, line := stallEnd(g, event); line != "" || !g.State.InAWS() {
		return nil
	}
	if first := firstStall(g, event); first != event {
		return []Notice{{Kind: PostThread, To: ToAlertThread, About: first, Message: Message{Text: "Still failing. " +
			stalledAlert(g, event).Text}}}
	}
	return []Notice{{Kind: PostAlert, To: ToAdmins, Message: stalledAlert(g, event)}}
}

// stalledAlert says which call fails, since when, and what is open meanwhile.
func stalledAlert(g grant.Grant, event int) Message {
	ev := g.History[event]
	text := cantCall(g, event)
	if next := g.Half(ev.Half).NextAttemptAt; !next.IsZero() {
		text += fmt.Sprintf(" Retrying; next try %s.", clockTime(next))
	} else {
		text += " Retrying."
	}
	if g.State == grant.Approved {
		return Message{Text: fmt.Sprintf("%s Access is not active yet: `%s` (%s).", text, g.ID, Summary(g))}
	}
	return Message{Text: fmt.Sprintf("%s Affected: `%s` (%s).%s", text, g.ID, Summary(g), stillOpen(g, ev.At))}
}

// cantCall is the sentence about a failing call.
func cantCall(g grant.Grant, event int) string {
	ev := g.History[event]
	lasted := ""
	if !ev.Since.IsZero() {
		lasted = fmt.Sprintf(" (%s so far)", inWords(ev.At.Sub(ev.Since)))
	}
	fault := strings.TrimSuffix(strings.TrimSpace(ev.Why), ".")
	if code, ok := literal(fault, 300); ok {
		fault = code
	} else {
		fault = Safe(fault, 2000)
	}
	return fmt.Sprintf("Can't %s%s: %s.", callOf(g, ev.Half, removes(g, event)), lasted, fault)
}

// callOf names the AWS call of a half, after "Can't".
func callOf(g grant.Grant, h grant.Half, removing bool) string {
	name, _ := Subject(g)
	account := "*" + Safe(g.Principal.Account, 64) + "*"
	switch set := g.Principal.PermissionSet(); {
	case h == grant.OwnerHalf:
		return fmt.Sprintf("write the policy of %s in *%s*", nameInText(g.Bucket.Name, 80), Safe(g.Bucket.Account, 64))
	case set != "":
		return fmt.Sprintf("find the policy of s3share in the permission set %s in %s", nameInText(set, 64), account)
	case g.Principal.Kind == grant.KindRole && removing:
		return fmt.Sprintf("detach the role policy from %s in %s", name, account)
	case g.Principal.Kind == grant.KindRole:
		return fmt.Sprintf("attach the role policy to %s in %s", name, account)
	case removing:
		return fmt.Sprintf("remove %s from the group in %s", name, account)
	}
	return fmt.Sprintf("add %s to the group in %s", name, account)
}

// removes reports whether the access was to be removed from AWS at the time of an event.
func removes(g grant.Grant, event int) bool {
	if g.History[event].To == grant.Ending {
		return true
	}
	for i := event; i >= 0; i-- {
		switch g.History[i].Kind {
		case grant.EventDrift:
			return true
		case grant.EventRestore:
			return false
		}
	}
	return false
}

// stallEnd returns the event that ended the failure of a call, and the line about it; "" while it
// lasts.
func stallEnd(g grant.Grant, event int) (end int, line string) {
	stalled := g.History[event]
	since := stalled.Since
	if since.IsZero() {
		since = stalled.At
	}
	for i, ev := range g.History[event+1:] {
		how := ""
		switch {
		case ev.Kind == grant.EventHalfApplied && ev.Half == stalled.Half,
			ev.Kind == grant.EventDelegated && stalled.Half == grant.GranteeHalf,
			ev.Kind == grant.EventHalfRemoved && ev.Half == stalled.Half && ev.Why == "":
			how = "AWS confirmed the change"
		case ev.Kind == grant.EventHalfRemoved && ev.Half == stalled.Half:
			how = "it needs no removal for this access"
		case ev.Kind == grant.EventEnd && stalled.To != grant.Ending:
			how = "the access ends, so the call is no longer needed"
		case ev.Kind == grant.EventDrift:
			how = "the access is paused, so the call is no longer needed"
		case ev.Kind == grant.EventRestore:
			how = "the access is being restored, so the call is no longer needed"
		case ev.Kind == grant.EventSettle:
			how = Mention(ev.By) + " closed the grant, not confirmed by AWS"
		default:
			continue
		}
		return event + 1 + i, fmt.Sprintf("Resolved after %s: %s.", alarm.Lasted(ev.At.Sub(since)), how)
	}
	return 0, ""
}

// firstStall returns the first report of the failure that an event reports.
func firstStall(g grant.Grant, event int) int {
	for i, ev := range g.History[:event] {
		if ev.Kind != grant.EventStalled || ev.Half != g.History[event].Half {
			continue
		}
		if end, line := stallEnd(g, i); line == "" || end > event {
			return i
		}
	}
	return event
}

func isRepeatedStall(g grant.Grant, event int) bool { return firstStall(g, event) != event }

// stillOpen describes the effect of a delayed end: whether the access is still open, and how to
// close it by hand. The bot cannot see the half of an external account, and the half of a
// permission set may come back.
func stillOpen(g grant.Grant, at time.Time) string {
	name, _ := Subject(g)
	switch {
	case g.State != grant.Ending:
		return ""
	case !at.Before(g.ExpiresAt):
		return " Nothing is open: AWS denies requests after the date in the policy, which has passed."
	case g.Owner.RemovedAt.IsZero() &&
		(g.Grantee.RemovedAt.IsZero() || g.Principal.External || g.Principal.PermissionSet() != ""):
		return fmt.Sprintf(" *Access may still be open* %s at the latest. To close it sooner, remove the statements whose "+
			"Sid begins with `S3Share%s` from the policy of %s by hand.",
			Until(g.ExpiresAt), g.ID, nameInText(g.Bucket.Name, 80))
	case !g.Owner.RemovedAt.IsZero():
		return " Nothing is open: the bucket policy no longer allows it."
	}
	return fmt.Sprintf(" Nothing is open: %s no longer has the other part.", name)
}

// sids are the statements of a grant, for people.
func sids(g grant.Grant) string {
	var all []string
	for _, p := range g.Parts {
		if p.Half == grant.OwnerHalf && p.Kind == grant.Statement && !slices.Contains(all, "`"+p.Key+"`") {
			all = append(all, Code(p.Key, 40))
		}
	}
	if len(all) == 0 {
		return "its statements"
	}
	return listed(all, "and")
}
