package grant

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNarrowed(t *testing.T) {
	read, write := BuiltinLevels()["read"], BuiltinLevels()["write"]
	less := Level{Name: "get", Object: []string{"s3:GetObject"}}
	const smaller = " A change can only narrow a request."
	for _, c := range []struct {
		name string
		to   Narrowing
		want string
	}{
		{"a folder inside", Narrowing{"builds/nightly", read, 8 * 60}, ""},
		{"a lower level", Narrowing{"builds", less, 8 * 60}, ""},
		{"a shorter term", Narrowing{"builds", read, 1}, ""},
		{"everything", Narrowing{"builds/a/b", less, 30}, ""},
		{"nothing", Narrowing{"builds", read, 8 * 60}, "You changed nothing. Approve the request as it is, or " +
			"narrow the folder, the level or the duration."},
		{"the whole bucket", Narrowing{"", read, 8 * 60}, "The request is for builds/, and the whole " +
			"bucket is not inside it." + smaller},
		{"a folder beside it", Narrowing{"builds2", read, 8 * 60}, "The request is for builds/, and " +
			"builds2/ is not inside it." + smaller},
		{"a folder above it", Narrowing{"build", read, 8 * 60}, "The request is for builds/, and " +
			"build/ is not inside it." + smaller},
		{"another level", Narrowing{"builds", write, 8 * 60}, "The level write allows more than the " +
			"requested read." + smaller},
		{"one action more", Narrowing{"builds", Level{Name: "get", Object: []string{"s3:GetObject", "s3:GetObjectAcl"}}, 60}, "The " +
			"level get allows more than the requested read." + smaller},
		{"a longer term", Narrowing{"builds", read, 8*60 + 1}, "The request is for 8h, so the duration has to be " +
			"between 1m and 8h."},
		{"no term", Narrowing{"builds", read, 0}, "The request is for 8h, so the duration has to be between 1m " +
			"and 8h."},
	} {
		if _, err := in(Pending).Narrowed(c.to); said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
}

// Earlier approvals were for another request, so a change voids them.
func TestChangeVoidsApprovals(t *testing.T) {
	rule := theRule()
	rule.Approvals = 2
	at := noon.Add(time.Hour)
	g := must(in(Pending).Apply(Approve{By: member(ada), Today: Today{Rule: &rule}}, at))
	n := Narrowing{Prefix: "builds/nightly", Level: g.Level, Term: 4 * 60}
	next := must(g.Apply(Narrow{By: member(bob), Today: Today{Rule: &rule}, To: n, Findings: Findings{Change: "as it is now"}}, at))
	const why = "builds/ → builds/nightly/, 8h → 4h"
	if ev := next.History[len(next.History)-1]; ev.Why != why || ev.By != bob {
		t.Errorf("told: %q by %s", ev.Why, ev.By.User)
	}
	if next.Missing() != 2 || len(next.Decisions) != 0 || next.State != Pending || next.Findings.Change != "as it is now" || len(g.Decisions) != 1 {
		t.Errorf("%d missing, %s, %q", next.Missing(), next.State, next.Findings.Change)
	}
	if _, err := next.Apply(Approve{By: member(ada), Today: Today{Rule: &rule}, Revision: g.Revision}, at); said(err) != "This "+
		"request has changed since that card was posted. Decide on the current card." {
		t.Errorf("a click on the card from before: %v", err)
	}
	yes := func(g Grant, by Person) Grant {
		return must(g.Apply(Approve{By: member(by), Today: Today{Rule: &rule}, Revision: g.Revision, Others: stillThere()}, at))
	}
	approved := yes(yes(next, ada), bob)
	if approved.State != Approved || !approved.ExpiresAt.Equal(at.Add(4*time.Hour)) {
		t.Errorf("%s until %s", approved.State, approved.ExpiresAt)
	}
	// Widening is possible up to the original request only.
	back := must(next.Apply(Narrow{By: member(ada), Today: Today{Rule: &rule}, Revision: next.Revision, To: Narrowing{Prefix: "builds", Level: g.Level, Term: 8 * 60}}, at))
	if back.Prefix != "builds" || back.Term != 8*60 || back.Revision != 2 {
		t.Errorf("back to %s for %s", back.Prefix, back.Term)
	}
	if _, err := back.Narrowed(Narrowing{Prefix: "", Level: g.Level, Term: 60}); err == nil {
		t.Error("after two changes it can be wider than what was asked for")
	}
}

// After any number of changes, a request stays within the original one.
func TestNarrowingNeverWidens(t *testing.T) {
	levels := []Level{BuiltinLevels()["read"], BuiltinLevels()["write"], BuiltinLevels()["full"], {Name: "all", Object: []string{"s3:*"}}, {Name: "get", Object: []string{"s3:GetObject"}}}
	prefixes := []string{"", "a", "a/b", "a/b/c", "ab", "a/bc", "b"}
	rapid.Check(t, func(t *rapid.T) {
		g := in(Pending)
		g.Prefix, g.Level, g.Term = rapid.SampledFrom(prefixes).Draw(t, "prefix"), rapid.SampledFrom(levels).Draw(t, "level"), 60
		first := g
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			n := Narrowing{rapid.SampledFrom(prefixes).Draw(t, "to"), rapid.SampledFrom(levels).Draw(t, "at"), Term(rapid.IntRange(-1, 61).Draw(t, "for"))}
			g, _ = g.Apply(Narrow{By: member(ada), Today: Today{Rule: ptr(theRule())}, Revision: g.Revision, To: n}, noon)
		}
		if !strings.HasPrefix(g.Prefix+"/", first.Prefix+"/") && first.Prefix != "" || g.Term > first.Term || g.Term < 1 {
			t.Fatalf("%q for %s of %q for %s", g.Prefix, g.Term, first.Prefix, first.Term)
		}
		for _, action := range g.Level.Object {
			if !slices.Contains(first.Level.Object, action) && !slices.Contains(first.Level.Object, "s3:*") {
				t.Fatalf("%s was not asked for", action)
			}
		}
	})
}

func TestChangeMustChangeSomething(t *testing.T) {
	rule := theRule()
	act := Narrow{By: member(ada), Today: Today{Rule: &rule}, To: in(Pending).AskedFor()}
	if _, err := in(Pending).Apply(act, noon); said(err) != "You changed nothing. Approve the request as it is, "+
		"or narrow the folder, the level or the duration." {
		t.Errorf("a change to the same: %v", err)
	}
}
