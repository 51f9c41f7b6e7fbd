package blocks

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/mutants"
)

func TestSafe(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 5, ""},
		{"hello", 5, "hello"},
		{"hello!", 5, "hell…"},
		{"<!channel>", 40, "&lt;!channel&gt;"},
		{"<@U0ADA> & <https://evil|Approve>", 80, "&lt;@U0ADA&gt; &amp; &lt;https://evil|Approve&gt;"},
		{"&lt;", 40, "&amp;lt;"},
		{"a&&", 7, "a&amp;…"}, // never inside an entity
		{"a&&", 5, "a…"},
		{"&", 5, "&amp;"},
		{"&", 4, "…"},
		{"äöü日本", 4, "äöü…"}, // by characters, not bytes
		{"\xff\xfe", 5, "��"},
		{"a\u202eb\u2066c\x00d\x1b[0m", 40, "a�b�c�d�[0m"},
		{"a\n\tb", 9, "a\n\tb"},
		{"x\U000E0041y", 9, "x�y"},
	} {
		if got := Safe(c.in, c.n); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

var entity = regexp.MustCompile(`&(amp|lt|gt);`)

func FuzzSafe(f *testing.F) {
	for _, s := range mutants.Of(1000, "", "<!channel>", "&&&&&&&&&&", "a\u202eb", "\xff", strings.Repeat("&<>: ", 600)) {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = 1 + (n%4000+4000)%4000
		got := Safe(s, n)
		switch {
		case !utf8.ValidString(got):
			t.Errorf("not UTF-8: %q", got)
		case utf8.RuneCountInString(got) > n:
			t.Errorf("%d characters where %d were allowed", utf8.RuneCountInString(got), n)
		case strings.ContainsAny(got, "<>"):
			t.Errorf("not escaped: %q", got)
		case strings.Contains(entity.ReplaceAllString(got, ""), "&"):
			t.Errorf("half an entity: %q", got)
		case strings.IndexFunc(got, func(r rune) bool {
			return unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t'
		}) >= 0:
			t.Errorf("something that a reader cannot see: %q", got)
		}
	})
}

// People's text is shown in full and unchanged, in pieces that Slack accepts.
func TestSaid(t *testing.T) {
	for _, text := range []string{"short", strings.Repeat("&<>: ", 400), strings.Repeat("日本語 ", 500), "*bold* <!here> `code`\nline"} {
		var got strings.Builder
		for _, b := range TextBlocks(text) {
			text := b.(*slack.SectionBlock).Text
			if text.Type != slack.PlainTextType {
				t.Errorf("%s means something", text.Type)
			}
			if n := utf8.RuneCountInString(Escapes.Replace(text.Text)); n > SectionLimit {
				t.Errorf("%d characters once escaped", n)
			}
			got.WriteString(text.Text)
		}
		if got.String() != text {
			t.Errorf("%q is shown as %q", text, got.String())
		}
	}
}

// The card shows the typed text in full, whatever it is.
func TestCardShowsWhatWasTyped(t *testing.T) {
	for _, prefix := range []string{"builds", "a`b", strings.Repeat("&", 900), strings.Repeat("long/", 190) + "end", "ends in a space ", "_and_ ~more~", "<!channel>"} {
		g := asked(t, grant.Draft{Target: "my-bucket/" + prefix, Level: "read", Principal: "build/test.user", Term: "8h", Reason: strings.Repeat("&<>: ", 400)[:1999]})
		g = after(t, g, grant.Check{})
		m := Card(g)
		var plainly strings.Builder
		for _, b := range m.Blocks {
			if c, ok := b.(*slack.ContextBlock); ok {
				b = slack.NewSectionBlock(c.ContextElements.Elements[0].(*slack.TextBlockObject), nil, nil)
			}
			if s, ok := b.(*slack.SectionBlock); ok {
				text := s.Text.Text
				if s.Text.Type == slack.MarkdownType {
					text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
				}
				plainly.WriteString(text)
			}
		}
		for _, want := range []string{"my-bucket/" + strings.TrimSpace(prefix), g.Reason, g.Principal.ARN, "build/test.user", "8h"} {
			if !strings.Contains(plainly.String(), want) {
				t.Errorf("%q is not on the card:\n%s", want, plainly.String())
			}
		}
		accepted(t, looksOf("typed", g))
	}
}

// meant matches the tokens that may be between < and >.
var meant = regexp.MustCompile(`<(@[A-Z0-9]+|!subteam\^[A-Z0-9]+|!date\^-?\d+\^[A-Z]?[a-z ]*(\{date_short_pretty\} at )?\{time\}\|[-A-Za-z0-9: ]+)>`)

var nasty = []string{"<!channel>", strings.Repeat("&<>: ", 600), "```", "a\u202eb", "\xff", "`", strings.Repeat("x", 3000), "", " ", "\n\n"}

var worst = []string{"pending", "denied", "active", "stuck", "drifted", "revoked", "failing", "refused"}

