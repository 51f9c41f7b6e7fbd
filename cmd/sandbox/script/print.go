package script

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"s3share/cmd/sandbox/world"
)

// A printer prints the messages that people get.
type printer struct {
	screen screen
	shown  map[string]string // the last text of each printed message
}

// print prints the new and the changed messages since the last call.
func (p printer) print(out io.Writer) {
	for _, place := range slices.Concat([]string{"#s3-admins", "#data-team"}, world.Names()) {
		for _, m := range p.screen.messages(place) {
			key := place + m.Channel + m.TS
			before, seen := p.shown[key]
			if seen && before == m.Text {
				continue
			}
			mark := ""
			if seen {
				mark = "(now) "
			}
			p.shown[key] = m.Text
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
		if name := world.Name(m[2 : len(m)-1]); name != "" {
			return "@" + name
		}
		return m
	})
	return escapes.Replace(text)
}
