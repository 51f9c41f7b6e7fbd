package blocks

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// crowded is a pending request with texts of the maximal length.
func crowded(t *testing.T, fill string) grant.Grant {
	g := asked(t, grant.Draft{Target: "s3://my-bucket/builds", Level: "read", Principal: "build/test.user", Term: "8h",
		Reason: strings.Repeat(fill, 2000)})
	g = after(t, g, grant.Check{Findings: grant.Findings{
		Change: strings.Repeat("c", 3000), Diff: strings.Repeat("+ line of the diff\n", 400),
		Warnings: slicesOf(strings.Repeat("w", 900), 9), KMSKey: "arn:aws:kms:us-east-1:222222222222:key/" + strings.Repeat("k", 60),
	}})
	for i := range g.Findings.Warnings {
		g.Findings.Warnings[i] = fmt.Sprint(i) + g.Findings.Warnings[i]
	}
	g.Typed.Target = strings.Repeat("t", 900)
	g.Typed.Principal = strings.Repeat("p", 600)
	return g
}

func slicesOf(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

func blocksSize(content []slack.Block) (n int) {
	for _, b := range content {
		n += BlockSize(b)
	}
	return n
}

func TestMessagesStayWithinTheBudget(t *testing.T) {
	g := crowded(t, "r")
	var several []grant.Grant
	for i := range 10 {
		one := g
		one.ID = grant.ID(fmt.Sprintf("7K2M9Q%02d", i))
		several = append(several, one)
		g.BatchIDs = append(g.BatchIDs, one.ID)
	}
	alone := g
	alone.BatchIDs = nil
	broken := alone
	broken.BreakGlass = true
	var rules []grant.Rule
	for range 40 {
		rules = append(rules, grant.Rule{Bucket: strings.Repeat("b", 63), Levels: slicesOf("level", 30), Prefixes: slicesOf("folder/*", 60)})
	}
	for name, m := range map[string]Message{
		"card": Card(alone), "card of several": BatchCard(g, several[1:]), "break-glass": GlassCard(broken),
		"show": Full(alone), "list": AnswerMessage(commands.Answer{Text: "These:", Grants: append(several, several...)}),
		"buckets": AnswerMessage(commands.Answer{Text: "These:", Rules: rules}),
		"end-all": AnswerMessage(commands.Answer{Text: strings.Repeat("x", 2900), Failures: failures(60)}),
	} {
		m = m.WithinBudget()
		if n := blocksSize(m.Blocks); n > MessageBudget {
			t.Errorf("the blocks of %s have %d characters, more than %d", name, n, MessageBudget)
		}
		text, _ := json.Marshal(m.Blocks)
		if name == "card" || name == "card of several" {
			for _, kept := range []string{`"action_id":"approve"`, `"action_id":"deny"`, strings.Repeat("r", 2000), "*Details* "} {
				if !strings.Contains(string(text), kept) {
					t.Errorf("%s has lost %.40s", name, kept)
				}
			}
		}
	}
}

func failures(n int) (all []commands.Failure) {
	for range n {
		all = append(all, commands.Failure{ID: "7K2M9QXA", Why: grant.Refuse("%s", strings.Repeat("n", 300))})
	}
	return all
}

// People's text counts as Slack escapes it.
func TestEscapedTextCounts(t *testing.T) {
	if n := blocksSize(Card(crowded(t, "&")).Blocks); n < 2000*len("&amp;") {
		t.Errorf("a reason of 2000 ampersands counts as %d characters", n)
	}
}

// Slack escapes plain text before it counts it; mrkdwn arrives escaped.
func TestBlockSizeCountsPlainTextEscaped(t *testing.T) {
	header := slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, "a & b", false, false))
	if got, want := BlockSize(header), len("a &amp; b"); got != want {
		t.Errorf("plain text: %d; want %d", got, want)
	}
	if got, want := BlockSize(Section("a &amp; b")), len("a &amp; b"); got != want {
		t.Errorf("mrkdwn: %d; want %d", got, want)
	}
}
