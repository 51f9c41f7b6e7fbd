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
	var content []slack.Block
	if others, err := b.batchOf(ctx, g); err == nil && len(others) > 0 && g.PendingExtension == nil {
		common, apart := commonFacts(g)
		content = append(content, section("*"+asksForAll(g)+"*\n"+strings.Join(common, "\n")))
		content = append(append(content, apart...), section(ruleInWords(g)))
		for _, one := range append([]grant.Grant{g}, others...) {
			own, apart := ownFacts(one)
			content = append(append(content, slack.NewDividerBlock(), section(strings.Join(own, "\n"))), apart...)
			content = append(content, b.background(ctx, call, one)...)
		}
	} else {
		content = append([]slack.Block{section("*" + requestClause(g) + "*")}, facts(g)...)
		content = append(append(content, section(ruleInWords(g))), b.background(ctx, call, g)...)
	}
	content = append(content, section(unseen))
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "details", Title: plain("Request "+string(g.ID), 24), Close: plain("Close", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}

// unseen names what no card can warn of.
const unseen = "_s3share cannot see organization policies (SCPs and RCPs), policies of VPC endpoints and of sessions, or a KMS key's policy: each can still deny what a grant opens._"

// background is what would change in AWS, what could stop it from working, and
// what the principal has had on the bucket before.
func (b *Bot) background(ctx context.Context, call commands.Invocation, g grant.Grant) (content []slack.Block) {
	if g.Findings.Change != "" {
		content = append(content, section("*What changes in the bucket's policy*\n"+safe(g.Findings.Change, 2500)))
	}
	if g.Findings.Diff != "" {
		content = append(content, fenced(g.Findings.Diff))
	}
	content = append(content, keyBlocks(g)...)
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
	return append(content, list...)
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
