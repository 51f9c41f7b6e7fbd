package parse

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A letter is one character in two forms: as typed, for the reason, and plain,
// for reading.
type letter struct {
	typed, plain rune
	name         bool // part of markup for a person, a group or a channel
}

// nestled is a space inside Slack's markup, which separates no words. It is
// from a private area of Unicode and is removed from typed text.
const nestled = '\uE0FF'

// invisible are characters without a meaning in a command. Characters that
// change the text direction are not included; they are refused where they
// matter.
const invisible = "\u200B\u200C\u200D\u2060\uFEFF\u180E\uE0FF\uE0FE"

// plainer maps the typographic characters of phones and editors to plain ones.
var plainer = map[rune]rune{
	'‘': '\'', '’': '\'', '‚': '\'', '‛': '\'', '′': '\'', '´': '\'',
	'“': '"', '”': '"', '„': '"', '‟': '"', '″': '"', '«': '"', '»': '"',
	'‐': '-', '‑': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-',
}

// normalise reads a text as Slack sends it. It drops invisible characters and
// makes spaces, quotes and dashes plain. A link becomes its label; a mention
// stays unchanged. Each link or mention is one word.
func normalise(text string) (out []letter) {
	out = make([]letter, 0, len(text))
	for text != "" {
		if c := text[0]; isPlain(c) {
			out = append(out, letter{rune(c), rune(c), false})
			text = text[1:]
			continue
		}
		if found := markup.FindStringSubmatch(text); found != nil {
			if inside, name, known := unwrap(found[1]); known {
				out = append(out, letters(inside, true, name)...)
				text = text[len(found[0]):]
				continue
			}
		}
		r, size := character(text)
		out = append(out, letters(string(r), false, false)...)
		text = text[size:]
	}
	return out
}

// isPlain reports whether a byte is a character that stays unchanged, as nearly all of a command are.
func isPlain(c byte) bool { return ' ' <= c && c <= '~' && c != '<' && c != '&' }

// letters returns a text in both forms. With oneWord its spaces do not separate
// words.
func letters(s string, oneWord, name bool) (out []letter) {
	for s != "" {
		r, size := character(s)
		s = s[size:]
		switch {
		case strings.ContainsRune(invisible, r):
		case oneWord && unicode.IsSpace(r):
			out = append(out, letter{r, nestled, name})
		default:
			out = append(out, letter{r, plain(r), name})
		}
	}
	return out
}

// character returns the first character of a text, decoding Slack's escapes.
func character(text string) (r rune, size int) {
	for _, e := range []struct {
		escaped string
		r       rune
	}{{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}} {
		if strings.HasPrefix(text, e.escaped) {
			return e.r, len(e.escaped)
		}
	}
	return utf8.DecodeRuneInString(text)
}

func plain(r rune) rune {
	switch p, known := plainer[r]; {
	case known:
		return p
	case strings.ContainsRune("\r\v\f\u0085\u2028\u2029", r):
		return '\n'
	case r != '\n' && unicode.IsSpace(r):
		return ' '
	case r >= '！' && r <= '～': // full-width forms of ASCII
		return r - '！' + '!'
	}
	return r
}

var (
	markup = regexp.MustCompile(`^<([^<>\n]+)>`)
	names  = regexp.MustCompile(`^(?:@[A-Z0-9]+|#[A-Z0-9]+|!subteam\^[A-Z0-9]+|` +
		`!(?:here|channel|everyone)|!date\^[^|]*)(?:\||$)`)
	wrapping = regexp.MustCompile(`^(?:https?|s3|mailto|tel|arn):`)
)

// unwrap returns the text of one piece of markup: a link's label, or unchanged
// markup for a person, a group or a channel.
func unwrap(inner string) (text string, name, known bool) {
	if names.MatchString(inner) {
		return "<" + inner + ">", true, true
	}
	if !wrapping.MatchString(inner) {
		return "", false, false // Slack sends no such markup: it is text
	}
	address, label, _ := strings.Cut(inner, "|")
	if label == "" {
		label = strings.TrimPrefix(strings.TrimPrefix(address, "mailto:"), "tel:")
	}
	return label, false, true
}
