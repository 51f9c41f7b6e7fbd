package parse

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"s3share/internal/grant"
)

// A word is one word of a text, or several joined by quotes.
type word struct {
	text   string // plain, without the quotes
	typed  string // as typed
	tail   string // from here to the end of the text, as typed
	quoted bool
	opens  rune // an opening quote that is never closed; 0: none
	begins bool // it begins a line
	glued  bool // no space before it
	name   bool // markup for a person, a group or a channel
}

const (
	marks    = ".,:;-"       // separators without a meaning at the end of a word
	brackets = "()[]{}*_~!?" // characters around words, typed or from Slack's formatting
)

// split cuts a text into words. Quotes and backticks join words; a quote inside
// a word is an apostrophe. A mention is always a word of its own.
func split(text []letter) (words []word) {
	begins, glued := true, false
	for at := 0; at < len(text); {
		if unicode.IsSpace(text[at].plain) {
			begins, glued = begins || text[at].plain == '\n', false
			at++
			continue
		}
		w, end := nextWord(text, at)
		w.tail, w.begins, w.glued = typedText(text[at:]), begins, glued
		words = append(words, w)
		at, begins, glued = end, false, true
	}
	return words
}

// nextWord returns the word at a place that is no space, and its end.
func nextWord(text []letter, at int) (w word, end int) {
	if quote := text[at].plain; strings.ContainsRune(quotes, quote) {
		closing := at + 1 + slices.IndexFunc(text[at+1:], func(l letter) bool { return l.plain == quote })
		switch {
		case closing == at:
			w.opens = quote
		case endsWord(text, closing+1):
			inside := text[at+1 : closing]
			return word{text: plainText(inside), typed: typedText(inside), quoted: true}, closing + 1
		}
	}
	for end = at; end < len(text) && !unicode.IsSpace(text[end].plain); end++ {
		if text[end].name != text[at].name || text[at].name && end > at && text[end].plain == '<' {
			break
		}
	}
	w.text, w.typed, w.name = plainText(text[at:end]), typedText(text[at:end]), text[at].name
	return w, end
}

// endsWord reports whether a word ends at a place: only marks follow it.
func endsWord(text []letter, at int) bool {
	for ; at < len(text) && !unicode.IsSpace(text[at].plain); at++ {
		if !strings.ContainsRune(marks+brackets, text[at].plain) {
			return false
		}
	}
	return true
}

func plainText(text []letter) string {
	var b strings.Builder
	for _, l := range text {
		if l.plain == nestled {
			l.plain = ' '
		}
		b.WriteRune(l.plain)
	}
	return b.String()
}

func typedText(text []letter) string {
	var b strings.Builder
	for _, l := range text {
		b.WriteRune(l.typed)
	}
	return b.String()
}

// bare returns a word without the marks at its end. Quoted text is unchanged.
func (w word) bare() string {
	if w.quoted {
		return w.text
	}
	ends := ".,:;!?"
	if strings.Contains(w.text, "/") {
		ends = ".,:;!" // a question mark may be a wildcard there, which has to be refused
	}
	if cut := strings.TrimRight(w.text, ends); cut != "" {
		return cut
	}
	return w.text
}

// key returns a word for comparison: lower case, without marks and brackets
// around it. It is empty for marks and for quoted text, which is never a
// clause.
func (w word) key() string {
	if w.quoted {
		return ""
	}
	if w.name {
		return w.text
	}
	s := strings.ToLower(strings.Trim(w.text, ".,:;"+brackets+quotes))
	if offset.MatchString(s) {
		return s
	}
	return strings.Trim(s, marks+brackets+quotes)
}

// isMark reports whether a word has no letters and digits and begins no name.
func (w word) isMark() bool {
	return !w.quoted && !strings.ContainsAny(w.text, "@<") &&
		!strings.ContainsFunc(w.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// separates reports whether a word consists of separators only.
func (w word) separates() bool { return !w.quoted && strings.Trim(w.text, marks) == "" }

// worded returns the words that are more than separators.
func worded(words []word) []word { return slices.DeleteFunc(slices.Clone(words), word.separates) }

// filled returns the words that are not marks.
func filled(words []word) []word {
	return slices.DeleteFunc(slices.Clone(words), word.isMark)
}

// skipMarks drops the leading marks.
func skipMarks(words []word) []word {
	for len(words) > 0 && words[0].isMark() {
		words = words[1:]
	}
	return words
}

const quotes = "\"'`"

// offset is the distance from UTC after a time, as in 09:00 -0500.
var offset = regexp.MustCompile(`^(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?$`)

var mention = regexp.MustCompile(`^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$`)

// person returns the Slack id in a mention; "" for other words.
func (w word) person() string {
	if m := mention.FindStringSubmatch(w.text); m != nil {
		return m[1]
	}
	return ""
}

// closed refuses words with a quote that is never closed.
func closed(words []word) error {
	for _, w := range words {
		if w.opens != 0 {
			return grant.Refuse("A quotation mark (%c) is not closed.", w.opens).WithHint("Close it, or leave it out.")
		}
	}
	return nil
}

// reason returns the last words of a command as typed, without leading marks
// and without quotes around the whole text.
func reason(words []word) string {
	for len(words) > 0 && !words[0].quoted && strings.Trim(words[0].text, marks) == "" {
		words = words[1:]
	}
	if len(words) == 0 {
		return ""
	}
	if words[0].quoted && !slices.ContainsFunc(words[1:], func(w word) bool { return !w.isMark() }) {
		return strings.TrimSpace(words[0].typed)
	}
	return strings.TrimSpace(strings.TrimLeft(words[0].tail, ",:;"))
}

func lower(s string) string { return strings.ToLower(s) }

// clip shortens a person's text for quoting.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
