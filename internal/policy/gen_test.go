package policy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// A writer generates policy text in every legal style: any white space, member
// order and escapes, duplicate elements, unknown members, values of the wrong
// type.
type writer struct{ t *rapid.T }

func (w writer) one(name string, from ...string) string {
	return rapid.SampledFrom(from).Draw(w.t, name)
}

func (w writer) count(name string, most int) int { return rapid.IntRange(0, most).Draw(w.t, name) }

func (w writer) space() string { return w.one("space", "", "", "", " ", "\n  ", "\t", "\r\n") }

// text writes s as a JSON string with some needless escapes.
func (w writer) text(s string) string {
	escape := w.count("escape every", 4)
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range []rune(s) {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '/' && escape == 1:
			b.WriteString(`\/`)
		case r < ' ' || escape > 0 && i%escape == 0:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (w writer) word() string {
	return w.text(w.one("word", "", "a", "s3:GetObject", "s3:*", "*", "arn:aws:s3:::b/*", "111111111111",
		"arn:aws:iam::111111111111:root", "AIDAJQABLZS4A3QDU576Q", "]},{[\"\\", "</script>&", "${aws:username}",
		"naïve", "日本語", "😀", "\u2028", "\ufeff", "S3ShareABCDEFGH", "2026-11-23T12:00:00Z"))
}

func (w writer) list(items []string) string {
	var b strings.Builder
	b.WriteString("[" + w.space())
	for i, item := range items {
		if i > 0 {
			b.WriteString(w.space() + "," + w.space())
		}
		b.WriteString(item)
	}
	b.WriteString(w.space() + "]")
	return b.String()
}

// object writes names and values, which stand in turn.
func (w writer) object(members []string) string {
	var b strings.Builder
	b.WriteString("{" + w.space())
	for i := 0; i < len(members); i += 2 {
		if i > 0 {
			b.WriteString(w.space() + "," + w.space())
		}
		b.WriteString(members[i] + w.space() + ":" + w.space() + members[i+1])
	}
	b.WriteString(w.space() + "}")
	return b.String()
}

func (w writer) value(depth int) string {
	kind := w.count("kind", 7)
	if depth == 0 {
		kind %= 5
	}
	var all []string
	switch kind {
	case 0:
		return w.one("number", "10.50", "1E3", "-0", "0.000", "12345678901234567890123", "-1.5e-07")
	case 1:
		return w.one("literal", "true", "false", "null")
	case 5:
		for range w.count("length", 3) {
			all = append(all, w.value(depth-1))
		}
		return w.list(all)
	case 6, 7:
		for range w.count("members", 3) {
			all = append(all, w.word(), w.value(depth-1))
		}
		return w.object(all)
	}
	return w.word()
}

func (w writer) words() string {
	if w.count("lone", 2) == 0 {
		return w.word()
	}
	var all []string
	for range w.count("words", 3) {
		all = append(all, w.word())
	}
	return w.list(all)
}

// statement writes a foreign statement. Some make sense.
func (w writer) statement() string {
	var all []string
	for range w.count("elements", 6) {
		name := w.one("element", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
			"Resource", "NotResource", "Condition", "sid", "X-Team", "Comment", "")
		value := w.value(2)
		switch {
		case w.count("nonsense", 9) == 0:
		case strings.EqualFold(name, "Sid"):
			value = w.text(w.one("sid", foreignSids...))
		case name == "Effect":
			value = w.text(w.one("effect", "Allow", "Deny"))
		case strings.HasSuffix(name, "Principal"):
			value = w.object([]string{`"AWS"`, w.words()})
		case strings.HasSuffix(name, "Action"), strings.HasSuffix(name, "Resource"):
			value = w.words()
		case name == "Condition":
			value = w.object([]string{w.text(w.one("operator", "StringLike", "Bool", "DateLessThan")), w.object([]string{w.word(), w.value(1)})})
		}
		all = append(all, w.text(name), value)
	}
	return w.object(all)
}

// foreignSids are foreign Sids. Some nearly look like the bot's; some belong to
// another installation.
var foreignSids = []string{"", "", "Same", "Same", "S3Share", "S3Shareabcdefgh", "S3ShareABCDEFGHI", "S3ShareABCDEFGHlist",
	"S3ShareABCDEFGHListList", " S3ShareABCDEFGH", "S3ShareILOU0000", "S3ShareZZZZZZZZ", "S3ShareZZZZZZZZList", "café", "</>&"}

// document is a policy of foreign statements, with its parts.
type document struct {
	text       string
	statements []string // as written
	lone       bool
	listed     string // of a lone statement: the text with it in a list
}

// lonely is a placeholder for a lone statement until the text around it is
// written.
const lonely = "\x00"

func (w writer) document() document {
	var d document
	for range w.count("statements", 5) {
		d.statements = append(d.statements, w.statement())
	}
	list := w.list(d.statements)
	if d.lone = len(d.statements) == 1 && w.count("no list", 1) == 0; d.lone {
		list = lonely
	}
	members := [][]string{{w.text("Statement"), list}}
	if version := w.one("version", "2012-10-17", "2008-10-17", ""); version != "" {
		members = append(members, []string{w.text("Version"), `"` + version + `"`})
	}
	for _, name := range []string{"Id", "Comment", "Statements", "Statement "} {
		if w.count("has "+name, 3) == 0 {
			members = append(members, []string{w.text(name), w.value(3)})
		}
	}
	members = rapid.Permutation(members).Draw(w.t, "order")
	d.text = w.space() + w.object(slices.Concat(members...)) + w.space()
	if d.lone {
		d.listed = strings.Replace(d.text, lonely, "["+d.statements[0]+"]", 1)
		d.text = strings.Replace(d.text, lonely, d.statements[0], 1)
	}
	return d
}

func drawDocument(t *rapid.T) document { return writer{t}.document() }

// normalised rewrites a text as AWS may return it: no white space, other orders
// of members and lists, lists of one unwrapped, escapes resolved.
func normalised(t *rapid.T, text string) string {
	var v any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	v = shuffle(t, v, true)
	out, err := json.Marshal(v) // sorts the members
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// shuffle reorders every list except the list of statements.
func shuffle(t *rapid.T, v any, top bool) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if list, ok := value.([]any); top && ok && name == "Statement" {
				for i := range list {
					list[i] = shuffle(t, list[i], false)
				}
				continue
			}
			v[name] = shuffle(t, value, false)
		}
	case []any:
		if len(v) == 1 {
			return v[0]
		}
		return rapid.Permutation(v).Draw(t, "list")
	}
	return v
}

// drawInstant draws instants around the boundaries, with fractions and zones.
func drawInstant(t *rapid.T, name string) time.Time {
	seconds := rapid.Int64Range(0, 253402300799).Draw(t, name) // to the end of the year 9999
	nanos := rapid.Int64Range(0, 999_999_999).Draw(t, name+" nanoseconds")
	zone := rapid.IntRange(-12, 14).Draw(t, name+" zone")
	return time.Unix(seconds, nanos).In(time.FixedZone("", zone*3600))
}
