package reconcile

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// tableIn returns the table in a file's comment: the action by record and by AWS's state.
func tableIn(t *testing.T, file string) map[string]map[string]action {
	t.Helper()
	table, columns := map[string]map[string]action{}, []string(nil)
	for line := range strings.Lines(string(must(os.ReadFile(file)))) {
		row, isRow := strings.CutPrefix(line, "//\t")
		if !isRow {
			continue
		}
		cells := strings.Split(row, "|")
		for i := range cells {
			_, after, labelled := strings.Cut(cells[i], ":")
			if cells[i] = strings.TrimSpace(cells[i]); labelled {
				cells[i] = strings.TrimSpace(after)
			}
		}
		if columns == nil {
			columns = cells
			continue
		}
		table[cells[0]] = map[string]action{}
		for i, cell := range cells[1:] {
			table[cells[0]][columns[i+1]] = action(cell)
		}
	}
	return table
}

// extended returns an active grant whose extension is not yet in AWS.
func extended(t *testing.T) grant.Grant {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.extend(id, 60)
	return b.get(id)
}

// closings are the reasons to hold all grants back.
var closings = []reason{wrongClock, frozen, restoredStore, brokenChain, damagedJournal, damagedRecord, unknownReason}

// TestPlan holds the table in the comment of observation.plan, cell by cell, against the plan.
func TestPlan(t *testing.T) {
	g := extended(t)
	theirs := must(policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + foreign + `]}`)))
	correct := preflight.WithGrant(theirs, g, g.ExpiresAt)
	docs := map[string]policy.Document{
		"absent": theirs, "correct": correct,
		"earlier expiry":    preflight.WithGrant(theirs, g, g.ExpiresAt.Add(-time.Hour)),
		"different":         preflight.WithGrant(theirs, g, g.ExpiresAt.Add(time.Hour)),
		"deleted principal": must(policy.Parse([]byte(strings.ReplaceAll(string(correct.Bytes()), g.Principal.ARN, g.Principal.UniqueID)))),
	}
	wanted := observation{records: records{grants: []grant.Grant{g}}, now: g.StartAt.Add(time.Minute), owned: ownership{g.ID: true}}
	with := func(edit func(*observation)) observation {
		o := wanted
		edit(&o)
		return o
	}
	of := func(edit func(*grant.Grant)) observation {
		return with(func(o *observation) { one := g; edit(&one); o.grants = []grant.Grant{one} })
	}
	unreadable := func(d damaged) observation {
		return with(func(o *observation) { o.grants, o.damage, o.damaged = nil, true, map[grant.ID]damaged{g.ID: d} })
	}
	observations := map[string][]observation{
		"wanted": {wanted},
		"held back": {
			with(func(o *observation) { o.withheld = map[grant.ID]bool{g.ID: true} }),
			with(func(o *observation) { o.damage = true }),
		},
		"ending": {
			of(func(g *grant.Grant) { g.State = grant.Ending }),
			with(func(o *observation) { o.now = g.ExpiresAt }),
		},
		"drifted": {of(func(g *grant.Grant) { g.DriftedAt = noon })},
		"ended": {
			with(func(o *observation) { o.grants = nil }),
			with(func(o *observation) { o.grants, o.ended = nil, []grant.Grant{{ID: g.ID, State: grant.Ended}} }),
			unreadable(damaged{Grant: grant.Grant{ID: g.ID, State: grant.Ended}, known: true}),
		},
		"damaged": {unreadable(damaged{Grant: grant.Grant{ID: g.ID}}), unreadable(damaged{Grant: g, known: true})},
		"foreign": {with(func(o *observation) { o.grants, o.owned = nil, nil })},
	}
	for _, why := range closings {
		observations["held back"] = append(observations["held back"], with(func(o *observation) { o.gate = closed(why) }))
	}
	table := tableIn(t, "bucket_plan.go")
	if len(table) != len(observations) || len(table["wanted"]) != len(docs) {
		t.Errorf("the table has %d records, and %d are tested", len(table), len(observations))
	}
	for record, all := range observations {
		for state, doc := range docs {
			for i, o := range all {
				o.doc = doc
				if want, got := table[record][state], done(o.plan(), g.ID); got != want {
					t.Errorf("%s (%d), %s: the plan is to %s, want %s", record, i, state, got, want)
				}
			}
		}
	}
}

// done returns the effect of a plan on a grant's statements.
func done(pl plan, id grant.ID) action {
	adds := slices.ContainsFunc(pl.add, func(g grant.Grant) bool { return g.ID == id })
	before, after := preflight.Absent(pl.before, id), preflight.Absent(pl.base, id)
	foreign := func(st policy.Statement) bool { return preflight.IsOf(st, id) }
	switch {
	case !policy.SameForeign(pl.before, pl.base, foreign):
		return "change foreign statements"
	case before && adds:
		return add
	case adds && !after:
		return replace
	case !adds && !before && after:
		return remove
	case !adds && before == after:
		return leave
	}
	return "leave a gap"
}

// TestMembershipPlan does the same for a principal.
func TestMembershipPlan(t *testing.T) {
	g := extended(t)
	ending := g
	ending.State = grant.Ending
	wanted := membership{records: records{grants: []grant.Grant{g}}, now: g.StartAt.Add(time.Minute), who: g.Principal, ours: true}
	with := func(edit func(*membership)) membership {
		m := wanted
		edit(&m)
		return m
	}
	memberships := map[string][]membership{
		"wanted":    {wanted, with(func(m *membership) { m.grants = []grant.Grant{ending, g} })},
		"held back": {with(func(m *membership) { m.withheld = map[grant.ID]bool{g.ID: true} })},
		"unwanted": {
			with(func(m *membership) { m.grants = nil }),
			with(func(m *membership) { m.grants = []grant.Grant{ending} }),
			with(func(m *membership) { m.gate, m.grants = closed(frozen), nil }),
			with(func(m *membership) { m.now = g.ExpiresAt }),
		},
		"damaged": {with(func(m *membership) { m.needed = true }), with(func(m *membership) { m.needed, m.grants = true, nil })},
		"foreign": {with(func(m *membership) { m.ours, m.grants = false, nil })},
	}
	for _, why := range closings {
		memberships["held back"] = append(memberships["held back"], with(func(m *membership) { m.gate = closed(why) }))
	}
	table := tableIn(t, "principal_plan.go")
	if len(table) != len(memberships) {
		t.Errorf("the table has %d records, and %d are tested", len(table), len(memberships))
	}
	for record, all := range memberships {
		for state, want := range table[record] {
			for i, m := range all {
				m.member = state == "present"
				if got := m.plan(); got != want {
					t.Errorf("%s (%d), %s: the plan is to %s, want %s", record, i, state, got, want)
				}
				m.who.ARN, m.who.Kind = devARN, grant.KindRole
				if want := map[action]action{add: await, remove: leave, leave: leave}[want]; m.plan() != want {
					t.Errorf("%s (%d), %s, of a permission set: the plan is to %s, want %s", record, i, state, m.plan(), want)
				}
			}
		}
	}
}
