package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A report is a page with sections between markers, and a directory of plots
// beside it: docs/performance.md and docs/performance.
type report string

// A table is the result of one load: the runs of each subject, round by round.
type table struct {
	load     load
	subjects []subject
	results  [][]result
}

// loads writes the tables and plots of the loads. The last subject but the
// ack-only client is a peer; ratios are against each peer.
func (r report) loads(all []table, c conditions) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s. Medians of %d rounds in turn, %d people, Slack's limits %s.\n", machine(),
		len(all[0].results[1]), people, onOff(c.RateLimits))
	rate := plot{Title: "Acknowledged commands", Unit: "a second"}
	p99s := plot{Title: "Time to the acknowledgement, p99", Unit: "ms"}
	for _, t := range all {
		t.write(&text)
		t.addTo(&rate, &p99s)
	}
	for _, t := range all {
		t.ratios(&text)
	}
	text.WriteString("\n![Acknowledged commands a second](performance/throughput.svg)\n")
	text.WriteString("\n![Time to the acknowledgement, p99](performance/p99.svg)\n")
	return errors.Join(r.plot("throughput.svg", rate), r.plot("p99.svg", p99s), r.section("loads", text.String()))
}

// carriedOut is the column of the answers. The peers send none.
const carriedOut = "carried out in s"

// columns are the columns of a load's table: medians.
var columns = []struct {
	name, format string
	value        func(result) float64
}{
	{"acks/s", "%.0f", throughput},
	{"p50 ms", "%.2f", func(r result) float64 { return p50(r) * 1000 }},
	{"p99 ms", "%.2f", func(r result) float64 { return p99(r) * 1000 }},
	{"most ms", "%.1f", func(r result) float64 { return r.Slowest.Seconds() * 1000 }},
	{"un-acked", "%.0f", func(r result) float64 { return float64(r.None + r.Late) }},
	{carriedOut, "%.1f", func(r result) float64 { return r.CarriedOut.Seconds() }},
	{"RSS at rest MB", "%.0f", func(r result) float64 { return float64(r.Rest.RSS) / (1 << 20) }},
	{"most", "%.0f", func(r result) float64 { return float64(r.Peak.RSS) / (1 << 20) }},
	{"anonymous", "%.0f", func(r result) float64 { return float64(r.Peak.Anon) / (1 << 20) }},
	{"processor s", "%.1f", func(r result) float64 { return r.Processor.Seconds() }},
	{"AWS calls", "%.0f", func(r result) float64 { return float64(r.AWSCalls) }},
	{"Slack calls", "%.0f", func(r result) float64 { return float64(r.SlackCalls) }},
	{"written MB", "%.0f", func(r result) float64 { return float64(r.Written) / (1 << 20) }},
}

// write writes a load's table.
func (t table) write(text *strings.Builder) {
	how := fmt.Sprintf("%d in flight", t.load.InFlight)
	if t.load.Rate > 0 {
		how = fmt.Sprintf("%.0f a second", t.load.Rate)
	}
	fmt.Fprintf(text, "\n### %d commands, %s\n\n| program |", t.load.Commands, how)
	for _, c := range columns {
		text.WriteString(" " + c.name + " |")
	}
	text.WriteString(" load |\n|---|" + strings.Repeat("---|", len(columns)+1) + "\n")
	for n, s := range t.subjects {
		fmt.Fprintf(text, "| %s |", s.Name)
		for _, c := range columns {
			v := median(column(t.results[n], c.value))
			if c.name == carriedOut && v == 0 {
				text.WriteString(" – |")
				continue
			}
			fmt.Fprintf(text, " "+c.format+" |", v)
		}
		fmt.Fprintf(text, " %s |\n", t.results[n][len(t.results[n])-1].LoadAverage)
	}
}

// addTo adds the load's bars. The ack-only client would hide the others.
func (t table) addTo(rate, p99s *plot) {
	to, value := rate, throughput
	if t.load.Rate > 0 {
		to, value = p99s, func(r result) float64 { return p99(r) * 1000 }
	}
	to.Groups = append(to.Groups, t.load.Name)
	for n, s := range t.subjects[1:] {
		if len(to.Series) <= n {
			to.Series, to.Values = append(to.Series, s.Name), append(to.Values, nil)
		}
		to.Values[n] = append(to.Values[n], median(column(t.results[n+1], value)))
	}
}

