package config

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the image has no time zone database

	"s3share/internal/grant"
)

// Defaults for access without an approval.
const (
	defaultAutoPerDay  = 3
	defaultGlassTerm   = grant.Term(60)
	defaultGlassPerDay = 2
)

// buildUnattended reads auto_approve, break_glass and lapse_hours of a rule.
func (b *builder) buildUnattended(r rule, rule *grant.Rule) {
	for _, a := range r.Auto {
		auto := grant.AutoRule{
			Levels: b.checkRuleLevels(a.Levels), MaxTerm: a.MaxTerm.or(rule.MaxTerm), People: a.people().build(b.p),
			PerDay: a.PerDay.or(defaultAutoPerDay),
		}
		auto.WeekTotal = a.WeekTotal.or(auto.MaxTerm * grant.Term(auto.PerDay))
		a.check(b.p, "auto_approve", auto.People, auto.MaxTerm, auto.PerDay, rule.MaxTerm)
		for _, level := range auto.Levels {
			if !slices.Contains(rule.Levels, level) {
				b.p.add(a.Levels.mark, "auto_approve has the level %s, which this rule does not share: remove it or add it to "+
					"the rule's levels", clip(level))
			}
		}
		if a.WeekTotal.ok && auto.WeekTotal < auto.MaxTerm {
			b.p.add(a.WeekTotal.mark, "week_total is %s, less than the max_term of %s: raise week_total or lower "+
				"max_term", auto.WeekTotal, auto.MaxTerm)
		}
		rule.Auto = append(rule.Auto, auto)
	}
	if g := r.BreakGlass; g != nil {
		glass := grant.BreakGlass{People: g.people().build(b.p),
			MaxTerm: g.MaxTerm.or(min(defaultGlassTerm, rule.MaxTerm)), PerDay: g.PerDay.or(defaultGlassPerDay)}
		g.check(b.p, "break_glass", glass.People, glass.MaxTerm, glass.PerDay, rule.MaxTerm)
		rule.BreakGlass = &glass
	}
	if r.Hours != nil {
		rule.Hours = r.Hours.build(b.p)
	}
}

func (u unattended) check(p *problems, what string, who grant.People, term grant.Term, perDay int,
	longest grant.Term) {
	if who.IsEmpty() && !u.people().bad() {
		p.add(u.mark, "%s has no users or groups: list some, like groups: [S0BUILD]", what)
	}
	if term > longest {
		p.add(u.MaxTerm.mark, "%s has a max_term of %s, but the rule's max_term is %s: lower it", what, term, longest)
	}
	if perDay < 1 {
		p.add(u.PerDay.mark, "per_day is %d: it must be at least 1", perDay)
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // in the order of time.Weekday

func (h hours) build(p *problems) *grant.Hours {
	out := &grant.Hours{From: 9 * time.Hour, To: 17 * time.Hour, Zone: h.Zone.or("UTC")}
	if !h.Days.ok {
		out.Days = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	}
	for _, d := range h.Days.v {
		n := slices.IndexFunc(weekdays, func(name string) bool { return strings.HasPrefix(strings.ToLower(d.v), name) })
		if n < 0 {
			p.add(d.mark, "%q is not a day: write mon, tue, wed, thu, fri, sat or sun", clip(d.v))
			continue
		}
		out.Days = append(out.Days, time.Weekday(n))
	}
	for _, f := range []struct {
		key  string
		text found[string]
		to   *time.Duration
	}{{"from", h.From, &out.From}, {"to", h.To, &out.To}} {
		if !f.text.ok {
			continue
		}
		t, err := time.Parse("15:04", f.text.v)
		if err != nil {
			p.add(f.text.mark, "%s is %q: write it like \"09:00\"", f.key, clip(f.text.v))
			continue
		}
		*f.to = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	switch _, err := time.LoadLocation(out.Zone); {
	case err != nil:
		p.add(h.Zone.mark, "%q is not a time zone: write it like Europe/Berlin", clip(out.Zone))
	case out.From >= out.To:
		p.add(h.mark, "lapse_hours end before they begin: set from to a time before to")
	case h.Days.ok && len(out.Days) == 0 && len(h.Days.v) == 0:
		p.add(h.Days.mark, "days is empty: name some, like [mon, tue], or leave it out for Monday to Friday")
	}
	return out
}
