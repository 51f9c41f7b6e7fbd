package blocks

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// A Detailed is a grant with the earlier grants of its principal on its bucket.
type Detailed struct {
	grant.Grant
	Earlier []grant.Grant
}

// DetailsView shows the background of a decision: the policy change, the actions of the level, the
// rule, and the principal's earlier grants on the bucket. others are the rest of a batch that is
// decided as one.
func DetailsView(g Detailed, others ...Detailed) slack.ModalViewRequest {
	common, apart := CommonFacts(g.Grant)
	var content []slack.Block
	if len(others) > 0 {
		all := []grant.Grant{g.Grant}
		for _, one := range others {
			all = append(all, one.Grant)
		}
		content = append(content, Section("*"+batchHead(all)+"*\n"+strings.Join(common, "\n")))
		content = append(append(content, apart...), decides(g.Grant)...)
		for _, one := range append([]Detailed{g}, others...) {
			own, apart := OwnFacts(one.Grant)
			content = append(append(content, slack.NewDividerBlock(), Section(strings.Join(own, "\n"))), apart...)
			content = append(content, background(one)...)
		}
	} else {
		own, more := OwnFacts(g.Grant)
		content = append(content, Section("*"+RequestClause(g.Grant)+"*"),
			Section(strings.Join(append(own, common...), "\n")))
		content = append(append(content, more...), apart...)
		content = append(content, decides(g.Grant)...)
		content = append(content, background(g)...)
	}
	content = append(content, Section(unseen))
	return modal{callback: "details", title: "Request " + string(g.ID), close: "Close"}.view(content)
}

// decides shows the actions of the level and the approvers.
func decides(g grant.Grant) []slack.Block {
	return []slack.Block{Section("*Actions*\n" + actions(g)), Section("*Who may approve*\n" + ruleInWords(g))}
}

// unseen lists the policies that no card can warn about.
const unseen = "_s3share cannot see organization policies (SCPs and RCPs), policies of VPC endpoints and of " +
	"sessions, or a KMS key's policy. Each can still deny this access._"

// background shows the policy change, the findings, and the earlier grants.
func background(g Detailed) (content []slack.Block) {
	if g.Findings.Change != "" || g.Findings.Diff != "" {
		content = append(content, Section("*Statement diff*\n"+Safe(g.Findings.Change, 2500)))
	}
	if g.Findings.Diff != "" {
		content = append(content, Fenced(g.Findings.Diff))
	}
	findings, found := "*Findings*", Warnings(g.Grant)
	if len(found) == 0 {
		findings += "\nNone."
	}
	list := Joined(nil, findings)
	for _, w := range found {
		list = Joined(list, ":warning: "+w)
	}
	content = append(append(content, list...), KeyBlocks(g.Grant)...)
	history := "*History*\nEarlier grants of this principal on this bucket:"
	if len(g.Earlier) == 0 {
		history += " none that you can see."
	}
	list = Joined(nil, history)
	for _, p := range g.Earlier {
		list = Joined(list, fmt.Sprintf("`%s` %s, %s for %s — %s", p.ID, When(p.AskedAt), Safe(p.Level.Name, 40), p.Term,
			StatusText(p)))
	}
	return append(content, list...)
}

// ruleInWords describes the applied rule and its approvers.
func ruleInWords(g grant.Grant) string {
	r := g.Rule
	line := fmt.Sprintf("Rule for %s: up to %s", Code(r.Bucket, 100), r.MaxTerm)
	if len(r.Prefixes) > 0 {
		line += ", under " + Code(strings.Join(r.Prefixes, ", "), 300)
	}
	return Approvers(g) + ". The requester, the beneficiary and the people behind the " +
		"principal can't approve.\n" + line + "."
}
