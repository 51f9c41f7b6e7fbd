package blocks

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

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
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: NarrowCallback, PrivateMetadata: memory,
		Title: Plain("Change "+string(g.ID), 24), Submit: Plain("Change", 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
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
