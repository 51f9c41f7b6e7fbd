package blocks

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/alarm"
	"s3share/internal/grant"
)

// This file draws the question to the approvers about a change outside s3share, and its outcome.

// driftedNotices asks the approvers to restore or end a changed access, and tells its people.
func driftedNotices(g grant.Grant, event int) []Notice {
	out := []Notice{{Kind: PostDrift, To: ToChannel, Message: driftAlert(g, event)}}
	if g.DriftedAt.IsZero() || !g.State.InAWS() || g.State == grant.Ending {
		return out
	}
	name, on := Subject(g)
	text := fmt.Sprintf("Access is paused: %s can't use %s, because AWS was changed outside s3share. The approvers have "+
		"been asked to restore or end it. I'll tell you here when they have.", name, on)
	return append(out, Notice{Kind: PostAlert, To: ToRequester, Message: Message{Text: text}})
}

// driftAlert draws the question, or its outcome once there is one.
func driftAlert(g grant.Grant, event int) Message {
	ev := g.History[event]
	what := "Access is paused: " + firstLower(Safe(strings.TrimSpace(ev.Why), 1500))
	if _, line := driftEnd(g, event); line != "" {
		return Message{Text: fmt.Sprintf("%s %s Affected: `%s` (%s).", alarm.Struck(what), line, g.ID, Summary(g))}
	}
	text := fmt.Sprintf("%s Affected: `%s` (%s).", sentence(what), g.ID, Summary(g))
	if g.State == grant.Ending {
		by := ""
		if ev := g.Last(grant.EventEnd); ev != nil && !ev.By.IsBot() {
			by = ", as " + Mention(ev.By) + " decided"
		}
		return Message{Text: fmt.Sprintf("%s s3share is ending the access%s. It has ended once AWS has confirmed the "+
			"removal.", text, by)}
	}
	if restore := restoreAfter(g, event); restore != nil {
		by := "as the rule says"
		if !restore.By.IsBot() {
			by = "as " + Mention(restore.By) + " decided"
		}
		return Message{Text: fmt.Sprintf("%s s3share is restoring the access, %s. It is open once AWS has confirmed it.",
			text, by)}
	}
	text += " " + otherPart(g, ev.Half) + openNow(g) + "\nAccess is paused until an approver restores or ends it."
	end := Button(ActEnd, "End…", g, slack.StyleDanger)
	end.Confirm = slack.NewConfirmationBlockObject(Plain("End this access?", 100),
		Plain("s3share removes the rest of "+string(g.ID)+" from AWS, and the requester is notified.", 300),
		Plain("End access", 30), Plain("Cancel", 30))
	return withButtons(text, "drift", Button(ActPutBack, "Restore", g, ""), end)
}

// otherPart says what s3share does about the part that was not changed.
func otherPart(g grant.Grant, changed grant.Half) string {
	name, _ := Subject(g)
	account := Safe(g.Principal.Account, 64)
	switch set := g.Principal.PermissionSet(); {
	case changed == grant.GranteeHalf && g.Half(grant.OwnerHalf).WasConfirmed():
		return fmt.Sprintf("s3share is removing %s from the bucket policy. ", sids(g))
	case changed == grant.GranteeHalf:
		return fmt.Sprintf("s3share removed %s from the bucket policy. ", sids(g))
	case g.Principal.External:
		return fmt.Sprintf("The policy in *%s* stays: its admin manages it. ", account)
	case set != "":
		return fmt.Sprintf("The permission set %s keeps its policy. ", nameInText(set, 64))
	case g.Principal.Kind == grant.KindRole:
		return fmt.Sprintf("s3share also detaches its role policy from %[1]s in *%[2]s*; if another access of %[1]s is "+
			"active, the policy stays. ", name, account)
	}
	return fmt.Sprintf("s3share also removes %[1]s from the s3share group in *%[2]s*; if another access of %[1]s is "+
		"active, the membership stays. ", name, account)
}

// openNow says whether a paused access may be open. Either part alone opens nothing.
func openNow(g grant.Grant) string {
	if g.Half(grant.OwnerHalf).WasConfirmed() && g.Half(grant.GranteeHalf).WasConfirmed() {
		return "*It may be open* until s3share has removed what is left of it."
	}
	name, _ := Subject(g)
	return name + " can't use this access now."
}

// restoreAfter returns the decision to restore the access after a change, or nil.
func restoreAfter(g grant.Grant, event int) *grant.Event {
	for i, ev := range g.History[event+1:] {
		switch ev.Kind {
		case grant.EventRestore:
			return &g.History[event+1+i]
		case grant.EventDrift:
			return nil
		}
	}
	return nil
}

// driftEnd returns the event that ended the pause after a change, and the line about it; "" while it
// lasts.
func driftEnd(g grant.Grant, event int) (end int, line string) {
	restore := restoreAfter(g, event)
	restored := "Restored automatically"
	if restore != nil && !restore.By.IsBot() {
		restored = "Restored by " + Mention(restore.By)
	}
	lasted := func(until time.Time) string { return " after " + alarm.Lasted(until.Sub(g.History[event].At)) }
	for i, ev := range g.History[event+1:] {
		at := event + 1 + i
		switch {
		case ev.Kind == grant.EventEnd && ev.Outcome == grant.Expired:
			return at, "Expired" + lasted(ev.At) + "."
		case ev.Kind == grant.EventEnd:
			return endAfterDrift(g, event, at)
		case restore == nil:
		case ev.Kind == grant.EventResumed, ev.Kind == grant.EventApplied:
			return at, restored + lasted(ev.At) + "."
		case ev.Kind == grant.EventDrift:
			return at, restored + ", then changed again outside s3share."
		}
	}
	if restore != nil && g.State == grant.Active && !g.IsRestoring() { // by a version without the event
		return event, restored + "."
	}
	return 0, ""
}

// endAfterDrift returns the confirmation of an early end that was decided after a change, and the line
// about it; "" until AWS has confirmed it.
func endAfterDrift(g grant.Grant, event, decided int) (end int, line string) {
	by := ""
	if ev := g.History[decided]; !ev.By.IsBot() {
		by = " by " + Mention(ev.By)
	}
	for i, ev := range g.History[decided+1:] {
		lasted := alarm.Lasted(ev.At.Sub(g.History[event].At))
		switch ev.Kind {
		case grant.EventRemoved:
			return decided + 1 + i, fmt.Sprintf("Ended%s after %s.", by, lasted)
		case grant.EventSettle:
			return decided + 1 + i, fmt.Sprintf("Closed by %s after %s, not confirmed by AWS.", Mention(ev.By), lasted)
		}
	}
	return 0, ""
}

// firstLower begins a sentence with a small letter, to follow a colon.
func firstLower(s string) string {
	if s != "" && s[0] >= 'A' && s[0] <= 'Z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}
