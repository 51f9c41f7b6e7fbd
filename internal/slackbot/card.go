package slackbot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// The actions of buttons. Their value is the grant's id and the revision of the
// request that the message shows, and nothing else.
const (
	actApprove = "approve"
	actDeny    = "deny"
	actEnd     = "end"
	actPutBack = "put_back"
)

// A message is what one post shows.
type message struct {
	text   string // stands alone in a notification
	blocks []slack.Block
}

func (m message) digest() string {
	text, _ := json.Marshal(struct {
		Text   string
		Blocks []slack.Block
	}{m.text, m.blocks})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func value(g grant.Grant) string { return fmt.Sprintf("%s.%d", g.ID, g.Revision) }

func button(action, label string, g grant.Grant, style slack.Style) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(action, value(g), plain(label, 75))
	b.Style = style
	return b
}

// card is the approval card, which shows where the grant stands for as long as
// it is about anything.
func card(g grant.Grant) message {
	blocks := []slack.Block{
		section("*" + asks(g) + "*"),
		section(facts(g)),
		said("Reason: " + g.Reason),
	}
	if g.Findings.Change != "" {
		blocks = append(blocks, section("What changes: "+safe(g.Findings.Change, 1500)))
	}
	if g.State == grant.Pending && g.Findings.Diff != "" {
		blocks = append(blocks, section("```"+safe(strings.ReplaceAll(g.Findings.Diff, "```", "'''"), 2500)+"```"))
	}
	for _, w := range warnings(g) {
		blocks = append(blocks, section(":warning: "+w))
	}
	blocks = append(blocks, slack.NewContextBlock("", mrkdwn("`"+string(g.ID)+"` · "+safeState(g))))
	if g.State == grant.Pending {
		blocks = append(blocks, decide(g))
	}
	return message{text: asks(g) + " — " + safeState(g), blocks: blocks}
}

func safeState(g grant.Grant) string {
	if g.State != grant.Pending {
		return stands(g)
	}
	return stands(g) + "; " + mayApprove(g) + "; lapses " + when(g.LapsesAt)
}

func mayApprove(g grant.Grant) string {
	var names []string
	for _, u := range g.Rule.Approvers.Users {
		names = append(names, who(grant.Person{User: u}))
	}
	for _, s := range g.Rule.Approvers.Groups {
		names = append(names, "<!subteam^"+safe(s, 32)+">")
	}
	text := strings.Join(names[:min(10, len(names))], ", ")
	if len(names) > 10 {
		text += fmt.Sprintf(" and %d more", len(names)-10)
	}
	if n := g.Rule.Quorum(g.Level.Name); n > 1 {
		return fmt.Sprintf("%d of %s have to approve", n, text)
	}
	return text + " may decide"
}

// facts names everything that is asked for, as it was typed and as it was read.
func facts(g grant.Grant) string {
	lines := []string{
		fmt.Sprintf("*For* `%s` — %s, account %s", code(g.Typed.Principal, 200), code(g.Principal.ARN, 300), safe(g.Principal.Account, 64)),
		fmt.Sprintf("*Bucket* `%s` in %s (%s)", code(g.Typed.Target, 1100), safe(g.Bucket.Account, 64), g.Bucket.AccountID),
		fmt.Sprintf("*Level* `%s`: %s", code(g.Typed.Level, 64), safe(strings.Join(append(g.Level.Object[:len(g.Level.Object):len(g.Level.Object)], g.Level.Bucket...), ", "), 500)),
		fmt.Sprintf("*Term* `%s` from the approval", code(g.Typed.Term, 40)),
	}
	if !g.Beneficiary.Same(g.Requester) {
		lines = append(lines, "*On behalf of* "+who(g.Beneficiary))
	}
	return strings.Join(lines, "\n")
}

// code is text between backticks.
func code(s string, n int) string { return safe(strings.ReplaceAll(s, "`", "'"), n) }

func warnings(g grant.Grant) []string {
	var all []string
	for i, w := range g.Findings.Warnings {
		if i == 8 {
			all = append(all, fmt.Sprintf("There are %d more warnings.", len(g.Findings.Warnings)-8))
			break
		}
		all = append(all, safe(w, 600))
	}
	if k := kms(g); k != "" {
		all = append(all, k)
	}
	return all
}

func decide(g grant.Grant) slack.Block {
	yes := button(actApprove, "Approve", g, slack.StylePrimary)
	if g.Level.Writes() || g.Prefix == "" {
		yes.Confirm = slack.NewConfirmationBlockObject(plain("Approve?", 100),
			plain(fmt.Sprintf("%s could %s all of %s for %s.", g.Principal.Name, verb(g.Level.Name), target(g), g.Term), 300),
			plain("Approve", 30), plain("Not yet", 30))
	}
	return slack.NewActionBlock("decide", yes, button(actDeny, "Deny…", g, slack.StyleDanger))
}
