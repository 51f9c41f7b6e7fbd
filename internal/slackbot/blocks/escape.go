package blocks

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// Slack's limits, in characters (docs.slack.dev/reference/block-kit).
const (
	SectionLimit = 3000 // text of a section
	contextLimit = 2000 // text in a context block
	TextLimit    = 4000 // text of a message: more is refused by chat.update
)

var Escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Safe escapes text that people typed, or that comes from AWS, and then cuts it
// to n characters as Slack counts them, never inside an entity. What a reader
// could not see, or that would turn the text around it, is shown as �.
func Safe(s string, n int) string {
	var b strings.Builder
	used, cut := 0, 0 // characters; bytes up to which there is room for an ellipsis
	for _, r := range s {
		e := Escapes.Replace(string(visible(r)))
		used += len([]rune(e))
		if used > n {
			return b.String()[:cut] + "…"
		}
		b.WriteString(e)
		if used < n {
			cut = b.Len()
		}
	}
	return b.String()
}

// nameInText is a name within a sentence. A backtick would turn what follows it into
// code, so ' stands in its place; the facts below have the name as it is.
func nameInText(s string, n int) string { return strings.ReplaceAll(Safe(s, n), "`", "'") }

// cutMarkup cuts escaped text with Slack's tokens in it to n characters, never
// inside an entity or a token.
func cutMarkup(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n-1])
	if i := strings.LastIndexByte(cut, '<'); i > strings.LastIndexByte(cut, '>') {
		cut = cut[:i]
	}
	if i := strings.LastIndexByte(cut, '&'); i >= 0 && !strings.Contains(cut[i:], ";") {
		cut = cut[:i]
	}
	return cut + "…"
}

func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029', r == '\ufeff', r >= 0xE0000 && r <= 0xE007F:
		return unicode.ReplacementChar
	}
	return r
}

// literal is text between backticks, just as it is. Not everything can stand
// there: ok is false if it cannot be shown in n characters or would end too early.
func literal(s string, n int) (code string, ok bool) {
	code = Safe(s, n)
	whole := Safe(s, 1<<20) == code
	return "`" + code + "`", whole && s != "" && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "`\n\t�") && !strings.Contains(code, "�")
}

// Code is text between backticks for where it is not decided on: what cannot
// stand there is left out.
func Code(s string, n int) string {
	return "`" + nameInText(s, n) + "`"
}

// When shows an instant in the reader's own time zone.
func When(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

// Day shows the day of an instant in the reader's own time zone.
func Day(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short}|%s>", t.Unix(), t.UTC().Format("2006-01-02"))
}

// Mention mentions a person by the id in the record.
func Mention(p grant.Person) string {
	if p.IsBot() {
		return "s3share"
	}
	return "<@" + Safe(p.User, 32) + ">"
}

func Mrkdwn(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}
}

// Plain is text in which nothing means anything, cut to n characters.
func Plain(s string, n int) *slack.TextBlockObject {
	s = strings.Map(visible, strings.ToValidUTF8(s, "�"))
	if r := []rune(s); len(r) > n {
		s = string(r[:n-1]) + "…"
	}
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s}
}

func Section(s string) slack.Block { return slack.NewSectionBlock(Mrkdwn(s), nil, nil) }

// TextBlocks shows people's text in full, in which nothing means anything, in as many
// sections as it takes. Slack may count a & as the five characters that it
// escapes it with, so this does.
func TextBlocks(s string) (content []slack.Block) {
	var part []rune
	size := 0
	flush := func() {
		if strings.TrimSpace(string(part)) != "" {
			content = append(content, slack.NewSectionBlock(Plain(string(part), SectionLimit), nil, nil))
		}
		part, size = nil, 0
	}
	for _, r := range s {
		n := len([]rune(Escapes.Replace(string(r))))
		if size+n > SectionLimit {
			flush()
		}
		part, size = append(part, r), size+n
	}
	flush()
	return content
}

// Fenced is a text in a block of code, cut to what a section takes.
func Fenced(text string) slack.Block { return fencedWithin(text, SectionLimit) }

// fencedWithin is a text in a block of code of at most so many characters.
func fencedWithin(text string, most int) slack.Block {
	return Section("```" + Safe(strings.ReplaceAll(text, "```", "'''"), most-6) + "```")
}
