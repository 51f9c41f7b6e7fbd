package blocks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// retryLabels are the labels of the button that repeats an act.
var retryLabels = map[commands.Verb]string{
	commands.Approve:          "Approve",
	commands.NarrowAndApprove: "Save and approve",
	commands.Consent:          "Confirm",
	commands.Extend:           "Extend",
	commands.PutBack:          "Restore",
	commands.Unfreeze:         "Unfreeze",
	commands.BreakGlass:       "Break-glass…",
}

// RetryLabel returns the label of the button that repeats an act, or "" if the act has none. picks
// is the number of its ticked items.
func RetryLabel(v commands.Verb, picks int) string {
	if v == commands.ApproveSeveral {
		return fmt.Sprintf("Approve %d", picks)
	}
	return retryLabels[v]
}

// FrozenClause describes the freeze that an unfreeze ends.
func FrozenClause(f grant.Freeze) string {
	return FrozenText(f)
}

// RepeatedExtension describes an extension by a form.
func RepeatedExtension(g grant.Grant, term string) string {
	return fmt.Sprintf("%s: %s more.", Summary(g), Safe(term, 50))
}

// RepeatedRestore describes a restore.
func RepeatedRestore(g grant.Grant) string {
	return Summary(g) + ": changed outside s3share."
}

// RepeatedNarrowing describes an approval with changes.
func RepeatedNarrowing(g grant.Grant, v NarrowValues) string {
	change := strings.Join([]string{cmp.Or(v.Prefix, "the whole bucket"), v.Level, v.Term}, ", ")
	return AsksNow(g) + ". Your change: " + Safe(change, 500) + "."
}

// RetryMessage adds to an answer the description of the act and the button that repeats it.
func RetryMessage(told Message, about, label, token string) (m Message) {
	if len(told.Blocks) == 0 {
		told.Blocks = []slack.Block{Section(told.Text)}
	}
	button := slack.NewButtonBlockElement(ActRetry, token, Plain(label, 75))
	m.Text = told.Text + "\n" + about
	var lines []slack.Block
	for line := range strings.SplitSeq(about, "\n") {
		lines = Joined(lines, line)
	}
	m.Blocks = slices.Concat(told.Blocks, lines, []slack.Block{slack.NewActionBlock("again", button)})
	return m
}
