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
// writes, covers a whole bucket, or is not shown in full without its card.
func IsBulkApprovable(g grant.Grant) bool {
	return !g.Level.Writes() && g.Prefix != "" && ShowsAll(g)
}

// reasonMost is the most characters of a reason outside a card.
const reasonMost = 300

// reasonNow returns the reason of the pending request or extension.
func reasonNow(g grant.Grant) string {
	if g.PendingExtension != nil {
		return g.PendingExtension.Reason
	}
	return g.Reason
}

// decisionLine describes a pending decision outside its card: who requests which access, for which
// account, and why.
func decisionLine(g grant.Grant) string {
	lines := []string{AsksNow(g), "No reason given"}
	if reasonNow(g) != "" {
		lines[1] = reasonLine(g)
	}
	lines = append(lines, nameInText(g.Principal.Name, 64)+" is in the account *"+Safe(g.Principal.Account, 64)+"*")
	if g.State.Open() {
		lines = append(lines, conditions(g)...)
	}
	return strings.Join(lines, "\n")
}

// reasonLine shows the reason in one line, shortened.
func reasonLine(g grant.Grant) string {
	return "Reason: " + Safe(strings.ReplaceAll(reasonNow(g), "\n", " "), reasonMost)
}

// ShowsAll reports whether decisionLine shows all that an approver has to know. A batch and warnings
// are only on the card.
func ShowsAll(g grant.Grant) bool {
	batch := len(g.BatchIDs) > 0 && g.PendingExtension == nil
	return !batch && len(Warnings(g)) == 0 && isWhole(g.Principal.Name, 64) && isWhole(g.Principal.Account, 64) &&
		isWhole(Target(g), 300) && isWhole(reasonNow(g), reasonMost)
}

// isWhole reports whether a text with at most n characters shows s unchanged.
func isWhole(s string, n int) bool {
	shown := Safe(s, n)
	return shown == Safe(s, 1<<20) && !strings.ContainsAny(shown, "`�")
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

// BulkView describes each grant with its reason, and has a checkbox for each below: the label of a
// checkbox is too short for a description.
func BulkView(shown []grant.Grant, later, apart int) slack.ModalViewRequest {
	content := []slack.Block{
		Section("Each request that you tick is approved by itself. To deny or change one, use its card.")}
	for from := 0; from < len(shown); from += boxesEach {
		var options []*slack.OptionBlockObject
		for _, g := range shown[from:min(from+boxesEach, len(shown))] {
			content = append(content, homeLine(g, decisionLine(g)))
			options = append(options, Option(Value(g), string(g.ID)+" "+g.Principal.Name+" on "+g.Bucket.Name, ""))
		}
		name := boxes + strconv.Itoa(from/boxesEach)
		content = append(content, Input(name, "Approve", slack.NewCheckboxGroupsBlockElement(name, options...), true))
	}
	if later > 0 {
		content = append(content, slack.NewContextBlock("",
			Mrkdwn(fmt.Sprintf("%d more fit here after these are decided.", later))))
	}
	if apart > 0 {
		content = append(content, slack.NewContextBlock("", Mrkdwn(fmt.Sprintf("%d more on their own cards: they allow "+
			"writes, cover a whole bucket, have a warning, or are too long for this list.", apart))))
	}
	form := modal{callback: BulkCallback, title: "Approve several…", submit: "Approve ticked", close: "Cancel"}
	return form.view(content)
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
