package slackbot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// drawn draws the answer to a command.
func drawn(a commands.Answer, _ time.Time) message {
	if a.Grant != nil {
		return full(*a.Grant)
	}
	lines := []string{safe(a.Text, 2900)}
	for _, g := range a.Grants {
		lines = append(lines, fmt.Sprintf("`%s` %s — %s on %s — %s", g.ID, stands(g), safe(g.Principal.Name, 64), safe(target(g), 200), who(g.Requester)))
	}
	if a.More > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more.", a.More))
	}
	text := strings.Join(lines, "\n")
	if len([]rune(text)) <= 2900 {
		return message{text: text, blocks: []slack.Block{section(text)}}
	}
	m := message{text: lines[0]}
	for _, line := range lines {
		m.blocks = append(m.blocks, section(line))
	}
	return m
}

// full shows one grant with its history.
func full(g grant.Grant) message {
	head := fmt.Sprintf("`%s` — %s", g.ID, stands(g))
	blocks := []slack.Block{section(head), section(facts(g)), said("Reason: " + g.Reason)}
	var past []string
	for _, ev := range g.History {
		line := when(ev.At) + " " + string(ev.Kind)
		if ev.Half != "" {
			line += " (" + string(ev.Half) + " half)"
		}
		if !ev.By.IsBot() {
			line += " by " + who(ev.By)
		}
		if ev.Why != "" {
			line += ": " + safe(ev.Why, 200)
		}
		past = append(past, line)
	}
	blocks = append(blocks, section(strings.Join(past[max(0, len(past)-12):], "\n")))
	return message{text: head, blocks: blocks}
}
