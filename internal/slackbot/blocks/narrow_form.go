package blocks

import (
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// The modal that narrows a request.
const (
	NarrowCallback = "change"
	FieldApprove   = "approve"

	submitSave    = "Save"
	submitApprove = "Save and approve"
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

// NarrowValuesOf reads the modal. It approves only if the box is ticked and the submit button said so.
func NarrowValuesOf(view slack.View) NarrowValues {
	in := ValuesOf(view)
	_, folder := in[FieldPrefix]
	return NarrowValues{Prefix: in.Text(FieldPrefix), WholePrefix: folder, Level: in.Chosen(FieldLevel),
		Term: in.Text(FieldTerm), Approve: in.Ticked(FieldApprove) && saysApprove(view)}
}

func saysApprove(view slack.View) bool {
	return view.Submit != nil && view.Submit.Text == submitApprove
}

// unsaved is the block of the note above the submit button.
const unsaved = "unsaved"

// RelabelNarrow returns the modal with the submit label that its checkbox needs. differs is false if it
// has that label. The fields keep their values, because their blocks stay.
func RelabelNarrow(v slack.View) (view slack.ModalViewRequest, differs bool) {
	ticked := ValuesOf(v).Ticked(FieldApprove)
	label := submitSave
	if ticked {
		label = submitApprove
	}
	content := slices.DeleteFunc(slices.Clone(v.Blocks.BlockSet), func(b slack.Block) bool { return b.ID() == unsaved })
	m := modal{callback: v.CallbackID, memory: v.PrivateMetadata, submit: label, close: "Cancel"}
	if v.Title != nil {
		m.title = v.Title.Text
	}
	return m.view(content), ticked != saysApprove(v)
}

// WithUnsavedNote adds the reason why the modal is still open.
func WithUnsavedNote(view slack.ModalViewRequest) slack.ModalViewRequest {
	note := fmt.Sprintf("Nothing is saved yet: the button did not fit the checkbox. Press *%s* now.", view.Submit.Text)
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, slack.NewContextBlock(unsaved, Mrkdwn(note)))
	return view
}

// NarrowView draws the modal. levels are those of the rule; only the narrower ones are offered.
func NarrowView(g grant.Grant, levels []grant.Level, memory string) slack.ModalViewRequest {
	asked := g.AskedFor()
	example, inside := asked.Prefix, "Inside "+asked.Prefix+"/."
	if asked.Prefix == "" {
		example, inside = "builds", "Empty for the whole bucket."
	}
	head, folder := RequestClause(g), []slack.Block{
		hinted(FieldPrefix, "Folder", inside, Line(FieldPrefix, g.Prefix, example), true)}
	scope := ""
	if n := len(g.BatchIDs); n > 0 { // a batch has several folders
		head, folder, scope = AsksForAll(g), nil, fmt.Sprintf(" Your changes are for all %d requests.", n)
	}
	content := append([]slack.Block{Section("*" + head + "*"), slack.NewContextBlock("", Mrkdwn("`"+string(g.ID)+
		"` · You can only narrow a request. Earlier approvals no longer count."+scope))}, folder...)
	content = append(content,
		Input(FieldLevel, "Access level", Choice(FieldLevel, "Level", g.Level.Name, narrowerLevels(g, levels)...), false),
		hinted(FieldTerm, "Duration", fmt.Sprintf("Up to %s.", asked.Term), Line(FieldTerm, g.Term.String(), "4h"), false),
		dispatching(Input(FieldApprove, "Approval", slack.NewCheckboxGroupsBlockElement(FieldApprove,
			Option("yes", "Approve after saving", "")), true)),
	)
	return modal{callback: NarrowCallback, memory: memory, title: "Change request",
		submit: submitSave, close: "Cancel"}.view(content)
}

// hinted is an Input with a line below the field.
func hinted(name, label, hint string, element slack.BlockElement, optional bool) *slack.InputBlock {
	b := slack.NewInputBlock(name, Plain(label, 2000), Plain(hint, 2000), element)
	b.Optional = optional
	return b
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
