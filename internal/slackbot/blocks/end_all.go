package blocks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// EndAllCallback is the callback of the modal that confirms an end-all. It has no field.
const EndAllCallback = "end_all"

// listedMost is the number of grants in the list of the modal: it has to be read in an incident.
const listedMost = 50

// EndAllView asks before many grants are ended, and lists them.
func EndAllView(p commands.EndAllPreview, memory string) slack.ModalViewRequest {
	target := strings.ReplaceAll(Safe(p.Target, 400), commands.PersonMark, Mention(p.Person))
	content := append([]slack.Block{Section("*" + p.Question() + "*\nTarget: " + target)},
		TextBlocks("Reason: "+p.Reason)...)
	var list []slack.Block
	for _, g := range p.Grants[:min(listedMost, len(p.Grants))] {
		line := "• " + endAllLine(g)
		if slices.Contains(p.Damaged, g.ID) {
			line += "; its record is damaged"
		}
		list = Joined(list, line)
	}
	if more := len(p.Grants) - listedMost; more > 0 {
		list = Joined(list, fmt.Sprintf("and %d more", more))
	}
	notes := "Access that is approved before you confirm ends too."
	if p.Notes != "" {
		notes += "\n" + Safe(p.Notes, contextLimit-100)
	}
	content = append(append(content, list...), slack.NewContextBlock("", Mrkdwn(notes)))
	submit := fmt.Sprintf("End all %d grants", len(p.Grants))
	if len(p.Grants) == 1 {
		submit = "End 1 grant"
	}
	return modal{callback: EndAllCallback, memory: memory, title: "End access", submit: submit,
		close: "Cancel"}.view(content)
}

// endAllLine describes one grant and its person.
func endAllLine(g grant.Grant) string {
	until := "waiting for AWS"
	if g.State == grant.Active {
		until = Until(g.ExpiresAt)
	}
	return fmt.Sprintf("%s: %s, %s", Mention(g.Beneficiary), Summary(g), until)
}
