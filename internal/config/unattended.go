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
	for _, a := range r.auto {
		auto := grant.AutoRule{
			Levels: b.checkRuleLevels(a.levels), MaxTerm: a.maxTerm.or(rule.MaxTerm), People: b.buildPeopleList(a.people),
			PerDay: a.perDay.or(defaultAutoPerDay),
		}
		auto.WeekTotal = a.weekTotal.or(auto.MaxTerm * grant.Term(auto.PerDay))
		b.checkUnattended("auto_approve", a, auto.People, auto.MaxTerm, auto.PerDay, rule.MaxTerm)
		for _, level := range auto.Levels {
			if !slices.Contains(rule.Levels, level) {
				b.p.add(a.levels.mark, "auto_approve has the level %s, which this rule does not share: take it away, or add it "+
					"to the rule's levels", clip(level))
			}
		}
		if a.weekTotal.ok && auto.WeekTotal < auto.MaxTerm {
			b.p.add(a.weekTotal.mark, "week_total is %s, which is less than the max_term of %s: nothing that long could be "+
				"approved", auto.WeekTotal, auto.MaxTerm)
		}
		rule.Auto = append(rule.Auto, auto)
	}
	if g := r.breakGlass; g != nil {
		glass := grant.BreakGlass{People: b.buildPeopleList(g.people),
			MaxTerm: g.maxTerm.or(min(defaultGlassTerm, rule.MaxTerm)), PerDay: g.perDay.or(defaultGlassPerDay)}
		b.checkUnattended("break_glass", *g, glass.People, glass.MaxTerm, glass.PerDay, rule.MaxTerm)
		rule.BreakGlass = &glass
	}
	if r.hours != nil {
		rule.Hours = b.buildHours(*r.hours)
	}
}

func (b *builder) checkUnattended(what string, u unattended, who grant.People, term grant.Term, perDay int,
	longest grant.Term) {
	if who.IsEmpty() && !u.people.bad() {
		b.p.add(u.mark, "%s lists nobody: name users or groups, like groups: [S0BUILD]", what)
	}
	if term > longest {
		b.p.add(u.maxTerm.mark, "%s has a max_term of %s, and this rule shares for %s at most", what, term, longest)
	}
	if perDay < 1 {
		b.p.add(u.perDay.mark, "per_day is %d: it has to be at least 1", perDay)
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // in the order of time.Weekday

func (b *builder) buildHours(h hours) *grant.Hours {
	out := &grant.Hours{From: 9 * time.Hour, To: 17 * time.Hour, Zone: h.zone.or("UTC")}
	if !h.days.ok {
		out.Days = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	}
	for _, d := range h.days.v {
		n := slices.IndexFunc(weekdays, func(name string) bool { return strings.HasPrefix(strings.ToLower(d.v), name) })
		if n < 0 {
			b.p.add(d.mark, "%q is not a day: write mon, tue, wed, thu, fri, sat or sun", clip(d.v))
			continue
		}
		out.Days = append(out.Days, time.Weekday(n))
	}
	for _, f := range []struct {
		key  string
		text found[string]
		to   *time.Duration
	}{{"from", h.from, &out.From}, {"to", h.to, &out.To}} {
		if !f.text.ok {
			continue
		}
		t, err := time.Parse("15:04", f.text.v)
		if err != nil {
			b.p.add(f.text.mark, "%s is %q: write it like \"09:00\"", f.key, clip(f.text.v))
			continue
		}
		*f.to = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	switch _, err := time.LoadLocation(out.Zone); {
	case err != nil:
		b.p.add(h.zone.mark, "%q is not a time zone: write it like Europe/Berlin", clip(out.Zone))
	case out.From >= out.To:
		b.p.add(h.mark, "lapse_hours end before they begin: from has to be before to")
	case h.days.ok && len(out.Days) == 0 && len(h.days.v) == 0:
		b.p.add(h.days.mark, "days is empty: name some, like [mon, tue], or leave it out for Monday to Friday")
	}
	return out
}
