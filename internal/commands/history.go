package commands

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// history lists the events of the grants that match a filter and that the caller may see, newest
// first. It includes ended grants. With CSV it returns all events as a file.
func (q *Queries) history(ctx context.Context, c Invocation, t parse.History) (Answer, error) {
	f := filter{t.Filter}
	found, err := find(ctx, q.store, f)
	if err != nil {
		return Answer{}, err
	}
	visible := q.visible(ctx, c, found)
	found = q.rules.matching(f, visible)
	if len(found) == 0 {
		if err := q.rules.isKnown(f, visible); err != nil {
			return Answer{}, err
		}
		if err := q.directory.isPerson(ctx, c, f, visible); err != nil {
			return Answer{}, err
		}
		return Answer{Text: fmt.Sprintf("There is no history%s that you can see.", f.of()),
			Person: grant.Person{User: f.Person}}, nil
	}
	events := happeningsOf(found)
	if t.CSV {
		content, err := inCSV(events)
		if err != nil {
			return Answer{}, fmt.Errorf("writing a history: %w", err)
		}
		name := "s3share-history-" + q.now().UTC().Format("20060102-150405") + ".csv"
		return Answer{Text: fmt.Sprintf("I sent you the history of %s in a direct message: `%s`.", grants(len(found)), name),
			File: &File{Name: name, Content: content}}, nil
	}
	slices.Reverse(events)
	a := Answer{Text: fmt.Sprintf("History%s, newest first:", f.of()), Person: grant.Person{User: f.Person}}
	a.Events, a.Page, err = paginate(events, f.Page, "history"+f.typed())
	return a, err
}

// happeningsOf returns the events of some grants, oldest first.
func happeningsOf(gs []grant.Grant) (all []Happening) {
	for _, g := range gs {
		for _, ev := range g.History {
			all = append(all, Happening{g, ev})
		}
	}
	slices.SortStableFunc(all, func(a, b Happening) int { return a.Event.At.Compare(b.Event.At) })
	return all
}

// csvHead names the columns of the file.
var csvHead = []string{"time", "id", "event", "by", "event reason", "state", "requester", "beneficiary", "approvers",
	"principal", "bucket", "folder", "access level", "duration", "expires", "request reason"}

// inCSV formats events as CSV. It prefixes a cell with an apostrophe if a spreadsheet would read it
// as a formula, because cells contain people's text.
func inCSV(events []Happening) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{slices.Clone(csvHead)}
	for _, h := range events {
		g, ev := h.Grant, h.Event
		rows = append(rows, []string{stamp(ev.At), string(g.ID), EventLabel(g, ev), cmp.Or(ev.By.User, "s3share"), ev.Why,
			string(ev.To), g.Requester.User, g.Beneficiary.User, approversOf(g), g.Principal.ARN, g.Bucket.Name, g.Prefix,
			g.Level.Name, g.Term.String(), stamp(g.ExpiresAt), g.Reason})
	}
	for _, row := range rows {
		for i, cell := range row {
			if strings.ContainsRune("=+-@\t\r", firstRune(cell)) {
				row[i] = "'" + cell
			}
		}
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// approversOf lists the people who approved a grant.
func approversOf(g grant.Grant) string {
	var ids []string
	for _, d := range g.Decisions {
		ids = append(ids, d.By.User)
	}
	return strings.Join(ids, " ")
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
