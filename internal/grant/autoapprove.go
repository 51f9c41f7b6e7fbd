package grant

import (
	"slices"
	"time"
)

// An AutoRule approves requests without a person. Its bounds keep short grants
// from adding up to a permanent one.
type AutoRule struct {
	Levels    []string // names; at least one
	MaxTerm   Term     // positive
	People    People   // who may use it; never empty
	PerDay    int      // requests of one person in 24 hours; at least 1
	WeekTotal Term     // for one principal on one bucket in seven days, extensions included; positive
}

const week = 7 * 24 * time.Hour

// AutoApproves reports whether the rule in g approves it without a person. If
// not, why is the reason, and approvers decide. asker is the requester with
// their current Slack data. past are all grants on the bucket and all grants of
// the requester.
func (r Rules) AutoApproves(g Grant, asker Actor, past []Grant, now time.Time) (ok bool, why string) {
	for _, auto := range g.Rule.Auto {
		if slices.Contains(auto.Levels, g.Level.Name) && g.Term <= auto.MaxTerm && auto.People.Include(asker) {
			return r.withinAuto(auto, g, past, now)
		}
	}
	return false, "no auto-approval covers it"
}

func (r Rules) withinAuto(auto AutoRule, g Grant, past []Grant, now time.Time) (ok bool, why string) {
	today, total, known := 0, g.Term.Duration(), false
	for _, p := range past {
		if p.ID == g.ID {
			continue
		}
		auto := p.Last(EventAutoApprove)
		if p.Requester.Same(g.Requester) && auto != nil && now.Sub(auto.At) < 24*time.Hour {
			today++
		}
		if p.Bucket.Name != g.Bucket.Name || p.Bucket.AccountID != g.Bucket.AccountID {
			continue
		}
		known = known || len(p.Decisions) > 0 && !p.ExpiresAt.IsZero() // an incomplete quorum does not count
		if p.Principal.ARN == g.Principal.ARN {
			total += openSince(p, now.Add(-week), now)
		}
	}
	switch {
	case g.BreakGlass || g.Scheduled || !g.StartAt.IsZero() || !g.Beneficiary.Same(g.Requester):
		return false, "only a request for oneself that starts at once is approved automatically"
	case len(r.OwnersOf(g.Principal.ARN)) == 0:
		return false, "the config names nobody behind the principal"
	case !known:
		return false, "no approver has approved a request for this bucket yet"
	case today >= auto.PerDay:
		return false, "the requester has reached the limit of a day"
	case total > auto.WeekTotal.Duration():
		return false, "the principal would exceed the limit of seven days on this bucket"
	}
	return true, ""
}

// openSince returns how long g was or will be open, from an instant on.
func openSince(g Grant, from, now time.Time) time.Duration {
	if g.ExpiresAt.IsZero() {
		return 0
	}
	end, start := g.ExpiresAt, g.StartAt
	if last := g.Last(EventEnd); last != nil && last.At.Before(end) {
		end = last.At
	}
	if start.Before(from) {
		start = from
	}
	return max(0, end.Sub(start))
}

// authorise checks that the rule approves without a person.
func (a AutoApprove) authorise(g Grant, _ time.Time) error {
	if a.Rule == nil || g.BreakGlass || len(a.Rule.Auto) == 0 {
		return refuseUnattended(g)
	}
	return nil
}

func (a AutoApprove) apply(g *Grant, ev *Event) {
	ev.Why = a.Why
	g.Rule = *a.Rule
	g.begin(ev)
}

func refuseUnattended(g Grant) *Refusal {
	return Refuse("The rule for %s approves nothing automatically.", g.Bucket.Name)
}
