package slackbot

import (
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
	"s3share/internal/slackbot/blocks"
)

// homeShares divides homeMost between pending decisions and other questions. Each gets at least
// half if it needs that.
func homeShares(waiting, asked int) (decisions, answers int) {
	answers = min(asked, max(homeMost/2, homeMost-waiting))
	return min(waiting, homeMost-answers), answers
}

// askedAtHome draws a question about a grant. A restore is only possible on the question's own
// message: it opens access, and a Home may show an older drift.
func askedAtHome(w commands.PendingItem) []slack.Block {
	g := w.Grant
	name, on := blocks.Subject(g)
	line, buttons := "", []slack.BlockElement{}
	open := g.State == grant.Approved || g.State == grant.Active
	end := blocks.Button(blocks.ActRevoke, "End…", g, "")
	switch w.For {
	case grant.ToRepair:
		line = fmt.Sprintf("%s may %s %s — %s. Put it back with the button below its message in the channel, or end it.",
			name, blocks.Verb(g.Level.Name), on, blocks.StatusText(g))
		buttons = append(buttons, end)
	case grant.ToReview:
		line = fmt.Sprintf("Break-glass by %s: %s %s %s %s — %s; to be reviewed", blocks.Mention(g.Requester), name,
			blocks.AccessClause(g), blocks.Verb(g.Level.Name), on, blocks.StatusText(g))
		if open {
			buttons = append(buttons, end)
		} else {
			buttons = append(buttons, blocks.Button(blocks.ActReview, "Close review…", g, ""))
		}
	case grant.ToReconfirm:
		line = fmt.Sprintf("Still needed? %s %s %s %s, which %s asked for on %s; silence ends it %s", name,
			blocks.AccessClause(g), blocks.Verb(g.Level.Name), on, blocks.Mention(g.Requester), blocks.Day(g.AskedAt),
			blocks.When(g.ExpiresAt))
		buttons = append(buttons, blocks.Button(blocks.ActExtend, "Extend…", g, ""), end)
	}
	return []slack.Block{homeLine(g, line),
		slack.NewActionBlock("", append(buttons, blocks.Button(blocks.ActDetails, "Details", g, ""))...)}
}

// left describes the remaining time of g roughly, and until when that text is right. It is rough,
// so that Homes are rarely redrawn.
func left(g grant.Grant, now time.Time) (text string, until time.Time) {
	still := g.ExpiresAt.Sub(now)
	switch {
	case g.State != grant.Active || !g.DriftedAt.IsZero() || still <= 0:
		return "", time.Time{}
	case now.Before(g.StartAt):
		return "", g.StartAt
	case still < time.Hour:
		return ", less than an hour left", g.ExpiresAt
	case still < 2*time.Hour:
		return ", over an hour left", g.ExpiresAt.Add(-time.Hour)
	}
	unit, name := time.Hour, "hours"
	if still >= 48*time.Hour {
		unit, name = 24*time.Hour, "days"
	}
	n := still / unit
	return fmt.Sprintf(", over %d %s left", n, name), g.ExpiresAt.Add(-n * unit)
}

// turns records when a Home becomes wrong without any event.
func (h *homes) turns(p grant.Person, home commands.Home, now time.Time) {
	var first time.Time
	for _, g := range home.Open[:min(homeMost, len(home.Open))] {
		if _, until := left(g, now); !until.IsZero() && (first.IsZero() || until.Before(first)) {
			first = until
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, open := h.opened[p]; open && !first.IsZero() {
		h.until[p] = first
	} else {
		delete(h.until, p)
	}
}

// turned marks the Homes that have become wrong as due.
func (h *homes) turned(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, until := range h.until {
		if !now.Before(until) {
			h.due[p] = true
		}
	}
}
