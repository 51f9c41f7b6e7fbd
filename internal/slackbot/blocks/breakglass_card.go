package blocks

import (
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// GlassCard draws the post about a break-glass. It has a button that ends the access at once, and
// the review that an approver has to close.
func GlassCard(g grant.Grant) Message {
	head := ":rotating_light: " + Mention(g.Requester) + " " + glassClause(g) + " with break-glass: " + AccessLine(g)
	content := append([]slack.Block{Section("*" + head + "*")}, Facts(g)...)
	content = append(content, TextBlocks("Reason: "+g.Reason)...)
	status := StatusText(g)
	buttons := []slack.BlockElement{}
	if g.State == grant.Approved || g.State == grant.Active {
		// One click ends the access. The reason can wait for the review.
		buttons = append(buttons, Button(ActEnd, "End access now", g, slack.StyleDanger),
			Button(ActRevoke, "End with a reason…", g, ""))
	}
	if g.NeedsReview() {
		status += "; waiting for a review by " + approversOnCard(g) + notified(g)
		if len(buttons) == 0 { // it has ended
			buttons = append(buttons, Button(ActReview, "Close review…", g, slack.StylePrimary))
		}
	} else if ev := g.Last(grant.EventReview); ev != nil {
		status += "; reviewed by " + Mention(ev.By) + ": " + Safe(ev.Why, 500)
	}
	content = append(content, slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+"` · "+status)))
	if len(buttons) > 0 {
		content = append(content, slack.NewActionBlock("glass", buttons...))
	}
	return Message{Text: head + " — " + status, Blocks: content}
}

func glassClause(g grant.Grant) string {
	switch {
	case !neverOpen(g):
		return "opened access"
	case g.State == grant.Approved:
		return "is opening access"
	}
	return "tried to open access"
}

// GlassCallback is the callback of the modal that confirms a break-glass. Slack shows it only to the
// person who typed the command.
const GlassCallback = "glass"

// BreakGlassValues holds the typed values without the reason, which is a field of the modal: private
// metadata is limited. The journal uses the same names.
type BreakGlassValues struct{ Target, Level, Principal, Term string }

// Draft returns the request.
func (v BreakGlassValues) Draft(reason string) grant.Draft {
	return grant.Draft{Target: v.Target, Level: v.Level, Principal: v.Principal, Term: v.Term, Reason: reason,
		BreakGlass: true}
}

// GlassView draws the modal.
func GlassView(c commands.Confirm) slack.ModalViewRequest {
	g, d := c.Grant, c.Draft
	name, on := Subject(g)
	memory, _ := json.Marshal(BreakGlassValues{d.Target, d.Level, d.Principal, d.Term}) // cannot fail for strings
	head := fmt.Sprintf(":rotating_light: *Open access now, without an approval?*\n%s will be able to %s %s for %s. The "+
		"approvers are notified at once, and %s reviews the use afterwards. This access can't be extended.",
		name, Verb(g.Level.Name), on, g.Term, Mentions(g.Rule.Approvers, "or"))
	content := append([]slack.Block{Section(head)}, Facts(g)...)
	return modal{callback: GlassCallback, memory: string(memory), title: "Break-glass",
		submit: "Open access now", close: "Cancel"}.view(append(content,
		Input(FieldReason, "Reason why this can't wait for an approval", Lines(FieldReason, d.Reason), false)))
}
