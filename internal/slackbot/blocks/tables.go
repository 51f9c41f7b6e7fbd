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

// moment is a time in the reader's own time zone.
func moment(t time.Time) slack.RichTextSectionElement {
	otherwise := t.UTC().Format("2006-01-02 15:04 UTC")
	return slack.NewRichTextSectionDateElement(t.Unix(), "{date_short_pretty} at {time}", nil, &otherwise)
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
		access := fmt.Sprintf("%s: %s %s", g.Principal.Name, g.Level.Name, strings.TrimPrefix(Target(g), "s3://"))
		stands := shortStatus(g)
		if also := alsoAsked(g); also != "" {
			stands = append(stands, words(also, 40))
		}
		rows = append(rows, []slack.TableCell{cell(string(g.ID), 16), rich(stands...), cell(access, 200),
			personCell(g.Requester)})
	}
	return table([]string{"Id", "Stands", "Access", "Asked by"}, rows...)
}

// shortStatus describes the status of a grant in a few words.
func shortStatus(g grant.Grant) []slack.RichTextSectionElement {
	at := func(text string, t time.Time) []slack.RichTextSectionElement {
		return []slack.RichTextSectionElement{words(text+" ", 40), moment(t)}
	}
	text := string(g.State)
	switch {
	case g.State == grant.Checking && g.NeedsConsent():
		text = "to be confirmed"
	case g.State == grant.Checking:
		text = "being checked"
	case g.State == grant.Pending && len(g.Decisions) > 0:
		text = fmt.Sprintf("waits: %d of %d", len(g.Decisions), len(g.Decisions)+g.Missing())
	case g.State == grant.Pending:
		return at("waits, lapses", g.LapsesAt)
	case g.State == grant.Approved:
		text = "being applied"
	case g.State == grant.Active && !g.DriftedAt.IsZero():
		text = "interrupted"
	case g.State == grant.Active:
		return at("open until", g.ExpiresAt)
	case g.State == grant.Ending:
		text = string(g.Outcome) + ", being removed"
	case g.State == grant.Ended && g.Outcome == grant.Settled:
		text = "closed, not confirmed by AWS"
	case g.State == grant.Ended:
		return at(string(g.Outcome), g.EndedAt)
	}
	return []slack.RichTextSectionElement{words(text, 60)}
}

// eventsTable has a row for each event. The column of ids is optional.
func eventsTable(events []commands.Happening, ids bool) slack.Block {
	head := []string{"When", "What", "By", "Why"}
	if ids {
		head = []string{"When", "Id", "What", "By", "Why"}
	}
	var rows [][]slack.TableCell
	for _, h := range events {
		what := eventLabel(h.Grant, h.Event)
		if h.Event.Half != "" {
			what += " (" + string(h.Event.Half) + " half)"
		}
		row := []slack.TableCell{rich(moment(h.Event.At)), cell(what, 100), personCell(h.Event.By),
			cell(reason(h.Event), 200)}
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
	return table([]string{"Bucket", "Levels", "Up to", "Approvals", "Folders", "Account"}, rows...)
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

// alsoAsked describes an open question that the status does not mention.
func alsoAsked(g grant.Grant) string {
	switch qs := g.Questions(); {
	case slices.Contains(qs, grant.ToReview):
		return ", to be reviewed"
	case slices.Contains(qs, grant.ToReconfirm):
		return ", still needed?"
	case g.State == grant.Active && g.PendingExtension != nil:
		return ", extension asked"
	}
	return ""
}