// No text of people or AWS can mention a person who is not in the record.
func FuzzMessages(f *testing.F) {
	for _, s := range mutants.Of(30, nasty...) {
		f.Add(s)
	}
	every := lives(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range worst {
			for _, l := range looksOf(name, spoiled(every[name], s)) {
				texts := []string{l.Text}
				for _, b := range l.Blocks {
					if section, ok := b.(*slack.SectionBlock); ok && section.Text.Type == slack.MarkdownType {
						texts = append(texts, section.Text.Text)
					}
				}
				for _, text := range texts {
					if strings.ContainsAny(meant.ReplaceAllString(text, ""), "<>") || !utf8.ValidString(text) {
						t.Errorf("%s: something is not escaped: %q", l.Name, text)
					}
				}
			}
		}
	})
}

// A backtick in a folder's name does not begin code: that would swallow the rest of the heading or
// the sentence.
func TestBackticksInNamesAreHarmless(t *testing.T) {
	for name, g := range lives(t) {
		g.Prefix, g.Typed.Target = "a`b", "my-bucket/a`b"
		for _, l := range looksOf(name, g) {
			for _, text := range markup(l) {
				if strings.Contains(text, "a`b") || strings.Count(text, "`")%2 != 0 {
					t.Errorf("%s: %q", l.Name, text)
				}
			}
		}
	}
}

// markup returns all texts of a message that may contain markup.
func markup(l look) (texts []string) {
	texts = append(texts, l.Text)
	for _, b := range l.Blocks {
		switch b := b.(type) {
		case *slack.SectionBlock:
			if b.Text != nil && b.Text.Type == slack.MarkdownType {
				texts = append(texts, b.Text.Text)
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if text, ok := e.(*slack.TextBlockObject); ok && text.Type == slack.MarkdownType {
					texts = append(texts, text.Text)
				}
			}
		}
	}
	return texts
}

// Slack refuses none of the messages for their contents.
func TestMessagesFit(t *testing.T) {
	every := lives(t)
	for _, s := range nasty {
		var all []look
		for _, name := range worst {
			all = append(all, looksOf(name+" "+s[:min(8, len(s))], spoiled(every[name], s))...)
		}
		accepted(t, all)
	}
}

// spoiled replaces all foreign texts in g by one text.
func spoiled(g grant.Grant, s string) grant.Grant {
	g.Reason, g.Why, g.Prefix, g.Typed = s, s, s, grant.Typed{Target: s, Level: s, Principal: s, Term: s}
	g.Principal.Name, g.Principal.ARN, g.Principal.Account, g.Bucket.Account = s, s, s, s
	g.Level.Name, g.Level.Object = s, []string{s, s}
	g.Findings = grant.Findings{Change: s, Diff: s, KMSKey: s}
	for range 20 {
		g.Findings.Warnings = append(g.Findings.Warnings, s)
		g.Rule.Approvers.Users = append(g.Rule.Approvers.Users, "U0SOMEBODY")
	}
	g.Owner.LastError, g.Grantee.LastError = s, s
	g.Owner.Attempts, g.Grantee.Attempts, g.Owner.AlertedAt, g.Grantee.AlertedAt = 1, 1, noon, noon
	g.History = append([]grant.Event(nil), g.History...)
	for i := range g.History {
		g.History[i].Why = s
	}
	return g
}

// The same for answers with typed text.
func TestAnswersAreEscaped(t *testing.T) {
	g := asked(t, usual)
	var many []grant.Grant
	for range 20 {
		many = append(many, spoiled(g, "<!channel> "+strings.Repeat("&", 500)))
	}
	list := AnswerMessage(commands.Answer{Text: "<!here>", Grants: many, Page: commands.Page{First: 1, Last: 20, Total: 27, Next: "list <!here> page 2"}})
	h := AnswerMessage(commands.Answer{Text: "<!here>", Events: []commands.Happening{{Grant: many[0], Event: many[0].History[0]}}})
	b := AnswerMessage(commands.Answer{Text: "<!here>", Rules: []grant.Rule{{Bucket: "<!here>", Account: "<!channel>", Levels: []string{"<!everyone>"}, Prefixes: []string{"<!here>", "", strings.Repeat("<", 400)}}}})
	refused := Message{Text: RefusalText(grant.Refuse("%q is no <!channel>.", strings.Repeat("<", 2000)).WithHint("<!everyone> `<id>`"))}
	for name, m := range map[string]Message{"list": list, "history": h, "buckets": b, "refusal": refused} {
		if strings.Contains(m.Text, "<!here>") || strings.Contains(m.Text, "<!channel>") || strings.Contains(m.Text, "<!everyone>") {
			t.Errorf("%s: %s", name, m.Text)
		}
		accepted(t, []look{{Name: name, Text: m.Text, Blocks: m.Blocks}})
	}
	if got := localTimes("Access still ends 2026-11-02 16:02 UTC, not 2026-11-02 16:02 UTC or until 2026-13-02 16:02 UTC."); got !=
		"Access still <!date^1793635320^ends {date_short_pretty} at {time}|ends 2026-11-02 16:02 UTC>, not 2026-11-02 16:02 UTC or until 2026-13-02 16:02 UTC." {
		t.Error(got)
	}
	if got := Until(time.Unix(1793635320, 0)); got != "<!date^1793635320^until {date_short_pretty} at {time}|until 2026-11-02 16:02 UTC>" {
		t.Error(got)
	}
	if got := When(time.Date(2026, 11, 2, 17, 2, 0, 0, time.FixedZone("", 3600))); got != "<!date^1793635320^{date_short_pretty} at {time}|2026-11-02 16:02 UTC>" {
		t.Errorf("a time is shown as %s", got)
	}
}
