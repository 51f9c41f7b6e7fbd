package commands

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
	"s3share/internal/store/storetest"
)

func TestEndAll(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	var open []string
	for range 3 {
		open = append(open, o.active())
	}
	waits := o.pending()
	for _, c := range []struct{ by, text, want string }{
		{"UAUDIT", "end-all", "Name a target and a reason. Type `/s3share end-all <bucket[/prefix]|principal|@person|everything> [now] <reason>`."},
		{"UAUDIT", "end-all everything", "Name a target and a reason."},
		{"UADA", "end-all everything a leak", "Only responders can do that."},
		{"UAUDIT", "end-all my-other a leak", "Nothing to end: no active access on s3://my-other/."}, // a rule covers it
		{"UAUDIT", "end-all my-bucket/secrets a leak", "Nothing to end: no active access on s3://my-bucket/secrets/."},
		{"UAUDIT", "end-all build/role/test.user a leak", "No grant names the role build/role/test.user."},
		{"UAUDIT", "end-all build/tset.user: a leak", "No grant names the user build/tset.user."},
		{"UAUDIT", "end-all other-bucket a leak", "No rule and no grant names a bucket other-bucket."},
		{"UAUDIT", "end-all <@UNOBODY> a leak", "Slack does not know the person UNOBODY, and no grant names them."},
		{"UAUDIT", "end-all csv a leak", "No rule and no grant names a bucket csv."},
		{"UAUDIT", "end-all <@UEVE> a leak", "Nothing to end: no active access of " + PersonMark + "."},
		{"UAUDIT", "end-all " + open[0] + ": a leak", "Ending 1 grant, `" + open[0] + "`. Everyone affected will be notified."},
		// the owner of the principal
		{"UAUDIT", "end-all <@UTEST> now a leak", "Ending 2 grants of " + PersonMark + ". Everyone affected will be notified."},
		{"UAUDIT", "end-all everything, a leak", "Nothing to end: no active access. 1 request still waits for a decision; `/s3share freeze <reason>` blocks its approval."},
	} {
		o.answers(by(c.by), c.text, c.want)
	}
	for _, id := range open {
		if g := o.get(id); g.State != grant.Ending || g.Outcome != grant.Revoked || g.Why != "a leak" {
			t.Errorf("%s is %s, %s: %s", id, g.State, g.Outcome, g.Why)
		}
	}
	if g := o.get(waits); g.State != grant.Pending {
		t.Errorf("a request that waits is %s", g.State)
	}
}

// brokenCommits is a store that cannot commit a change of one grant.
type brokenCommits struct {
	store.Store
	id grant.ID
}

func (b brokenCommits) Commit(ctx context.Context, c store.Tx) error {
	if slices.ContainsFunc(c.Grants, func(g grant.Grant) bool { return g.ID == b.id }) {
		return errors.New("a bad page")
	}
	return b.Store.Commit(ctx, c)
}

// An end-all ends all other grants if one of them cannot be ended.
func TestEndAllEndsTheOthers(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	for range 3 {
		o.active()
	}
	broken := o.all()[0].ID // the first in the list
	o.configure(func(c *Config) { c.Store = brokenCommits{c.Store, broken} })
	o.answers(by("UAUDIT", "T1"), "end-all everything a leak", "a bad page")
	for _, g := range o.all() {
		if (g.State == grant.Active) != (g.ID == broken) {
			t.Errorf("grant %s is %s; %s cannot be ended", g.ID, g.State, broken)
		}
	}
}

// An end-all of many grants takes few commits. A repeated one, after a lost reply, ends none again and
// gives the same answer.
func TestEndAllInFewCommits(t *testing.T) {
	o := newOffice(t, 1)
	o.makeResponder("UAUDIT")
	o.activate(250)
	commits := 0
	o.config.Store.(*storetest.Memory).Made = func(store.Tx) { commits++ }
	for range 2 {
		o.answers(by("UAUDIT", "T1"), "end-all everything a leak", "Ending 250 grants. Everyone affected will be notified.")
		if commits != 4 {
			t.Errorf("%d commits, want one of the cutoff and three of a hundred grants each", commits)
		}
	}
	for _, g := range o.all() {
		if n := len(g.History); g.State != grant.Ending || g.History[n-2].Kind == grant.EventEnd {
			t.Fatalf("%s is %s: %v", g.ID, g.State, g.History)
		}
	}
}

// activate stores many copies of an active grant.
func (o *office) activate(many int) {
	o.t.Helper()
	first := o.get(o.active())
	tx := store.Tx{At: noon}
	for n := range many - 1 {
		g := first
		g.ID, g.Version = grant.ID(fmt.Sprintf("E%07d", n)), 0
		tx.Put(grant.Grant{}, g)
	}
	if err := o.config.Store.Commit(context.Background(), tx); err != nil {
		o.t.Fatal(err)
	}
}

// BenchmarkEndAll1000 measures an end-all of 1,000 grants in a store file that has 5,000 open ones.
func BenchmarkEndAll1000(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(b.TempDir(), "s3share.db")})
		if err != nil {
			b.Fatal(err)
		}
		o := newOffice(b, 1)
		o.makeResponder("UAUDIT")
		o.configure(func(c *Config) { c.Store = db })
		o.activate(5000)
		tx := store.Tx{At: noon}
		for _, g := range o.all()[:1000] {
			next := g
			next.Bucket.Name = "my-leak"
			tx.Put(g, next)
		}
		if err := db.Commit(context.Background(), tx); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		o.answers(by("UAUDIT", "T1"), "end-all my-leak a leak", "Ending 1000 grants")
		b.StopTimer()
		db.Close()
		b.StartTimer()
	}
}
