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
func (b *Bot) detailsView(ctx context.Context, call commands.Invocation, g grant.Grant) slack.ModalViewRequest {
	var blocks []slack.Block
	if others, err := b.batchOf(ctx, g); err == nil && len(others) > 0 && g.PendingExtension == nil {
		common, apart := commonFacts(g)
		blocks = append(blocks, section("*"+asksForAll(g)+"*\n"+strings.Join(common, "\n")))
		blocks = append(append(blocks, apart...), section(ruleInWords(g)))
		for _, one := range append([]grant.Grant{g}, others...) {
			own, apart := ownFacts(one)
			blocks = append(append(blocks, slack.NewDividerBlock(), section(strings.Join(own, "\n"))), apart...)
			blocks = append(blocks, b.background(ctx, call, one)...)
		}
	} else {
		blocks = append([]slack.Block{section("*" + requestClause(g) + "*")}, facts(g)...)
		blocks = append(append(blocks, section(ruleInWords(g))), b.background(ctx, call, g)...)
	}
	blocks = append(blocks, section(unseen))
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "details", Title: plain("Request "+string(g.ID), 24), Close: plain("Close", 24),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// unseen names what no card can warn of.
const unseen = "_s3share cannot see organization policies (SCPs and RCPs), policies of VPC endpoints and of sessions, or a KMS key's policy: each can still deny what a grant opens._"

// background is what would change in AWS, what could stop it from working, and
// what the principal has had on the bucket before.
func (b *Bot) background(ctx context.Context, call commands.Invocation, g grant.Grant) (blocks []slack.Block) {
	if g.Findings.Change != "" {
		blocks = append(blocks, section("*What changes in the bucket's policy*\n"+safe(g.Findings.Change, 2500)))
	}
	if g.Findings.Diff != "" {
		blocks = append(blocks, fenced(g.Findings.Diff))
	}
	blocks = append(blocks, keyBlocks(g)...)
	var list []slack.Block
	for _, w := range warnings(g) {
		list = joined(list, ":warning: "+w)
	}
	past := b.Service.Earlier(ctx, call, g)
	head := "*Earlier grants of this principal on this bucket*"
	if len(past) == 0 {
		head += "\nNone that you may see."
	}
	list = joined(list, head)
	for _, p := range past {
		list = joined(list, fmt.Sprintf("`%s` %s, %s for %s — %s", p.ID, when(p.AskedAt), safe(p.Level.Name, 40), p.Term, statusText(p)))
	}
	return append(blocks, list...)
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
