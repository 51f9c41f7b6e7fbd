package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// print prints the new and the changed messages since the last call.
func (w *world) print(out io.Writer) {
	for _, place := range slices.Concat([]string{"#s3-admins", "#data-team"}, everybody()) {
		for _, m := range w.seenIn(place) {
			key := place + m.Channel + m.TS
			before, seen := w.shown[key]
			if seen && before == m.Text {
				continue
			}
			mark := ""
			if seen {
				mark = "(now) "
			}
			w.shown[key] = m.Text
			fmt.Fprintf(out, "  [%s] %s%s\n", place, mark, strings.ReplaceAll(plain(m.Text), "\n", "\n    "))
			var labels []string
			for _, b := range m.Buttons() {
				labels = append(labels, "["+b.Label+"]")
			}
			if len(labels) > 0 {
				fmt.Fprintln(out, "    "+strings.Join(labels, " "))
			}
		}
	}
}

var (
	dates    = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)
	mentions = regexp.MustCompile(`<[@#]([A-Z0-9]+)>`)
	escapes  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// plain is a Slack text as people read it.
func plain(text string) string {
	text = dates.ReplaceAllString(text, "$1")
	text = mentions.ReplaceAllStringFunc(text, func(m string) string {
		id := m[2 : len(m)-1]
		if name := nameOf(id); name != id {
			return "@" + name
		}
		return m
	})
	return escapes.Replace(text)
}
