package slackbot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// detailsView is everything that an approver may want to read before they
// decide: the policy change, what the level allows, the rule, and what the
// principal has had on the bucket before. It decides nothing.
func (b *Bot) detailsView(ctx context.Context, call commands.Call, g grant.Grant) slack.ModalViewRequest {
	blocks := append([]slack.Block{section("*" + asks(g) + "*")}, facts(g)...)
	blocks = append(blocks, section(ruleInWords(g)))
	if g.Findings.Change != "" {
		blocks = append(blocks, section("*What changes in the bucket's policy*\n"+safe(g.Findings.Change, 2500)))
	}
	if g.Findings.Diff != "" {
		blocks = append(blocks, fenced(g.Findings.Diff))
	}
	for _, w := range warnings(g) {
		blocks = append(blocks, section(":warning: "+w))
	}
	past := b.Service.Earlier(ctx, call, g)
	head := "*Earlier grants of this principal on this bucket*"
	if len(past) == 0 {
		head += "\nNone that you may see."
	}
	var list []slack.Block
	list = joined(list, head)
	for _, p := range past {
		list = joined(list, fmt.Sprintf("`%s` %s, %s for %s — %s", p.ID, when(p.AskedAt), safe(p.Level.Name, 40), p.Term, stands(p)))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "details", Title: plain("Request "+string(g.ID), 24), Close: plain("Close", 24),
		Blocks: slack.Blocks{BlockSet: append(blocks, list...)},
	}
}

// fenced is a text in a block of code, cut to what a section takes.
func fenced(text string) slack.Block {
	return section("```" + safe(strings.ReplaceAll(text, "```", "'''"), sectionLimit-6) + "```")
}

// ruleInWords says which rule was applied, who decides and why they do.
func ruleInWords(g grant.Grant) string {
	r := g.Rule
	line := fmt.Sprintf("*Rule* for %s: up to %s", code(r.Bucket, 100), r.MaxTerm)
	if len(r.Prefixes) > 0 {
		line += ", under " + code(strings.Join(r.Prefixes, ", "), 300)
	}
	return line + ". " + capital(mayApprove(g)) + ", because that rule names them. Whoever asked, whom it is for, and who stands behind the principal may not."
}
