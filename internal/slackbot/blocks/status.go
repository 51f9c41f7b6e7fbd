package blocks

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// This file draws the status message of a request: one for each person, edited until the decision. A
// new message follows where the person has to notice. The status message then is one line.

// A Standing holds the facts beside the record that the messages to one person depend on.
type Standing struct {
	CardPosted bool          // the approvers have the card
	Refused    error         // why Slack refuses the card until a setting is changed
	Batch      []grant.Grant // the rest of the batch
	HasNewer   bool          // the person has a newer message about the access
	Frozen     bool          // nothing is approved, and nothing added in AWS
}

// StatusMessage draws the status message of the requester.
func StatusMessage(g grant.Grant, reader string, s Standing) Message {
	head := fmt.Sprintf("Request `%s`", g.ID)
	if !g.State.Open() && g.State != grant.Approved {
		return Message{Text: fmt.Sprintf("%s (%s): %s.", head, requestSummary(g), outcome(g, reader))}
	}
	if g.State == grant.Checking {
		head += " submitted"
	}
	text := head + ": " + requestLines(g, s.Batch) + "\n" + progress(g, s)
	if g.State == grant.Approved {
		return Message{Text: text, Blocks: []slack.Block{Section(text)}}
	}
	return withButtons(text, "received", cancelRequest(g))
}

// ConsentStatus draws the question to the beneficiary, and the status of the request after the answer.
func ConsentStatus(g grant.Grant, reader string, s Standing) Message {
	head := fmt.Sprintf("Request `%s` by %s on your behalf", g.ID, Mention(g.Requester))
	switch {
	case g.NeedsConsent():
		return ConsentNotice(g, s.Batch)
	case g.State.Open() || g.State == grant.Approved:
		text := head + ": " + requestLines(g, s.Batch) + "\nYou confirmed. " + progress(g, s)
		return Message{Text: text, Blocks: []slack.Block{Section(text)}}
	}
	return Message{Text: fmt.Sprintf("%s (%s): %s.", head, requestSummary(g), outcome(g, reader))}
}

// requestLines describes the requested access: in the same line, or one line for each grant of a batch.
func requestLines(g grant.Grant, batch []grant.Grant) string {
	if len(batch) == 0 {
		name, on := Subject(g)
		return fmt.Sprintf("%s access, %s → %s for %s.", Safe(g.Level.Name, 40), name, on, g.Term)
	}
	text := fmt.Sprintf("%s access for %s, %d grants.", Safe(g.Level.Name, 40), g.Term, len(batch)+1)
	for _, one := range append([]grant.Grant{g}, batch...) {
		name, _ := Subject(one)
		text += fmt.Sprintf("\n• %s → %s", name, nameInText(Target(one), 150))
	}
	return text
}

// requestSummary is requestLines in a few words.
func requestSummary(g grant.Grant) string {
	if n := len(g.BatchIDs); n > 0 && g.IsBatchLead() {
		return fmt.Sprintf("%s, %d grants", Safe(g.Level.Name, 40), n)
	}
	return Summary(g)
}

// progress describes the wait of a request that is not decided, or not in AWS yet.
func progress(g grant.Grant, s Standing) string {
	expires := " The request " + Dated("expires", g.LapsesAt) + " without a decision."
	switch {
	case g.NeedsConsent():
		return "Waiting for " + Mention(g.Beneficiary) + " to confirm."
	case g.State == grant.Checking:
		if ev := g.Last(grant.EventDelayed); ev != nil {
			return "AWS check delayed: " + sentence(Safe(ev.Why, 400)) + " Retrying, " + Until(g.LapsesAt) + " at the latest."
		}
		return "Approvers are notified once AWS checks pass."
	case g.State == grant.Approved && s.Frozen:
		return Capital(approvedClause(g)) + withChanges(g) + ". s3share is frozen: access becomes active after the freeze."
	case g.State == grant.Approved:
		return Capital(approvedClause(g)) + withChanges(g) + ". " + waitingForAWS(g)
	case s.Refused != nil && !s.CardPosted:
		return fmt.Sprintf("Not sent to the approvers: Slack doesn't let me post to their channel (%s). Tell an operator of "+
			"s3share; I keep trying.%s", Safe(strings.TrimSpace(s.Refused.Error()), 200), expires)
	case !s.CardPosted:
		return "AWS checks passed. Notifying the approvers."
	}
	text := "Waiting for " + missingApprovers(g, named) + "." + expires
	if s.Frozen {
		text += " s3share is frozen: nothing can be approved until the freeze ends."
	}
	if n := len(g.Decisions); n > 0 {
		text = fmt.Sprintf("%d of %d approvals. ", n, n+g.Missing()) + text
	}
	if ev, changes := g.Last(grant.EventNarrow), narrowing(g); ev != nil && changes != "" {
		text = Mention(ev.By) + " narrowed the request: " + changes + ". " + text
	}
	return text
}

