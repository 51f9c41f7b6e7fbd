package slackbot

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// The modal that narrows a request.
const (
	changeModal  = "change"
	fieldApprove = "approve"
)

func (fs *forms) narrowView(g grant.Grant, c click) slack.ModalViewRequest {
	asked := g.AskedFor()
	approve := slack.NewCheckboxGroupsBlockElement(fieldApprove, blocks.Option("yes", "Approve it with these changes", ""))
	approve.InitialOptions = approve.Options
	head := "A change can only make a request smaller. Who asked is shown what you changed, and earlier approvals " +
		"are void."
	content := []slack.Block{blocks.Section(head), blocks.Input(fieldPrefix, "Folder, inside "+within(asked.Prefix),
		blocks.Line(fieldPrefix, g.Prefix, "empty for the whole bucket"), true)}
	if len(g.BatchIDs) > 0 { // a batch has several folders
		content = []slack.Block{blocks.Section(
			fmt.Sprintf("%s What you change is changed for all %d grants.", head, len(g.BatchIDs)))}
	}
	content = append(content,
		blocks.Input(fieldLevel, "To do what", blocks.Choice(fieldLevel, "Level", g.Level.Name, fs.narrowerLevels(g)...),
			false),
		blocks.Input(fieldTerm, fmt.Sprintf("For how long, up to %s", asked.Term),
			blocks.Line(fieldTerm, g.Term.String(), "4h"), false),
		blocks.Input(fieldApprove, "And then", approve, true),
	)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: changeModal, PrivateMetadata: metadata(c),
		Title: blocks.Plain("Change "+string(c.ID), 24), Submit: blocks.Plain("Change", 24), Close: blocks.Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}

func within(prefix string) string {
	if prefix == "" {
		return "the bucket"
	}
	return prefix + "/"
}

// narrowerLevels returns the requested level and the levels of the rule that allow no more.
func (fs *forms) narrowerLevels(g grant.Grant) (options []*slack.OptionBlockObject) {
	options = append(options, blocks.Option(g.Level.Name, g.Level.Name, blocks.AllowsInWords(g.Level)))
	rule, _ := fs.service.RuleFor(g.Bucket.Name)
	for _, name := range rule.Levels {
		level := fs.service.Level(name)
		_, err := g.Narrowed(grant.Narrowing{Prefix: g.Prefix, Level: level, Term: g.Term})
		if name != g.Level.Name && err == nil {
			options = append(options, blocks.Option(name, name, blocks.AllowsInWords(level)))
		}
	}
	return options
}

// readNarrowForm reads the modal.
func readNarrowForm(v blocks.Values) narrowForm {
	_, folder := v[fieldPrefix]
	return narrowForm{Prefix: v.Text(fieldPrefix), WholePrefix: folder, Level: v.Chosen(fieldLevel),
		Term: v.Text(fieldTerm), Approve: v.Ticked(fieldApprove)}
}
