package slacksim

import (
	"regexp"
	"strings"
)

// Slack changes posted text (docs.slack.dev/messaging/formatting-message-text).
// Characters that are neither an entity nor markup in angle brackets are
// escaped. Bare addresses become links. Mentions lose the label that the app
// set. Slack also replaces emoji by their names; that is not modelled.
var (
	inBrackets = regexp.MustCompile(
		`^<(?:[@#!][^<>\s]+[^<>]*|(?:https?|ftp|slack|mailto|tel|skype|callto|sms|file):[^<>]+)>`)
	entity   = regexp.MustCompile(`^&(?:amp|lt|gt);`)
	address  = regexp.MustCompile(`^https?://[^\s<>|` + "`" + `]*[^\s<>|` + "`" + `.,;:!?)\]'"*_~]`)
	labelled = regexp.MustCompile(`^<(@[UW][A-Z0-9]+)\|[^<>]*>`)
	codeSpan = regexp.MustCompile("^(?s:```.*?```)|^`[^`\n]+`")
)

// mutate returns text as Slack stores it. If link is set, addresses become links.
func mutate(text string, link bool) string {
	var out strings.Builder
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "<>&`h")
		if i < 0 {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:i])
		rest = rest[i:]
		became, n := mutateOne(rest, link)
		out.WriteString(became)
		rest = rest[n:]
	}
	return out.String()
}

// mutateOne changes the first token of text. It returns the new token and the
// length of the old one.
func mutateOne(text string, link bool) (became string, n int) {
	switch text[0] {
	case '`':
		if span := codeSpan.FindString(text); link && span != "" {
			return "`" + mutate(span[1:], false), len(span)
		}
	case 'h':
		if a := address.FindString(text); link && a != "" {
			return "<" + escapeAmpersands(a) + ">", len(a)
		}
	case '&':
		if e := entity.FindString(text); e != "" {
			return e, len(e)
		}
		return "&amp;", 1
	case '<':
		if m := labelled.FindStringSubmatch(text); m != nil {
			return "<" + m[1] + ">", len(m[0])
		}
		if m := inBrackets.FindString(text); m != "" {
			return escapeAmpersands(m), len(m)
		}
		return "&lt;", 1
	case '>':
		return "&gt;", 1
	}
	return text[:1], 1
}

func escapeAmpersands(s string) string {
	var out strings.Builder
	for i := range len(s) {
		if s[i] == '&' && !entity.MatchString(s[i:]) {
			out.WriteString("&amp;")
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// settle changes the text objects in x as Slack does: it fills in emoji and
// verbatim, and changes mrkdwn like a message's text.
func settle(x any) {
	switch v := x.(type) {
	case []any:
		for _, item := range v {
			settle(item)
		}
	case object:
		text, isText := v["text"].(string)
		switch {
		case v["type"] == "plain_text" && isText:
			if v["emoji"] == nil {
				v["emoji"] = true
			}
		case v["type"] == "mrkdwn" && isText:
			if v["verbatim"] == nil {
				v["verbatim"] = false
			}
			v["text"] = mutate(text, v["verbatim"] == false)
		default:
			for _, item := range v {
				settle(item)
			}
		}
	}
}

// identify returns a copy of blocks as Slack stores them: missing ids are
// assigned and texts are settled.
func (c *core) identify(blocks []object) []object {
	if len(blocks) == 0 {
		return nil
	}
	blocks = clone(blocks)
	c.identifyBlocks(blocks)
	interactive(blocks, func(_, e object) {
		if asString(e["action_id"]) == "" {
			e["action_id"] = c.id(mixed, 5)
		}
	})
	for _, b := range blocks {
		settle(b)
	}
	return blocks
}

func (c *core) identifyBlocks(blocks []object) {
	for _, b := range blocks {
		if asString(b["block_id"]) == "" {
			b["block_id"] = c.id(mixed, 5)
		}
		c.identifyBlocks(within(b))
	}
}
