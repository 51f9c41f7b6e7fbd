package blocks

import (
	"fmt"
	"regexp"
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
	valueLimit   = 2000 // the value of a button
	TextLimit    = 4000 // text of a message: chat.update refuses more
)

var Escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Safe escapes text from people or AWS, and then truncates it to n characters as Slack counts them,
// never inside an entity. Invisible characters and direction marks are shown as �.
func Safe(s string, n int) string {
	var b strings.Builder
	used, cut := 0, 0 // characters; the byte index for an ellipsis
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

// nameInText formats a name inside a sentence. A backtick would begin code, so it is replaced by ';
// the facts show the exact name.
func nameInText(s string, n int) string { return strings.ReplaceAll(Safe(s, n), "`", "'") }

// cutMarkup truncates escaped text with Slack's tokens to n characters, never inside an entity or a
// token.
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
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029', r == '\ufeff',
		r >= 0xE0000 && r <= 0xE007F:
		return unicode.ReplacementChar
	}
	return r
}

// literal formats text as code without changes. ok is false if that is impossible: it does not fit
// in n characters, or would end the code.
func literal(s string, n int) (code string, ok bool) {
	code = Safe(s, n)
	whole := Safe(s, 1<<20) == code
	return "`" + code + "`", whole && s != "" && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "`\n\t�") &&
		!strings.Contains(code, "�")
}

// Code formats text as code where no decision depends on it: unsuitable characters are replaced.
func Code(s string, n int) string {
	return "`" + nameInText(s, n) + "`"
}

// When formats a time in the reader's own time zone. Slack capitalizes "today" at the start of a
// token, so a time inside a sentence needs [Dated].
func When(t time.Time) string { return Dated("", t) }

// Dated formats words and a time in one token: Dated("until", t) is "until today at 21:58".
func Dated(words string, t time.Time) string {
	if words != "" {
		words += " "
	}
	return fmt.Sprintf("<!date^%d^%s{date_short_pretty} at {time}|%s%s>", t.Unix(), words, words,
		t.UTC().Format("2006-01-02 15:04 UTC"))
}

// plainTime matches a time in a text of the commands, with the word that leads to it.
var plainTime = regexp.MustCompile(`\b(until|ends|starts|expires) (\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b`)

// localTimes replaces the times of a text by tokens in the reader's own time zone.
func localTimes(text string) string {
	return plainTime.ReplaceAllStringFunc(text, func(s string) string {
		m := plainTime.FindStringSubmatch(s)
		t, err := time.Parse("2006-01-02 15:04", m[2])
		if err != nil {
			return s
		}
		return Dated(m[1], t)
	})
}

// Until formats the end of an access: "until today at 21:58".
func Until(t time.Time) string { return Dated("until", t) }

// Day formats the day of a time in the reader's own time zone.
func Day(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short}|%s>", t.Unix(), t.UTC().Format("2006-01-02"))
}

// Mention mentions a person.
func Mention(p grant.Person) string {
	if p.IsBot() {
		return "s3share"
	}
	return "<@" + Safe(p.User, 32) + ">"
}

func Mrkdwn(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}
}

// Plain is text without markup, truncated to n characters.
func Plain(s string, n int) *slack.TextBlockObject {
	s = strings.Map(visible, strings.ToValidUTF8(s, "�"))
	if r := []rune(s); len(r) > n {
		s = string(r[:n-1]) + "…"
	}
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s}
}

func Section(s string) slack.Block { return slack.NewSectionBlock(Mrkdwn(s), nil, nil) }

// TextBlocks shows people's text in full and without markup, in as many sections as necessary.
// Slack may count an & as five characters, so said does too.
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

// Fenced formats a text as a code block that fits a section.
func Fenced(text string) slack.Block {
	return Section("```" + Safe(strings.ReplaceAll(text, "```", "'''"), SectionLimit-6) + "```")
}
