package blocks

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// phone is the width of Slack's app on a phone of 390 points, in characters of a section.
const phone = 42

var (
	token = regexp.MustCompile(`<[@!][^>]*>`)
	date  = regexp.MustCompile(`<!date\^[0-9]+\^([^>|]*)\|[^>]*>`)
)

// onPhone counts the lines of a block on a phone. A row of buttons counts as one.
func onPhone(b slack.Block) (logical, rendered int) {
	var text string
	switch b := b.(type) {
	case *slack.SectionBlock:
		text = b.Text.Text
	case *slack.ContextBlock:
		for _, e := range b.ContextElements.Elements {
			text += e.(*slack.TextBlockObject).Text
		}
	default:
		return 1, 1
	}
	text = date.ReplaceAllString(text, "$1")
	text = strings.NewReplacer("{date_short_pretty}", "tomorrow", "{time}", "10:00 PM", "*", "", "`", "", ":warning:", "!").Replace(text)
	text = token.ReplaceAllString(text, "@person")
	for line := range strings.Lines(text) {
		logical++
		rendered += max(1, (utf8.RuneCountInString(strings.TrimSpace(line))+phone-1)/phone)
	}
	return logical, rendered
}

// A card fits on a phone: at most ten lines beside the reason, in every state. A usual request fits into
// ten lines as the phone wraps them. Warnings and long names need more.
func TestCardsFitOnAPhone(t *testing.T) {
	wrapped := map[string]bool{"pending": true, "active": true, "on behalf": true, "changed": true, "scheduled": true, "quorum": true,
		"drifted": true, "ending": true, "expired": true, "revoked": true}
	for name, g := range lives(t) {
		for _, d := range Drawings(g) {
			if d.Kind == PostReview { // has all facts, because nobody approves it
				continue
			}
			logical, rendered := 0, 0
			for _, b := range d.Blocks {
				if s, ok := b.(*slack.SectionBlock); ok && s.Text.Type == slack.PlainTextType {
					continue // the reason
				}
				l, r := onPhone(b)
				logical, rendered = logical+l, rendered+r
			}
			if logical > 10 || wrapped[name] && rendered > 10 {
				t.Errorf("%s, %s: %d lines, %d on a phone", name, d.Kind, logical, rendered)
			}
		}
	}
}

// Typed text that the headline and the ARN contain is not repeated.
func TestTypedTextIsShownOnce(t *testing.T) {
	all := lives(t)
	for name, want := range map[string]string{
		"pending": "User `build/test.user` (`arn:aws:iam::111111111111:user/test.user`); bucket in *nonprod*",
		"quorum":  "Role `arn:aws:iam::111111111111:role/ci/deployer` in *build*; bucket in *nonprod*; typed `90m`",
	} {
		got := identity(all[name])[0].(*slack.ContextBlock).ContextElements.Elements[0].(*slack.TextBlockObject).Text
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	g := all["pending"]
	g.Prefix, g.Typed.Target = "_x_", "my-bucket/_x_" // italic in the headline
	if got := typedOtherwise(g); len(got) != 2 {
		t.Errorf("typed: %q", got)
	}
}

// A card says in its own line that a request covers a whole bucket, or writes.
func TestScopeIsOnTheCard(t *testing.T) {
	all := lives(t)
	for name, want := range map[string]string{
		"broad":                 "*The whole bucket* · full: list, download, upload, overwrite and delete",
		"broad extension asked": "*The whole bucket* · full: list, download, upload, overwrite and delete",
		"quorum":                "*The whole bucket*",
	} {
		drawn := Drawings(all[name])
		if text := inJSON(t, drawn[len(drawn)-1].Blocks); !strings.Contains(text, want) {
			t.Errorf("%s: %s", name, text)
		}
	}
	if got := scope(all["pending"]); got != nil {
		t.Errorf("reading a folder: %q", got)
	}
}

// A warning is one sentence on the card, and complete in Details.
func TestWarningsAreShortOnTheCard(t *testing.T) {
	g := lives(t)["pending"]
	g.Findings.Warnings = []string{"The policy of my-bucket denies s3:GetObject without TLS. Use HTTPS.", "Two. Three.", "Four.", "Five."}
	card, details := inJSON(t, Card(g).Blocks), inJSON(t, DetailsView(Detailed{Grant: g}))
	if !strings.Contains(card, ":warning: The policy of my-bucket denies s3:GetObject without TLS.") || strings.Contains(card, "Use HTTPS") ||
		!strings.Contains(card, "*Details* has 1 more warnings.") {
		t.Error(card)
	}
	if !strings.Contains(details, "Use HTTPS.") || !strings.Contains(details, "Five.") {
		t.Error(details)
	}
	g.Findings.Warnings = []string{"A bucket policy statement denies it."}
	if card := inJSON(t, Card(g).Blocks); strings.Contains(card, "*Details* has") {
		t.Error(card)
	}
}

// The sentences of a batch are about the requests that they concern.
func TestBatchHead(t *testing.T) {
	check := func(g grant.Grant) grant.Grant { return after(t, g, grant.Check{}) }
	d := usual
	d.MoreTargets = []string{"my-other/logs", "my-third"}
	if got, want := batchHead(askedTogether(t, d, check)), "<@U0RITA> requests read access to 3 buckets for 8h"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	d.MoreTargets, d.MorePrincipals = []string{"my-bucket/logs"}, []string{"build/role/deployer"}
	if got, want := batchHead(askedTogether(t, d, check)), "<@U0RITA> requests read access to 2 folders for 8h, for 2 users or roles"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The card of an extension says "ended" only once AWS has confirmed it.
func TestExtensionOfAnEndingGrant(t *testing.T) {
	rule := rules().Rules[1]
	more := lives(t)["extension asked"]
	event := len(more.History) - 1
	ending := after(t, more, grant.End{By: member("U0RITA"), Today: grant.Today{Rule: &rule}})
	for want, g := range map[string]grant.Grant{"access is ending": ending, "access has ended": gone(t, ending)} {
		if got, open := extensionStands(g, event); got != want || open {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
