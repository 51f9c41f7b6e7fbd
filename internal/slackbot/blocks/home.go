package blocks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"s3share/internal/commands"
	"s3share/internal/grant"
)

// homeMost is the most grants in one part of a Home. Slack allows 100
const homeMost = 12

// HomeView draws a Home: the person's actions, grants, pending decisions and recent grants.
func HomeView(p grant.Person, h commands.Home, now time.Time) slack.HomeTabViewRequest {
	request := slack.NewButtonBlockElement(ActForm, "home", Plain("Request access", 75))
	request.Style = slack.StylePrimary
	content := []slack.Block{
		Section("*Share an S3 bucket with a user or role of another account, for a limited time.*"),
		slack.NewActionBlock("home", request),
	}
	if h.Frozen != nil {
		content = append(content, Section(FrozenText(*h.Frozen)+
			"\nNew approvals are blocked; existing access runs until it expires."))
	}
	if waits := len(h.Waiting) + len(h.Awaiting); waits > 0 {
		decisions, answers := homeShares(len(h.Waiting), len(h.Awaiting))
		content = append(content, part(fmt.Sprintf("Waiting for your decision (%d)", waits))...)
		if shown, _, _ := BulkSelectable(h.Waiting); len(shown) > 1 {
			content = append(content,
				slack.NewActionBlock("several",
					slack.NewButtonBlockElement(ActSeveral, "home", Plain("Approve several…", 75))))
		}
		for _, g := range h.Waiting[:decisions] {
			content = append(content, waitsAtHome(g)...)
		}
		for _, w := range h.Awaiting[:answers] {
			content = append(content, askedAtHome(w)...)
		}
		content = append(content, more(waits, "/s3share list pending")...)
	}
	content = append(content, part("Your access")...)
	for _, g := range h.Open[:min(homeMost, len(h.Open))] {
		still, _ := left(g, now)
		line := fmt.Sprintf("%s — %s%s", AccessLineAt(g, now), StatusText(g), still)
		content = append(content, homeLine(g, line))
		if g.State == grant.Active {
			content = append(content, slack.NewActionBlock("", DoneButtons(g)...))
		}
	}
	if len(h.Open) == 0 {
		content = append(content, Section("You have no active access."))
	}
	content = append(content, more(len(h.Open), "/s3share list mine")...)
	if len(h.Requests) > 0 {
		content = append(content, part("Your requests")...)
		for _, g := range h.Requests[:min(homeMost, len(h.Requests))] {
			content = append(content, requestAtHome(p, g)...)
		}
		content = append(content, more(len(h.Requests), "/s3share list mine")...)
	}
	if len(h.Recent) > 0 {
		content = append(content, part("Recent")...)
		var past []slack.Block
		for _, g := range h.Recent {
			past = Joined(past, fmt.Sprintf("`%s` %s — %s", g.ID, Summary(g), StatusText(g)))
		}
		content = append(content, past...)
	}
	content = append(content,
		slack.NewContextBlock("drawn", Mrkdwn("Updated "+When(now)+" · `/s3share help` lists the commands.")))
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: content}}
}

func part(title string) []slack.Block {
	return []slack.Block{slack.NewDividerBlock(), slack.NewHeaderBlock(Plain(title, 150))}
}

func more(n int, command string) []slack.Block {
	if n <= homeMost {
		return nil
	}
	return []slack.Block{slack.NewContextBlock("", Mrkdwn(fmt.Sprintf("%d more: `%s`", n-homeMost, command)))}
}

func homeLine(g grant.Grant, text string) slack.Block {
	return Section("`" + string(g.ID) + "` " + text)
}

// waitsAtHome draws a pending decision with its reason. If it does not show all that an approver has to
// know, it is approved on its card.
func waitsAtHome(g grant.Grant) []slack.Block {
	actions := []string{ActApprove, ActDeny, ActDetails}
	line := decisionLine(g)
	if len(g.BatchIDs) > 0 && g.PendingExtension == nil {
		line = AsksForAll(g) + "\n" + reasonLine(g)
	}
	if !ShowsAll(g) {
		actions = actions[1:]
		line += "\n_To approve, use the card in the channel: it shows more than fits here._"
	}
	return []slack.Block{homeLine(g, line), slack.NewActionBlock("", homeButtons(g, actions...)...)}
}

// requestAtHome draws a request of the person's. It includes a pending consent, because the message
// that asks for it may be lost.
func requestAtHome(p grant.Person, g grant.Grant) []slack.Block {
	if g.NeedsConsent() && g.Beneficiary.Same(p) {
		return []slack.Block{homeLine(g, ConsentNotice(g, nil).Text), slack.NewActionBlock("", ConsentButtons(g)...)}
	}
	return []slack.Block{homeLine(g, RequestClause(g)+" — "+StatusText(g)),
		slack.NewActionBlock("", homeButtons(g, ActCancel)...)}
}

func homeButtons(g grant.Grant, actions ...string) (buttons []slack.BlockElement) {
	labels := map[string]string{ActApprove: "Approve", ActDeny: "Deny…", ActDetails: "Details",
		ActCancel: "Cancel"}
	for _, action := range actions {
		b := Button(action, labels[action], g, "")
		if action == ActApprove {
			b = ApproveButton(g)
		}
		buttons = append(buttons, b)
	}
	return buttons
}

// HomeDigest ignores the last line, which has the time of drawing.
func HomeDigest(v slack.HomeTabViewRequest) string {
	return Message{Blocks: slices.Clone(v.Blocks.BlockSet[:len(v.Blocks.BlockSet)-1])}.Digest()
}

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
	line, buttons := "", []slack.BlockElement{}
	open := g.State == grant.Approved || g.State == grant.Active
	end := Button(ActRevoke, "End…", g, "")
	why := "\nReason: " + Safe(strings.ReplaceAll(g.Reason, "\n", " "), reasonMost)
	switch w.For {
	case grant.ToRepair:
		line = fmt.Sprintf("%s — %s. To restore access, press *Restore* on its alert in the channel; to end it, press "+
			"*End…* here.", Summary(g), StatusText(g))
		buttons = append(buttons, end)
	case grant.ToReview:
		next := "Check how access was used, then close the review."
		if open {
			next = "You can close its review after access has ended."
			buttons = append(buttons, end)
		} else {
			buttons = append(buttons, Button(ActReview, "Close review…", g, ""))
		}
		line = fmt.Sprintf("Break-glass by %s: %s — %s. %s%s", Mention(g.Requester), AccessLine(g), StatusText(g), next, why)
	case grant.ToReconfirm:
		line = fmt.Sprintf("Still needed? %s, requested by %s. Access %s unless you extend it.%s", Summary(g),
			Mention(g.Requester), Dated("ends", g.ExpiresAt), why)
		buttons = append(buttons, Button(ActExtend, "Extend…", g, ""), end)
	}
	return []slack.Block{homeLine(g, line),
		slack.NewActionBlock("", append(buttons, Button(ActDetails, "Details", g, ""))...)}
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

// HomeLasts returns when the contents of a Home become wrong without any event; zero: never.
func HomeLasts(h commands.Home, now time.Time) (first time.Time) {
	for _, g := range h.Open[:min(homeMost, len(h.Open))] {
		if _, until := left(g, now); !until.IsZero() && (first.IsZero() || until.Before(first)) {
			first = until
		}
	}
	return first
}
