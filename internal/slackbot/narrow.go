package slackbot

import (
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The modal in which an approver makes a request smaller.
const (
	changeModal  = "change"
	fieldApprove = "approve"
)

func (b *Bot) narrowView(g grant.Grant, c click) slack.ModalViewRequest {
	asked := g.AskedFor()
	approve := slack.NewCheckboxGroupsBlockElement(fieldApprove, option("yes", "Approve it with these changes", ""))
	approve.InitialOptions = approve.Options
	head := "A change can only make a request smaller. Who asked is shown what you changed, and earlier approvals are void."
	content := []slack.Block{section(head), input(fieldPrefix, "Folder, inside "+within(asked.Prefix), line(fieldPrefix, g.Prefix, "empty for the whole bucket"), true)}
	if len(g.BatchIDs) > 0 { // of which each has its own folder
		content = []slack.Block{section(fmt.Sprintf("%s What you change is changed for all %d grants.", head, len(g.BatchIDs)))}
	}
	content = append(content,
		input(fieldLevel, "To do what", choice(fieldLevel, "Level", g.Level.Name, b.narrowerLevels(g)...), false),
		input(fieldTerm, fmt.Sprintf("For how long, up to %s", asked.Term), line(fieldTerm, g.Term.String(), "4h"), false),
		input(fieldApprove, "And then", approve, true),
	)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: changeModal, PrivateMetadata: metadata(c),
		Title: plain("Change "+string(c.ID), 24), Submit: plain("Change", 24), Close: plain("Back", 24), Blocks: slack.Blocks{BlockSet: content},
	}
}

func within(prefix string) string {
	if prefix == "" {
		return "the bucket"
	}
	return prefix + "/"
}

// narrowerLevels are the level that is asked for, and those of the rule that
// allow no more than it.
func (b *Bot) narrowerLevels(g grant.Grant) (options []*slack.OptionBlockObject) {
	options = append(options, option(g.Level.Name, g.Level.Name, allowsInWords(g.Level)))
	rule, _ := b.Service.RuleFor(g.Bucket.Name)
	for _, name := range rule.Levels {
		level := b.Service.Rules.Levels[name]
		_, err := g.Narrowed(grant.Narrowing{Prefix: g.Prefix, Level: level, Term: g.Term})
		if name != g.Level.Name && err == nil {
			options = append(options, option(name, name, allowsInWords(level)))
		}
	}
	return options
}

// readNarrowForm reads the modal.
func readNarrowForm(v values) narrowForm {
	_, folder := v[fieldPrefix]
	return narrowForm{Prefix: v.text(fieldPrefix), WholePrefix: folder, Level: v.chosen(fieldLevel), Term: v.text(fieldTerm), Approve: v.ticked(fieldApprove)}
}