// ratios writes the bot's ratios to each peer.
func (t table) ratios(text *strings.Builder) {
	for n, s := range t.subjects {
		if n < 2 {
			continue
		}
		value, what := throughput, "acks"
		if t.load.Rate > 0 {
			value, what = p99, "p99"
		}
		fmt.Fprintf(text, "\n%s: the bot's %s are %s those of `%s`.", t.load.Name, what,
			spread(t.results[1], t.results[n], value), s.Name)
	}
	text.WriteString("\n")
}

// burst writes the results of the bursts.
func (r report) burst(all []burstResult) error {
	var text strings.Builder
	text.WriteString("| program | grants in the policy | reads | writes | ms until the last write |\n" +
		"|---|---|---|---|---|\n")
	for _, b := range all {
		fmt.Fprintf(&text, "| %s | %d of %d | %d | %d | %d |\n", b.Name, b.Kept, burst, b.Reads, b.Writes,
			b.Took.Milliseconds())
	}
	return r.section("burst", text.String())
}

// growth writes the table and the plots of the sizes.
func (r report) growth(all []size) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s. Ended grants beside %d active ones; medians.\n\n", machine(), open)
	text.WriteString("| grants | ready ms | RSS after 20 s, most MB | anonymous MB | first sweep ms | `list all` ms | " +
		"store, log B a grant |\n|---|---|---|---|---|---|---|\n")
	panels := []plot{{Title: "Start to ready", Unit: "ms"}, {Title: "Resident memory after 20 s", Unit: "MB"},
		{Title: "First sweep", Unit: "ms"}, {Title: "`list all` to its answer", Unit: "ms"}}
	for n := range panels {
		panels[n].Series, panels[n].Values = []string{"bot"}, [][]float64{nil}
	}
	for n, z := range all {
		each := "–"
		if n > 0 {
			each = fmt.Sprintf("%.0f, %.0f", z.StoreBytes, z.LogBytes)
		}
		fmt.Fprintf(&text, "| %d | %.0f | %.0f, %.0f | %.0f | %.0f | %.1f | %s |\n", z.Grants, z.Ready*1000, z.Rest, z.Peak,
			z.Anon, z.Sweep*1000, z.List*1000, each)
		for m, v := range []float64{z.Ready * 1000, z.Rest, z.Sweep * 1000, z.List * 1000} {
			panels[m].Groups = append(panels[m].Groups, fmt.Sprint(z.Grants))
			panels[m].Values[0] = append(panels[m].Values[0], v)
		}
	}
	var faults []error
	for n, name := range []string{"ready.svg", "memory.svg", "sweep.svg", "list.svg"} {
		fmt.Fprintf(&text, "\n![%s](performance/%s)\n", panels[n].Title, name)
		faults = append(faults, r.plot(name, panels[n]))
	}
	return errors.Join(append(faults, r.section("growth", text.String()))...)
}

func (r report) plot(name string, p plot) error {
	if len(p.Groups) == 0 {
		return nil
	}
	if err := os.MkdirAll(string(r), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(string(r), name), []byte(p.svg()), 0o644)
}

// section replaces the text between the markers of a section.
func (r report) section(name, text string) error {
	page := string(r) + ".md"
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	replaced, err := between(string(old), name, text)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(replaced), 0o644)
}

func between(page, name, text string) (string, error) {
	begin, end := "<!-- loadtest "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, hasBegin := strings.Cut(page, begin)
	_, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasEnd {
		return "", fmt.Errorf("the markers of the section %s are missing", name)
	}
	return before + begin + text + end + after, nil
}

// machine names the machine.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, after, ok := strings.Cut(string(text), "model name"); ok {
			line, _, _ := strings.Cut(after, "\n")
			model = strings.TrimLeft(line, " \t:")
		}
	}
	return fmt.Sprintf("%d × %s, %s, %s", runtime.NumCPU(), model, runtime.Version(), runtime.GOOS)
}
