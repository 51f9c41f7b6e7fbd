package blocks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/grant"
)

// This file draws the list that stands for many waiting cards. Only *Open* is on it: the decision
// needs the card.

// ListedMost is the most requests of one list. So many lines stay within Slack's limits.
const ListedMost = 40

// listedLineMost is the most characters of a line.
const listedLineMost = 190

// A Listed is one request of a list.
type Listed struct {
	grant.Grant      // the lead of a batch
	Opened      bool // its card is posted
}

// List draws the requests of a list: a line for each, with *Open* while it waits.
func List(all []Listed) Message {
	waiting := 0
	var waitsFor []string
	content := []slack.Block{nil}
	for _, one := range all {
		line := one.Line()
		section := slack.NewSectionBlock(Mrkdwn(line), nil, nil)
		if one.isWaiting() {
			waiting++
			if who := onCard(one.Grant) + notified(one.Grant); !slices.Contains(waitsFor, who) {
				waitsFor = append(waitsFor, who)
			}
			if !one.Opened {
				section.Accessory = slack.NewAccessory(Button(ActOpen, "Open", one.Grant, ""))
			}
		}
		content = append(content, section)
	}
	text := listHead(len(all), waiting)
	content[0] = Section("*" + text + "*")
	if waiting > 0 {
		note := "*Open* posts the card of a request, where it can be decided."
		if len(waitsFor) <= 2 {
			note += " Waiting for " + strings.Join(waitsFor, ", or ") + "."
		}
		content = append(content, slack.NewContextBlock("", Mrkdwn(cutMarkup(note, 900))))
	}
	return Message{Text: text + ".", Blocks: content}
}

// listHead says how many requests of a list wait.
func listHead(all, waiting int) string {
	switch {
	case waiting == 0:
		return fmt.Sprintf("%d requests, none of them waiting any more", all)
	case waiting < all:
		return fmt.Sprintf("%d of %d requests %s waiting for a decision", waiting, all, areOrIs(waiting))
	}
	return fmt.Sprintf("%d requests %s waiting for a decision", all, areOrIs(all))
}

func areOrIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (l Listed) isWaiting() bool { return l.State == grant.Pending }

// Line describes a request, and its result once it is decided. It does not change after that.
func (l Listed) Line() string {
	g := l.Grant
	if g.State == "" {
		return fmt.Sprintf("`%s`: the record can't be read.", g.ID)
	}
	name, on := Subject(g)
	request := fmt.Sprintf("%s: %s, %s → %s for %s%s", Mention(g.Requester), Safe(g.Level.Name, 40), name, on, g.Term,
		andOthers(g))
	switch {
	case l.isWaiting() && l.Opened:
		return cutMarkup(request, listedLineMost-15) + " (card posted)"
	case l.isWaiting():
		return cutMarkup(request, listedLineMost)
	}
	result := cutMarkup(outcome(g, ""), 80)
	return "~" + cutMarkup(request, listedLineMost-90) + "~ " + Capital(result)
}

// ReminderOfListed draws the reminder of a request that is on a list: its buttons are on the card.
func ReminderOfListed(g grant.Grant, m Message) Message {
	return withButtons(m.Text, "reminder", Button(ActOpen, "Open", g, slack.StylePrimary))
}

// SecondList points from a duplicate of a list to the recorded one.
func SecondList() Message {
	text := "Duplicate: Slack did not confirm an earlier list of requests. Use the other one."
	return Message{Text: text, Blocks: []slack.Block{Section(text)}}
}
