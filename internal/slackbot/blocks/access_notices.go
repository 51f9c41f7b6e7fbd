package blocks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// This file draws the notices about an access: active, ends soon, ended, failed.

// GrantedNotice tells that the access can be used, and how.
func GrantedNotice(g grant.Grant) Message {
	text := activeSentence(g, "Access is active")
	if changes := narrowing(g); changes != "" {
		text += " Approved with changes: " + changes + "."
	}
	if !g.Principal.External {
		text += " Allow up to a minute for AWS to propagate the change."
	}
	text += " *I'm done* ends it early."
	if k := kms(g); k != "" {
		text += "\n" + k
	}
	return withDone(g, text, keyStatement(g), mayFail(g), tryIt(g))
}

// activeSentence says until when AWS allows the access. AWS has confirmed it.
func activeSentence(g grant.Grant, state string) string {
	on := nameInText(Target(g), 600)
	when := Until(g.ExpiresAt)
	if g.Scheduled {
		state, when = "Access is scheduled", Dated("from", g.StartAt)+" "+when
	}
	if g.Principal.External {
		return fmt.Sprintf("The bucket allows this access %s: %s. %s", when, Summary(g), otherHalf(g))
	}
	return fmt.Sprintf("%s %s: %s.", state, when, Can(g, on))
}

// resumedNotice tells that AWS has confirmed a restored access.
func resumedNotice(g grant.Grant) Message {
	return withDone(g, activeSentence(g, "Access is active again"))
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
		all = append(all, fmt.Sprintf("`/s3share show %s` lists %d more.", g.ID, more))
	}
	return ":warning: If a call is denied, check this first:\n" + strings.Join(all, "\n")
}

// warnedNotice tells that access ends soon.
func warnedNotice(g grant.Grant, event int) Message {
	left := g.ExpiresAt.Sub(g.History[event].At).Round(time.Minute)
	sign, at := ":hourglass_flowing_sand:", When(g.ExpiresAt)
	if left < time.Hour {
		sign = ":warning:"
	}
	if left < 24*time.Hour {
		at = clockTime(g.ExpiresAt)
	}
	text := fmt.Sprintf("%s *Access ends in %s* (%s): %s.", sign, inWords(left), at, Summary(g))
	if g.Reconfirms(event) {
		text += " The approvers were asked whether it is still needed."
	}
	if !g.BreakGlass && extensionWait(g) == "" {
		text += " *Extend…* requests more time."
	}
	return withDone(g, text)
}

// clockTime formats the time of day in the reader's own time zone.
func clockTime(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{time}|%s>", t.Unix(), t.UTC().Format("15:04 UTC"))
}

// inWords formats a duration as a person says it: "15 minutes", "2 hours", "3 days".
func inWords(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	switch {
	case d >= 48*time.Hour:
		n, unit = int(d.Round(24*time.Hour)/(24*time.Hour)), "day"
	case d >= 90*time.Minute || d == time.Hour:
		n, unit = int(d.Round(time.Hour)/time.Hour), "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// withDone adds the buttons of an active grant.
func withDone(g grant.Grant, text string, more ...string) Message {
	m := withButtons(text, "done", DoneButtons(g)...)
	for _, below := range append([]string{extensionWait(g)}, more...) {
		if below != "" {
			m.Text += "\n" + below
			m.Blocks = slices.Insert(m.Blocks, len(m.Blocks)-1, Section(below))
		}
	}
	return m
}

func DoneButtons(g grant.Grant) []slack.BlockElement {
	done := Button(ActEnd, "I'm done", g, "")
	cannotExtend := g.BreakGlass || !g.DriftedAt.IsZero() || g.IsRestoring()
	if cannotExtend || g.PendingExtension != nil {
		return []slack.BlockElement{done}
	}
	return []slack.BlockElement{Button(ActExtend, "Extend…", g, ""), done}
}

// failingNotice tells that the access failed, before its removal is complete.
func failingNotice(g grant.Grant) Message {
	return Message{Text: fmt.Sprintf("Access failed: %s I'm removing it from AWS: %s.", sentence(Safe(g.Why, 1500)),
		Summary(g))}
}

// endedNotice tells that AWS has confirmed the end of the access.
func endedNotice(g grant.Grant, reader string) Message {
	name, on := Subject(g)
	text := fmt.Sprintf("Access ended: %s can no longer %s %s", name, Verb(g.Level.Name), on)
	switch {
	case neverOpen(g):
		text = "Access ended before it was active: " + Summary(g)
	case g.Principal.External:
		text = fmt.Sprintf("Access ended: the bucket no longer allows %s to %s %s", name, Verb(g.Level.Name), on)
	case stays(g) && g.Principal.PermissionSet() == "":
		text += " with this grant"
	}
	text += endOfSentence(g, reader)
	if stays(g) && !neverOpen(g) && g.Principal.PermissionSet() == "" {
		text += fmt.Sprintf(" Another grant of %s is still active.", name)
	}
	if endedEarly(g) {
		text += " Allow up to a minute for AWS to propagate the change."
	}
	return withAgain(g, text)
}

// endOfSentence closes a sentence about an end with its reason.
func endOfSentence(g grant.Grant, reader string) string {
	by := "s3share"
	if ev := g.Last(grant.EventEnd, grant.EventSettle); ev != nil {
		by = Capital(nameFor(reader, ev.By))
	}
	switch g.Outcome {
	case grant.Expired:
		return " (" + Dated("expired", g.ExpiresAt) + ")."
	case grant.Failed:
		return " (failed). " + sentence(Safe(g.Why, 1500))
	case grant.Settled:
		return ". " + by + " closed it: " + sentence(Safe(g.Why, 1500))
	}
	if g.Why == "" || by == "You" {
		return ". " + by + " ended it early."
	}
	return ". " + by + " ended it early: " + sentence(Safe(g.Why, 1500))
}

// endedEarly reports whether access ended before its expiry. The expiry is in every statement, so
// it needs no propagation. A removal does: a read-back shows the stored state, and AWS's servers
// may allow a request for up to a minute more.
func endedEarly(g grant.Grant) bool { return g.Outcome != grant.Expired && !neverOpen(g) }

// settledNotice tells that a responder closed the record of an account that does not answer. It
// does not say that access ended, because AWS did not confirm that.
func settledNotice(g grant.Grant, reader string) Message {
	return withAgain(g, fmt.Sprintf("Access closed, not confirmed by AWS: %s. AWS refuses it since its expiry, %s%s",
		Summary(g), When(g.ExpiresAt), endOfSentence(g, reader)))
}

// stays reports whether the grantee half was left to another grant, or to its permission set.
func stays(g grant.Grant) bool {
	i := slices.IndexFunc(g.History,
		func(ev grant.Event) bool { return ev.Kind == grant.EventHalfRemoved && ev.Half == grant.GranteeHalf })
	return i >= 0 && g.History[i].Why != "" && !g.Principal.External
}
