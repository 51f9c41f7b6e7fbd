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

// table returns a table. Slack allows one table of at most 100 rows in a message. A phone shows the
// first columns, so these are the most important. The text of the message has the same contents in
// lines, for notifications and screen readers.

func table(head []string, rows ...[]slack.TableCell) slack.Block {
	t := slack.NewTableBlock("")
	first := make([]slack.TableCell, len(head))
	settings := make([]slack.ColumnSetting, len(head))
	for i, name := range head {
		first[i] = cell(name, 30)
		settings[i] = slack.ColumnSetting{Align: slack.ColumnAlignmentLeft, IsWrapped: true}
	}
	t.AddRow(first...)
	for _, row := range rows {
		t.AddRow(row...)
	}
	return t.WithColumnSettings(settings...)
}

// cell is plain text. Slack allows no empty cell.
func cell(s string, n int) slack.TableCell {
	if strings.TrimSpace(s) == "" {
		s = "–"
	}
	return slack.NewTableRawTextCell(Plain(s, n).Text)
}

// rich is a cell of text, people and times.
func rich(parts ...slack.RichTextSectionElement) slack.TableCell {
	return slack.NewTableRichTextCell(slack.NewRichTextSection(parts...))
}

func words(s string, n int) slack.RichTextSectionElement {
	return slack.NewRichTextSectionTextElement(Plain(s, n).Text, nil)
}

// moment is a time in the reader's own time zone, with the words before it: see [Dated].
func moment(before string, t time.Time) slack.RichTextSectionElement {
	if before != "" {
		before += " "
	}
	otherwise := before + t.UTC().Format("2006-01-02 15:04 UTC")
	return slack.NewRichTextSectionDateElement(t.Unix(), before+"{date_short_pretty} at {time}", nil, &otherwise)
}

// personCell returns a cell that names a person without a notification.
func personCell(p grant.Person) slack.TableCell {
	if p.IsBot() {
		return cell("s3share", 30)
	}
	return rich(slack.NewRichTextSectionUserElement(p.User, nil))
}

// grantsTable has a row for each grant.
func grantsTable(gs []grant.Grant) slack.Block {
	var rows [][]slack.TableCell
	for _, g := range gs {
		status := shortStatus(g)
		if also := alsoPending(g); also != "" {
			status = append(status, words(also, 40))
		}
		access := fmt.Sprintf("%s, %s, %s", g.Principal.Name, g.Level.Name, Target(g))
		rows = append(rows, []slack.TableCell{cell(string(g.ID), 16), rich(status...), cell(access, 200),
			personCell(g.Requester)})
	}
	return table([]string{"ID", "Status", "Access", "Requester"}, rows...)
}

// shortStatus describes the status of a grant in a few words.
func shortStatus(g grant.Grant) []slack.RichTextSectionElement {
	text := string(g.State)
	switch {
	case g.State == grant.Checking && g.NeedsConsent():
		text = "to be confirmed"
	case g.State == grant.Checking:
		text = "AWS checks running"
	case g.State == grant.Pending && len(g.Decisions) > 0:
		text = fmt.Sprintf("pending, %d of %d approvals", len(g.Decisions), len(g.Decisions)+g.Missing())
	case g.State == grant.Pending:
		return []slack.RichTextSectionElement{words("pending, ", 40), moment("expires", g.LapsesAt)}
	case g.State == grant.Lapsed:
		text = "expired without a decision"
	case g.State == grant.Approved:
		text = "approved, waiting for AWS"
	case g.State == grant.Active && !g.DriftedAt.IsZero():
		text = "paused"
	case g.State == grant.Active && g.IsRestoring():
		text = "being restored"
	case g.State == grant.Active && g.Scheduled:
		return []slack.RichTextSectionElement{words("active ", 40), moment("from", g.StartAt), words(" ", 1),
			moment("until", g.ExpiresAt)}
	case g.State == grant.Active:
		return []slack.RichTextSectionElement{words("active ", 40), moment("until", g.ExpiresAt)}
	case g.State == grant.Ended && g.Outcome == grant.Settled:
		text = "closed, not confirmed by AWS"
	case g.State == grant.Ended:
		return []slack.RichTextSectionElement{moment(shortOutcome(g), g.EndedAt)}
	}
	return []slack.RichTextSectionElement{words(text, 60)}
}

// shortOutcome describes how a grant ended in one or two words.
func shortOutcome(g grant.Grant) string {
	if g.Outcome == grant.Relinquished || g.Outcome == grant.Revoked {
		return "ended early"
	}
	return string(g.Outcome)
}

// eventsTable has a row for each event. The column of ids is optional.
func eventsTable(events []commands.Happening, ids bool) slack.Block {
	head := []string{"Time", "Event", "By", "Reason"}
	if ids {
		head = []string{"Time", "ID", "Event", "By", "Reason"}
	}
	var rows [][]slack.TableCell
	for _, h := range events {
		row := []slack.TableCell{rich(moment("", h.Event.At)), cell(eventLabel(h.Grant, h.Event), 100),
			personCell(h.Event.By), cell(commands.EventReason(h.Grant, h.Event), 200)}
		if ids {
			row = append(row[:1:1], append([]slack.TableCell{cell(string(h.Grant.ID), 16)}, row[1:]...)...)
		}
		rows = append(rows, row)
	}
	return table(head, rows...)
}

// rulesTable has a row for each rule.
func rulesTable(rules []grant.Rule) slack.Block {
	var rows [][]slack.TableCell
	for _, r := range rules {
		rows = append(rows, []slack.TableCell{cell(r.Bucket, 70), cell(strings.Join(r.Levels, ", "), 100),
			cell(r.MaxTerm.String(), 20),
			cell(commands.Approvals(r), 60), cell(folders(r), 150), cell(r.Account, 64)})
	}
	return table([]string{"Bucket", "Access levels", "Longest duration", "Approvals", "Folders", "Account"}, rows...)
}

// folders describes the prefixes of a rule.
func folders(r grant.Rule) string {
	if len(r.Prefixes) == 0 {
		return "any"
	}
	var names []string
	for _, p := range r.Prefixes {
		if p == "" {
			p = "the whole bucket"
		}
		names = append(names, p)
	}
	return strings.Join(names, ", ")
}

// alsoPending describes an open question that the status does not mention.
func alsoPending(g grant.Grant) string {
	switch qs := g.Questions(); {
	case slices.Contains(qs, grant.ToReview):
		return ", review pending"
	case slices.Contains(qs, grant.ToReconfirm):
		return ", still needed?"
	case g.State == grant.Active && g.PendingExtension != nil:
		return ", extension pending"
	}
	return ""
}
