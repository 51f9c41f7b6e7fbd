package blocks

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The modal for bulk approvals from a Home.
const (
	BulkCallback = "several"
	BulkBlock    = "boxes0" // the first block with checkboxes
	boxes        = "boxes"  // the prefix of these blocks, before a number
	boxesEach    = 10       // Slack's limit for one element
	bulkMost     = 30       // each calls Slack and AWS, within the time for one envelope
)

// IsBulkApprovable reports whether a grant may be approved in bulk. A grant needs its card if it
// writes, covers a whole bucket, has a warning, is a batch, or does not fit into one line.
func IsBulkApprovable(g grant.Grant) bool {
	plain := !g.Level.Writes() && g.Prefix != "" && len(Warnings(g)) == 0 &&
		(len(g.BatchIDs) == 0 || g.PendingExtension != nil)
	return plain && len([]rune(Escapes.Replace(Target(g)))) <= 300
}

// BulkSelectable returns the pending grants that may be approved in bulk, the number of further
// ones, and the number that need their card.
func BulkSelectable(waiting []grant.Grant) (shown []grant.Grant, later, apart int) {
	for _, g := range waiting {
		if IsBulkApprovable(g) {
			shown = append(shown, g)
		} else {
			apart++
		}
	}
	most := min(bulkMost, len(shown))
	return shown[:most], len(shown) - most, apart
}

// BulkView describes each grant in a sentence with its reason, and has a checkbox for each below:
// the label of a checkbox is too short for a description.
func BulkView(shown []grant.Grant, later, apart int) slack.ModalViewRequest {
	content := []slack.Block{Section("What you tick is approved, each by itself. To deny or change one, use its card.")}
	for from := 0; from < len(shown); from += boxesEach {
		var list []slack.Block
		var options []*slack.OptionBlockObject
		for _, g := range shown[from:min(from+boxesEach, len(shown))] {
			reason := g.Reason
			if g.PendingExtension != nil {
				reason = g.PendingExtension.Reason
			}
			list = Joined(list,
				fmt.Sprintf("`%s` %s — %s", g.ID, AsksNow(g), Safe(strings.ReplaceAll(reason, "\n", " "), 200)))
			options = append(options, Option(Value(g), string(g.ID)+" "+g.Principal.Name+" on "+g.Bucket.Name, ""))
		}
		name := boxes + strconv.Itoa(from/boxesEach)
		content = append(content, list...)
		content = append(content, Input(name, "Approve", slack.NewCheckboxGroupsBlockElement(name, options...), true))
	}
	if later > 0 {
		content = append(content, slack.NewContextBlock("",
			Mrkdwn(fmt.Sprintf("%d more can be ticked once these are decided.", later))))
	}
	if apart > 0 {
		content = append(content, slack.NewContextBlock("", Mrkdwn(fmt.Sprintf("%d more: what writes, is on a whole "+
			"bucket or has a warning is decided on its own card.", apart))))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: BulkCallback, Title: Plain("Decide several", 24),
		Submit: Plain("Approve", 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}

// BulkTicked returns the values of the ticked boxes.
func BulkTicked(v Values) (values []string) {
	for n := range bulkMost / boxesEach {
		name := boxes + strconv.Itoa(n)
		for _, o := range v[name][name].SelectedOptions {
			values = append(values, o.Value)
		}
	}
	return values
}
