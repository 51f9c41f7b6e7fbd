package blocks

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// DecisionCallback is the callback of the modal that confirms a typed decision.
const DecisionCallback = "decision"

// DecisionView shows the request like its card, without the buttons.
func DecisionView(g grant.Grant, others []grant.Grant, t commands.TypedDecision, memory string) slack.ModalViewRequest {
	content := []slack.Block{Section("This has just been posted or has changed, so please look at it once more.")}
	for _, block := range lastAsking(g, others).Blocks {
		if block.BlockType() != slack.MBTAction {
			content = append(content, block)
		}
	}
	submit := "Approve"
	if t.Verb == commands.Deny {
		submit = "Deny"
		content = append(content,
			Input(FieldReason, "Why? The person who asked is told.", Lines(FieldReason, t.Reason), false))
	}
	return modal{callback: DecisionCallback, memory: memory, title: submit + " " + string(g.ID),
		submit: submit, close: "Back"}.view(content)
}

// lastAsking returns the card that asks for the pending decision.
func lastAsking(g grant.Grant, others []grant.Grant) (m Message) {
	for _, d := range Drawings(g, others...) {
		if d.Asks > 0 {
			m = d.Message
		}
	}
	return m
}

// WhyBlock is the only block of the modals that ask for a reason.
const (
	WhyBlock = "why"
	whyInput = "reason"
)

// reasons are those modals, by their action. The action is also the callback.
var reasons = map[string]struct {
	title, label, submit string
	optional             bool
}{
	ActDeny: {title: "Deny ", label: "Why? The person who asked is told.", submit: "Deny"},
	ActRevoke: {title: "End ", label: "Why does it end before its time? The person who asked is told.",
		submit: "End it", optional: true},
	ActReview: {title: "Review ", label: "What did you find? It stays in the history.", submit: "Close review"},
}

// ReasonView draws the modal of an action that asks only for a reason.
func ReasonView(action string, id grant.ID, memory string) slack.ModalViewRequest {
	m := reasons[action]
	in := slack.NewPlainTextInputBlockElement(nil, whyInput)
	in.Multiline, in.MaxLength = true, MaxReason
	block := slack.NewInputBlock(WhyBlock, Plain(m.label, 2000), nil, in)
	block.Optional = m.optional
	return modal{callback: action, memory: memory, title: m.title + string(id),
		submit: m.submit, close: "Back"}.view([]slack.Block{block})
}

// Why reads the modal.
func (v Values) Why() string { return strings.TrimSpace(v[WhyBlock][whyInput].Value) }

// The modal that narrows a request.
const (
	NarrowCallback = "change"
	fieldApprove   = "approve"
)

// NarrowValues holds the fields of the modal. The journal stores them.
type NarrowValues struct {
	Prefix      string `json:"prefix,omitempty"`
	WholePrefix bool   `json:"whole,omitempty"`
	Level       string `json:"level,omitempty"`
	Term        string `json:"term,omitempty"`
	Approve     bool   `json:"approve,omitempty"`
}

// Smaller returns the narrower request.
func (v NarrowValues) Smaller() commands.Smaller {
	return commands.Smaller{Prefix: v.Prefix, WholePrefix: v.WholePrefix, Level: v.Level, Term: v.Term, Approve: v.Approve}
}

// NarrowValuesOf reads the modal.
func NarrowValuesOf(in Values) NarrowValues {
	_, folder := in[FieldPrefix]
	return NarrowValues{Prefix: in.Text(FieldPrefix), WholePrefix: folder, Level: in.Chosen(FieldLevel),
		Term: in.Text(FieldTerm), Approve: in.Ticked(fieldApprove)}
}

// NarrowView draws the modal. levels are those of the rule; only the narrower ones are offered.
func NarrowView(g grant.Grant, levels []grant.Level, memory string) slack.ModalViewRequest {
	asked := g.AskedFor()
	approve := slack.NewCheckboxGroupsBlockElement(fieldApprove, Option("yes", "Approve it with these changes", ""))
	approve.InitialOptions = approve.Options
	head := "A change can only make a request smaller. Who asked is shown what you changed, and earlier approvals " +
		"are void."
	content := []slack.Block{Section(head), Input(FieldPrefix, "Folder, inside "+within(asked.Prefix),
		Line(FieldPrefix, g.Prefix, "empty for the whole bucket"), true)}
	if len(g.BatchIDs) > 0 { // a batch has several folders
		content = []slack.Block{
			Section(fmt.Sprintf("%s What you change is changed for all %d grants.", head, len(g.BatchIDs)))}
	}
	content = append(content,
		Input(FieldLevel, "To do what", Choice(FieldLevel, "Level", g.Level.Name, narrowerLevels(g, levels)...), false),
		Input(FieldTerm, fmt.Sprintf("For how long, up to %s", asked.Term), Line(FieldTerm, g.Term.String(), "4h"), false),
		Input(fieldApprove, "And then", approve, true),
	)
	return modal{callback: NarrowCallback, memory: memory, title: "Change " + string(g.ID),
		submit: "Change", close: "Back"}.view(content)
}

func within(prefix string) string {
	if prefix == "" {
		return "the bucket"
	}
	return prefix + "/"
}

// narrowerLevels returns the requested level and the levels that allow no more.
func narrowerLevels(g grant.Grant, levels []grant.Level) (options []*slack.OptionBlockObject) {
	options = append(options, levelOption(g.Level))
	for _, level := range levels {
		_, err := g.Narrowed(grant.Narrowing{Prefix: g.Prefix, Level: level, Term: g.Term})
		if level.Name != g.Level.Name && err == nil {
			options = append(options, levelOption(level))
		}
	}
	return options
}

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
	return modal{callback: BulkCallback, title: "Decide several", submit: "Approve", close: "Back"}.view(content)
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
