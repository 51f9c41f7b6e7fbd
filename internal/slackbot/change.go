package slackbot

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// The modal in which an approver makes a request smaller.
const (
	changeModal  = "change"
	fieldApprove = "approve"
)

func (b *Bot) changeView(g grant.Grant, c click) slack.ModalViewRequest {
	asked := g.AskedFor()
	approve := slack.NewCheckboxGroupsBlockElement(fieldApprove, option("yes", "Approve it with these changes", ""))
	approve.InitialOptions = approve.Options
	head := "A change can only make a request smaller. Who asked is shown what you changed, and earlier approvals are void."
	blocks := []slack.Block{section(head), input(fieldPrefix, "Folder, inside "+within(asked.Prefix), line(fieldPrefix, g.Prefix, "empty for the whole bucket"), true)}
	if len(g.Together) > 0 { // of which each has its own folder
		blocks = []slack.Block{section(fmt.Sprintf("%s What you change is changed for all %d grants.", head, len(g.Together)))}
	}
	blocks = append(blocks,
		input(fieldLevel, "To do what", choice(fieldLevel, "Level", g.Level.Name, b.narrowerLevels(g)...), false),
		input(fieldTerm, fmt.Sprintf("For how long, up to %s", asked.Term), line(fieldTerm, g.Term.String(), "4h"), false),
		input(fieldApprove, "And then", approve, true),
	)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: changeModal, PrivateMetadata: metadata(c),
		Title: plain("Change "+string(c.ID), 24), Submit: plain("Change", 24), Close: plain("Back", 24), Blocks: slack.Blocks{BlockSet: blocks},
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

func (b *Bot) submitChange(ctx context.Context, call commands.Call, in slack.InteractionCallback, ack func(any)) {
	var c click
	if json.Unmarshal([]byte(in.View.PrivateMetadata), &c) != nil {
		return
	}
	v := valuesOf(in.View)
	_, folder := v[fieldPrefix]
	to := commands.Smaller{Prefix: v.text(fieldPrefix), WholePrefix: folder, Level: v.chosen(fieldLevel), Term: v.text(fieldTerm), Approve: v.ticked(fieldApprove)}
	// What the record alone says stands beside the fields; AWS may take longer
	// than Slack waits.
	if no := refused(b.Service.CouldChange(ctx, call, c.ID, c.Revision, to)); no != nil && b.Service.CouldChange(ctx, call, c.ID, c.Revision, commands.Smaller{}) == nil {
		ack(beside(no, fieldBlocks, fieldTerm))
		return
	}
	ack(nil)
	b.decided(ctx, in, c, allowed(actChange), func() (commands.Answer, error) {
		return b.Service.Change(ctx, call, c.ID, c.Revision, to)
	})
}

// decided is the end of every modal: the act counts like a click on the message
// behind it, and its answer goes to the person alone.
func (b *Bot) decided(ctx context.Context, in slack.InteractionCallback, c click, kinds []string, act func() (commands.Answer, error)) {
	to := place{channel: c.Channel, user: in.User.ID}
	if err := b.proved(ctx, c, kinds, proveWithin); err != nil {
		b.answer(ctx, to, commands.Answer{}, err)
		return
	}
	answer, err := act()
	if c.TS != "" {
		b.redrawIfStale(ctx, c, err)
	}
	b.answer(ctx, to, answer, err)
}