// waitingForAWS names the AWS calls that fail, if they have failed for long.
func waitingForAWS(g grant.Grant) string {
	text := ""
	for _, h := range []grant.Half{grant.OwnerHalf, grant.GranteeHalf} {
		p := g.Half(h)
		if p.Attempts == 0 || p.AlertedAt.IsZero() {
			continue
		}
		text += fmt.Sprintf("Can't %s: %s ", callOf(g, h, false), sentence(Safe(strings.TrimSpace(p.LastError), 300)))
	}
	if text != "" {
		return text + "Retrying."
	}
	return "Waiting for AWS."
}

// withChanges follows the clause about an approval, if approvers have narrowed the request.
func withChanges(g grant.Grant) string {
	if changes := narrowing(g); changes != "" {
		return " with changes: " + changes
	}
	return ""
}

// outcome is the result of a request, for its status message.
func outcome(g grant.Grant, reader string) string {
	switch ev := g.Last(grant.EventCancel, grant.EventDeny); {
	case g.State == grant.Denied:
		return "denied by " + nameFor(reader, ev.By)
	case g.State == grant.Cancelled && ev.By.Same(g.Beneficiary) && !g.Beneficiary.Same(g.Requester) &&
		g.Last(grant.EventConsent) == nil:
		return "declined by " + nameFor(reader, ev.By)
	case g.State == grant.Cancelled:
		return "cancelled by " + nameFor(reader, ev.By)
	case g.State == grant.Lapsed:
		return "expired without a decision"
	case g.State == grant.Refused:
		return "refused"
	}
	return approvedClause(g) + withChanges(g)
}

// nameFor names a person to a reader.
func nameFor(reader string, p grant.Person) string {
	if p.User == reader {
		return "you"
	}
	return Mention(p)
}

func cancelRequest(g grant.Grant) slack.BlockElement {
	cancel := Button(ActCancel, "Cancel request", g, "")
	cancel.Confirm = slack.NewConfirmationBlockObject(Plain("Cancel this request?", 100),
		Plain("Approvers can no longer decide on "+string(g.ID)+". You can submit a new request.", 300),
		Plain("Cancel request", 30), Plain("Keep it", 30))
	return cancel
}

// Current draws a posted message to a person as it has to be now. ok is false if it stays as it is.
func Current(g grant.Grant, post store.Post, s Standing) (m Message, ok bool) {
	isPause := post.Kind == PostAlert && post.Event < len(g.History) && g.History[post.Event].Kind == grant.EventDrift
	if post.Kind == PostAlert && post.Recipient == store.ToAdmins {
		return currentAlert(g, post.Event)
	}
	switch post.Kind {
	case PostReceived:
		return StatusMessage(g, post.Recipient, s), !isBeingPosted(g, s)
	case PostConsent:
		return ConsentStatus(g, post.Recipient, s), !g.NeedsConsent() && !isBeingPosted(g, s)
	case PostGranted, PostWarning:
		if !isOver(g, s) {
			return withExtension(g, post)
		}
		return Message{Text: accessLine(g, post.Recipient)}, true
	case PostAlert:
		return Message{Text: accessLine(g, post.Recipient)}, isPause && isOver(g, s)
	}
	return SpentMessage(g, post.Kind, post.Event)
}

// isOver reports whether a message about an access becomes one line. Of several messages only the
// newest shows that an early end is in progress.
func isOver(g grant.Grant, s Standing) bool {
	if g.State == grant.Ending && g.Outcome != grant.Expired {
		return !s.HasNewer
	}
	return g.State == grant.Ending || g.State == grant.Ended || s.HasNewer
}

// isBeingPosted reports whether the card of a pending request is not posted yet, and was not refused.
func isBeingPosted(g grant.Grant, s Standing) bool {
	return g.State == grant.Pending && !s.CardPosted && s.Refused == nil
}

// accessLine describes the state of an access in one line, for a message that a newer one follows.
func accessLine(g grant.Grant, reader string) string {
	_, on := Subject(g)
	gone, early := "~Access to "+on+"~ ", "Ended early."
	if ev := g.Last(grant.EventEnd); ev != nil && !ev.By.IsBot() {
		early = Capital(nameFor(reader, ev.By)) + " ended it early."
	}
	switch {
	case g.State == grant.Active && g.Principal.External:
		return "The bucket allows this access: " + Summary(g) + ". See the newer message below."
	case g.State == grant.Active && g.DriftedAt.IsZero() && !g.IsRestoring():
		return "Access is active: " + Summary(g) + ". See the newer message below."
	case g.State == grant.Active:
		return "Access is paused: " + Summary(g) + ". See the newer message below."
	case g.Outcome == grant.Expired:
		return gone + Dated("Expired", g.ExpiresAt) + "."
	case g.Outcome == grant.Settled:
		return fmt.Sprintf("Access to %s: closed, not confirmed by AWS.", on)
	case g.Outcome == grant.Failed:
		return fmt.Sprintf("Access to %s failed: %s", on, sentence(Safe(g.Why, 300)))
	case g.State == grant.Ending:
		return fmt.Sprintf("Access to %s is ending. %s", on, early)
	}
	return gone + early
}
