package blocks

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// AnswerMessage draws the answer to a command.
func AnswerMessage(a commands.Answer) Message {
	if a.Grant != nil {
		return Full(*a.Grant)
	}
	var content []slack.Block
	lines := []string{strings.ReplaceAll(localTimes(Safe(a.Text, SectionLimit)), commands.PersonMark, Mention(a.Person))}
	for _, not := range a.Failures {
		lines = append(lines, fmt.Sprintf("`%s` — %s", not.ID, RefusalText(not.Why)))
	}
	for _, line := range lines { // as few sections as possible
		content = Joined(content, line)
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
	if p := a.Page; p.Next != "" || p.Previous != "" {
		where := fmt.Sprintf("%d–%d of %d.", p.First, p.Last, p.Total)
		content = append(append(content, Section(where)), pageButtons(p)...)
		if p.Next != "" { // for readers of the text alone, who have no button
			where += " Next page: " + Code("/s3share "+p.Next, 300)
		}
		lines = append(lines, where)
	}
	return Message{Text: fitting(lines), Blocks: content}
}

// pageButtons returns the buttons that replace a page by its neighbours.
func pageButtons(p commands.Page) []slack.Block {
	var buttons []slack.BlockElement
	for _, b := range []struct{ action, command, label string }{
		{ActPrev, p.Previous, "Previous page"}, {ActNext, p.Next, "Next page"},
	} {
		if b.command != "" && len(b.command) <= valueLimit {
			buttons = append(buttons, slack.NewButtonBlockElement(b.action, b.command, Plain(b.label, 75)))
		}
	}
	if len(buttons) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock("pages", buttons...)}
}

// tableLines returns the contents of a table as lines.
func tableLines(a commands.Answer) (lines []string) {
	for _, g := range a.Grants {
		lines = append(lines, fmt.Sprintf("`%s` %s%s — %s — requested by %s", g.ID, StatusText(g), alsoPending(g), Summary(g),
			Mention(g.Requester)))
	}
	for _, h := range a.Events {
		lines = append(lines, fmt.Sprintf("`%s` %s — %s", h.Grant.ID, happened(h.Grant, h.Event), Summary(h.Grant)))
	}
	for _, r := range a.Rules {
		line := fmt.Sprintf("%s in %s: %s, up to %s; approvals: %s", Code(r.Bucket, 70), Safe(r.Account, 64),
			Safe(strings.Join(r.Levels, ", "), 200), r.MaxTerm, Safe(commands.Approvals(r), 100))
		if len(r.Prefixes) > 0 {
			line += "; folders: " + Safe(folders(r), 300)
		}
		lines = append(lines, line)
	}
	return lines
}

// fitting joins as many of the lines as fit into a message's text.
func fitting(lines []string) string {
	text := lines[0]
	for _, line := range lines[1:] {
		if len([]rune(text))+len([]rune(line))+3 > TextLimit {
			return text + "\n…"
		}
		text += "\n" + line
	}
	return text
}

// Joined appends a line to the last section, or to a new one.
func Joined(content []slack.Block, line string) []slack.Block {
	if len(content) > 0 {
		last := content[len(content)-1].(*slack.SectionBlock).Text
		if both := last.Text + "\n" + line; len([]rune(both)) <= SectionLimit {
			last.Text = both
			return content
		}
	}
	return append(content, Section(line))
}

// told is the most events in one message.
const told = 12

// Full draws one grant with its last events.
func Full(g grant.Grant) Message {
	head := fmt.Sprintf("`%s` — %s", g.ID, StatusText(g))
	content := append([]slack.Block{Section(head)}, Facts(g)...)
	content = append(content, TextBlocks("Reason: "+g.Reason)...)
	var past []commands.Happening
	lines := []string{head}
	below := g
	below.Reason = "" // it is in full above the events
	for _, ev := range g.History[max(0, len(g.History)-told):] {
		past = append(past, commands.Happening{Grant: below, Event: ev})
		lines = append(lines, happened(below, ev))
	}
	return Message{Text: fitting(lines), Blocks: append(content, eventsTable(past, false))}
}

// happened describes one event in a line.
func happened(g grant.Grant, ev grant.Event) string {
	var b strings.Builder
	b.WriteString(When(ev.At) + " " + eventLabel(g, ev))
	if !ev.By.IsBot() {
		b.WriteString(" by " + Mention(ev.By))
	}
	if why := commands.EventReason(g, ev); why != "" {
		b.WriteString(": " + Safe(why, 200))
	}
	return b.String()
}

// eventLabel returns the name of an event, with the part of the access that it is about.
func eventLabel(g grant.Grant, ev grant.Event) string {
	label := commands.EventLabel(g, ev)
	if ev.Half != "" {
		label += " (" + PartName(g, ev.Half) + ")"
	}
	return label
}
