package slackbot

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The modal for bulk approvals from a Home.
const (
	severalModal = "several"
	boxes        = "boxes" // the prefix of the blocks with checkboxes, before a number
	boxesEach    = 10      // Slack's limit for one element
	severalMost  = 30      // each calls Slack and AWS, within the time for one envelope
)

// bulkApprovable reports whether a grant may be approved in bulk. A grant needs its card if it
// writes, covers a whole bucket, has a warning, is a batch, or does not fit into one line.
func bulkApprovable(g grant.Grant) bool {
	plain := !g.Level.Writes() && g.Prefix != "" && len(blocks.Warnings(g)) == 0 &&
		(len(g.BatchIDs) == 0 || g.PendingExtension != nil)
	return plain && len([]rune(blocks.Escapes.Replace(blocks.Target(g)))) <= 300
}

// bulkSelectable returns the pending grants that may be approved in bulk, the number of further
// ones, and the number that need their card.
func bulkSelectable(waiting []grant.Grant) (shown []grant.Grant, later, apart int) {
	for _, g := range waiting {
		if bulkApprovable(g) {
			shown = append(shown, g)
		} else {
			apart++
		}
	}
	most := min(severalMost, len(shown))
	return shown[:most], len(shown) - most, apart
}

// bulkApproveView describes each grant in a sentence with its reason, and has a checkbox for each
// below: the label of a checkbox is too short for a description.
func bulkApproveView(shown []grant.Grant, later, apart int) slack.ModalViewRequest {
	content := []slack.Block{blocks.Section("What you tick is approved, each by itself. To deny or change one, use " +
		"its card.")}
	for from := 0; from < len(shown); from += boxesEach {
		some := shown[from:min(from+boxesEach, len(shown))]
		var list []slack.Block
		var options []*slack.OptionBlockObject
		for _, g := range some {
			reason := g.Reason
			if g.PendingExtension != nil {
				reason = g.PendingExtension.Reason
			}
			list = blocks.Joined(list,
				fmt.Sprintf("`%s` %s — %s", g.ID, blocks.AsksNow(g), blocks.Safe(strings.ReplaceAll(reason, "\n", " "), 200)))
			options = append(options, blocks.Option(blocks.Value(g), string(g.ID)+" "+g.Principal.Name+" on "+g.Bucket.Name, ""))
		}
		name := boxes + strconv.Itoa(from/boxesEach)
		content = append(content, list...)
		content = append(content, blocks.Input(name, "Approve", slack.NewCheckboxGroupsBlockElement(name, options...), true))
	}
	if later > 0 {
		content = append(content, slack.NewContextBlock("", blocks.Mrkdwn(fmt.Sprintf("%d more can be ticked once these "+
			"are decided.", later))))
	}
	if apart > 0 {
		content = append(content, slack.NewContextBlock("", blocks.Mrkdwn(fmt.Sprintf("%d more: what writes, is on a whole "+
			"bucket or has a warning is decided on its own card.", apart))))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: severalModal, Title: blocks.Plain("Decide several", 24),
		Submit: blocks.Plain("Approve", 24), Close: blocks.Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}

// picked returns the ticked items. ok is false if one is unreadable.
func picked(v blocks.Values) (picks []pick, ok bool) {
	for n := range severalMost / boxesEach {
		name := boxes + strconv.Itoa(n)
		for _, o := range v[name][name].SelectedOptions {
			id, revision, _ := strings.Cut(o.Value, ".")
			r, err := strconv.Atoi(revision)
			if err != nil || id == "" {
				return nil, false
			}
			picks = append(picks, pick{ID: grant.ID(id), Revision: r})
		}
	}
	return picks, true
}
