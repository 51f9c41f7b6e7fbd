package alarm

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// A desk looks at a watch once a second, and keeps the reports.
type desk struct {
	w    Watch
	at   int // seconds
	deaf bool
	said []string
}

// look looks once. broken is the second of the outage's start; -1: no outage.
func (d *desk) look(broken int) bool {
	d.at++
	var began time.Time
	if broken >= 0 {
		began = noon.Add(time.Duration(broken) * time.Second)
	}
	tell := func(what string) func(time.Duration) bool {
		return func(lasted time.Duration) bool {
			if !d.deaf {
				d.said = append(d.said, fmt.Sprint(what, " ", lasted))
			}
			return !d.deaf
		}
	}
	return d.w.Look(noon.Add(time.Duration(d.at)*time.Second), began, tell("begins"), tell("ends"))
}

func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		looks []int // the start of the outage; -1: none
		deaf  []int // the looks whose report is not accepted
		want  string
	}{
		{"in order", 0, []int{-1, -1}, nil, ""},
		{"told at once, and once", 0, []int{1, 1, 1}, nil, "begins 0s"},
		{"and its end, once", 0, []int{1, 1, -1, -1}, nil, "begins 0s, ends 2s"},
		{"told after a while", 2 * time.Second, []int{1, 2, 3, 4}, nil, "begins 2s"},
		{"a short one is not told", 2 * time.Second, []int{1, 2, -1, 4, 5, -1}, nil, ""},
		{"what was not taken is told later", 0, []int{1, 1, 1, -1, -1, -1}, []int{1, 4}, "begins 1s, ends 4s"},
		{"an outage that ends before it is told", 0, []int{1, -1, -1}, []int{1}, ""},
		{"one that began earlier", 0, []int{0, -1}, nil, "begins 1s, ends 2s"},
		{"two", 0, []int{1, -1, 3, -1}, nil, "begins 0s, ends 1s, begins 0s, ends 1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &desk{w: Watch{After: c.after}}
			for i, broken := range c.looks {
				d.deaf = false
				for _, n := range c.deaf {
					d.deaf = d.deaf || n == i+1
				}
				said, before := len(d.said), d.w.Told()
				changed := d.look(broken)
				if changed != (len(d.said) > said) || changed != (d.w.Told() != before) {
					t.Errorf("look %d: changed %v, told %v before and %v after, said %q", i+1, changed, before, d.w.Told(), d.said)
				}
			}
			if got := strings.Join(d.said, ", "); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

// A restart neither repeats the beginning nor forgets the end.
func TestResume(t *testing.T) {
	d := &desk{w: Watch{After: time.Second}}
	d.look(1)
	d.look(1)
	d.w = Resume(time.Second, d.w.Told())
	d.look(3)
	d.look(-1)
	d.w = Resume(time.Second, d.w.Told())
	d.look(-1)
	if got := strings.Join(d.said, ", "); got != "begins 1s, ends 3s" {
		t.Errorf("told %q", got)
	}
}

// A clock that was set back makes no outage of a negative length.
func TestClockSetBack(t *testing.T) {
	d := &desk{at: 100}
	d.look(101)
	d.at = 50
	d.look(-1)
	if got := strings.Join(d.said, ", "); got != "begins 0s, ends 50s" {
		t.Errorf("told %q", got)
	}
}
