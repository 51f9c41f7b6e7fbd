package slackbot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// safe escapes text that people typed, or that comes from AWS, and then cuts it
// to n characters as Slack counts them, never inside an entity.
func safe(s string, n int) string {
	var b strings.Builder
	left := n - 1 // for the ellipsis
	for _, r := range s {
		e := escapes.Replace(string(r))
		if size := len([]rune(e)); size > left {
			return b.String() + "…"
		} else {
			left -= size
		}
		b.WriteString(e)
	}
	return b.String()
}

// when shows an instant in the reader's own time zone.
func when(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), plainTime(t))
}

func plainTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// who mentions a person by the id in the record.
func who(p grant.Person) string {
	if p.IsBot() {
		return "s3share"
	}
	return "<@" + safe(p.User, 32) + ">"
}

func mrkdwn(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: s, Verbatim: true}
}

func plain(s string, n int) *slack.TextBlockObject {
	if r := []rune(s); len(r) > n {
		s = string(r[:n-1]) + "…"
	}
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s}
}

func section(s string) slack.Block { return slack.NewSectionBlock(mrkdwn(s), nil, nil) }

func said(s string) slack.Block { return slack.NewSectionBlock(plain(s, 3000), nil, nil) }
