package slackbot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
	"s3share/internal/store"
)

// detailsView shows the background of a decision: the policy change, the actions of the level, the
// rule, and the principal's earlier grants on the bucket.
func (fs *forms) detailsView(ctx context.Context, call commands.Invocation, g grant.Grant) slack.ModalViewRequest {
	var content []slack.Block
	if others, err := store.ReadRest(ctx, fs.store, g); err == nil && len(others) > 0 && g.PendingExtension == nil {
		common, apart := blocks.CommonFacts(g)
		content = append(content, blocks.Section("*"+blocks.AsksForAll(g)+"*\n"+strings.Join(common, "\n")))
		content = append(append(content, apart...), blocks.Section(ruleInWords(g)))
		for _, one := range append([]grant.Grant{g}, others...) {
			own, apart := blocks.OwnFacts(one)
			content = append(append(content, slack.NewDividerBlock(), blocks.Section(strings.Join(own, "\n"))), apart...)
			content = append(content, fs.background(ctx, call, one)...)
		}
	} else {
		content = append([]slack.Block{blocks.Section("*" + blocks.RequestClause(g) + "*")}, blocks.Facts(g)...)
		content = append(append(content, blocks.Section(ruleInWords(g))), fs.background(ctx, call, g)...)
	}
	content = append(content, blocks.Section(unseen))
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "details", Title: blocks.Plain("Request "+string(g.ID), 24),
		Close:  blocks.Plain("Close", 24),
		Blocks: slack.Blocks{BlockSet: content},
	}
}

// unseen lists the policies that no card can warn about.
const unseen = "_s3share cannot see organization policies (SCPs and RCPs), policies of VPC endpoints and of " +
	"sessions, or a KMS key's policy: each can still deny what a grant opens._"

// background shows the policy change, the obstacles, and the principal's earlier grants on the
// bucket.
func (fs *forms) background(ctx context.Context, call commands.Invocation, g grant.Grant) (content []slack.Block) {
	if g.Findings.Change != "" {
		content = append(content,
			blocks.Section("*What changes in the bucket's policy*\n"+blocks.Safe(g.Findings.Change, 2500)))
	}
	if g.Findings.Diff != "" {
		content = append(content, blocks.Fenced(g.Findings.Diff))
	}
	content = append(content, blocks.KeyBlocks(g)...)
	var list []slack.Block
	for _, w := range blocks.Warnings(g) {
		list = blocks.Joined(list, ":warning: "+w)
	}
	past := fs.service.Queries.Earlier(ctx, call, g)
	head := "*Earlier grants of this principal on this bucket*"
	if len(past) == 0 {
		head += "\nNone that you may see."
	}
	list = blocks.Joined(list, head)
	for _, p := range past {
		list = blocks.Joined(list, fmt.Sprintf("`%s` %s, %s for %s — %s", p.ID, blocks.When(p.AskedAt),
			blocks.Safe(p.Level.Name, 40), p.Term, blocks.StatusText(p)))
	}
	return append(content, list...)
}

// ruleInWords describes the applied rule and its approvers.
func ruleInWords(g grant.Grant) string {
	r := g.Rule
	line := fmt.Sprintf("*Rule* for %s: up to %s", blocks.Code(r.Bucket, 100), r.MaxTerm)
	if len(r.Prefixes) > 0 {
		line += ", under " + blocks.Code(strings.Join(r.Prefixes, ", "), 300)
	}
	return line + ". " + blocks.Capital(blocks.MayApprove(g)) + ", because that rule names them. Whoever asked, whom it " +
		"is for, and who stands behind the principal may not."
}
