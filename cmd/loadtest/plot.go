package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// A plot has groups of bars, one for each series. A bar that is not a number is
// left out.
type plot struct {
	Title, Unit string
	Groups      []string // below the bars
	Series      []string // in the legend
	Values      [][]float64
}

var colours = []string{"#1f6feb", "#8b949e", "#d29922", "#57ab5a"}

const (
	plotWidth, plotHeight = 640, 260
	plotTop, plotBottom   = 56, 226
	plotLeft, plotRight   = 56, 624
)

// svg draws the plot. Its text keeps its contrast on white and on black, so it
// has a background of its own.
func (p plot) svg() string {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="sans-serif" `+
		`font-size="12"><title>%s</title><rect width="100%%" height="100%%" fill="#fff"/>`+"\n", plotWidth, plotHeight,
		html.EscapeString(p.Title))
	text := func(x, y float64, anchor, s string) {
		fmt.Fprintf(&out, `<text x="%.0f" y="%.0f" text-anchor="%s" fill="#24292f">%s</text>`+"\n", x, y, anchor,
			html.EscapeString(s))
	}
	text(plotLeft, 18, "start", p.Title+" ("+p.Unit+")")
	for n, name := range p.Series {
		x := float64(plotLeft + 140*n)
		fmt.Fprintf(&out, `<rect x="%.0f" y="28" width="10" height="10" fill="%s"/>`, x, colours[n%len(colours)])
		text(x+16, 37, "start", name)
	}
	top := ceiling(p.Values)
	height := func(v float64) float64 { return v / top * (plotBottom - plotTop) }
	for _, share := range []float64{0, 0.5, 1} {
		y := plotBottom - height(top*share)
		fmt.Fprintf(&out, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#d0d7de"/>`, plotLeft, y, plotRight, y)
		text(plotLeft-6, y+4, "end", number(top*share))
	}
	group := float64(plotRight-plotLeft) / float64(len(p.Groups))
	bar := min(group*0.8/float64(len(p.Series)), 60)
	for i, name := range p.Groups {
		middle := plotLeft + group*(float64(i)+0.5)
		text(middle, plotBottom+18, "middle", name)
		for n := range p.Series {
			v := p.Values[n][i]
			if math.IsNaN(v) {
				continue
			}
			x := middle + bar*(float64(n)-float64(len(p.Series))/2)
			fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x+1, plotBottom-height(v), bar-2,
				height(v), colours[n%len(colours)])
			text(x+bar/2, plotBottom-height(v)-4, "middle", number(v))
		}
	}
	return out.String() + "</svg>\n"
}

// ceiling is the end of the axis: 1, 2 or 5 times a power of ten.
func ceiling(values [][]float64) float64 {
	most := 0.0
	for _, v := range slices.Concat(values...) {
		if !math.IsNaN(v) {
			most = max(most, v)
		}
	}
	if most == 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most)))
	for _, step := range []float64{1, 2, 5} {
		if most <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// number formats a value with three digits that count.
func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.1fk", v/1000)
	case v >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
