package slackbot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// answerMessage draws the answer to a command.
func answerMessage(a commands.Answer) message {
	if a.Grant != nil {
		return full(*a.Grant)
	}
	var content []slack.Block
	lines := []string{strings.ReplaceAll(safe(a.Text, sectionLimit), commands.PersonMark, mention(a.Person))}
	for _, not := range a.Failures {
		lines = append(lines, fmt.Sprintf("`%s` — %s", not.ID, refusalText(not.Why)))
	}
	for _, line := range lines { // as few sections as hold them
		content = joined(content, line)
	}
	switch {
	case len(a.Grants) > 0:
		content = append(content, grantsTable(a.Grants))
	case len(a.Events) > 0:
		content = append(content, eventsTable(a.Events, true))
	case len(a.Rules) > 0:
		content = append(content, rulesTable(a.Rules))
	}
	lines = append(lines, tableLines(a)...)
	more := ""
	switch {
	case a.More > 0 && a.Next != "":
		more = fmt.Sprintf("… and %d more: %s", a.More, code(a.Next, 300))
	case a.More > 0:
		more = fmt.Sprintf("… and %d more.", a.More)
	}
	if more != "" {
		lines, content = append(lines, more), append(content, section(more))
	}
	return message{text: fitting(lines), blocks: content}
}

// tableLines says in lines what a table shows.
func tableLines(a commands.Answer) (lines []string) {
	for _, g := range a.Grants {
		lines = append(lines, fmt.Sprintf("`%s` %s%s — %s on %s — %s", g.ID, statusText(g), alsoAsked(g), nameInText(g.Principal.Name, 64), nameInText(target(g), 200), mention(g.Requester)))
	}
	for _, h := range a.Events {
		name, on := subject(h.Grant)
		lines = append(lines, fmt.Sprintf("`%s` %s — %s on %s", h.Grant.ID, happened(h.Grant, h.Event), name, on))
	}
	for _, r := range a.Rules {
		line := fmt.Sprintf("%s in %s: %s, up to %s; approvals: %s", code(r.Bucket, 70), safe(r.Account, 64), safe(strings.Join(r.Levels, ", "), 200), r.MaxTerm, safe(commands.Approvals(r), 100))
		if len(r.Prefixes) > 0 {
			line += "; folders: " + safe(folders(r), 300)
		}
		lines = append(lines, line)
	}
	return lines
}

// fitting is as many of the lines as a message's text takes.
func fitting(lines []string) string {
	text := lines[0]
	for _, line := range lines[1:] {
		if len([]rune(text))+len([]rune(line))+3 > textLimit {
			return text + "\n…"
		}
		text += "\n" + line
	}
	return text
}

// joined adds a line to the last section, or a section with it.
func joined(content []slack.Block, line string) []slack.Block {
	if len(content) > 0 {
		last := content[len(content)-1].(*slack.SectionBlock).Text
		if both := last.Text + "\n" + line; len([]rune(both)) <= sectionLimit {
			last.Text = both
			return content
		}
	}
	return append(content, section(line))
}

// told is how many events of a history one message shows.
const told = 12

// full shows one grant with the end of its history.
func full(g grant.Grant) message {
	head := fmt.Sprintf("`%s` — %s", g.ID, statusText(g))
	content := append([]slack.Block{section(head)}, facts(g)...)
	content = append(content, textBlocks("Reason: "+g.Reason)...)
	var past []commands.Happening
	lines := []string{head}
	for _, ev := range g.History[max(0, len(g.History)-told):] {
		past = append(past, commands.Happening{Grant: g, Event: ev})
		lines = append(lines, happened(g, ev))
	}
	return message{text: fitting(lines), blocks: append(content, eventsTable(past, false))}
}

// happened is one event in a line.
func happened(g grant.Grant, ev grant.Event) string {
	var b strings.Builder
	b.WriteString(when(ev.At) + " " + eventLabel(g, ev))
	if ev.Half != "" {
		b.WriteString(" (" + string(ev.Half) + " half)")
	}
	if !ev.By.IsBot() {
		b.WriteString(" by " + mention(ev.By))
	}
	if why := reason(ev); why != "" {
		b.WriteString(": " + safe(why, 200))
	}
	return b.String()
}
