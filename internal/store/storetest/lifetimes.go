package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func lifetimes() []check {
	return []check{
		{"closed and opened again", reopened},
		{"a closed store", closed},
		{"a cancelled commit", cancelled},
	}
}

func reopened(s *subject) {
	g := full[grant.Grant]()
	g.ID, g.Version = "A", 0
	c := everything("B")
	c.Grants = append(c.Grants, g)
	s.mustCommit(c)
	epoch, err := s.Acquire(ctx, "lease", "me", noon, time.Minute)
	if err != nil {
		s.Fatal(err)
	}
	head := s.head()
	for range 2 {
		if err := s.Close(); err != nil {
			s.Fatalf("closing: %v", err)
		}
		s.Store = s.place.Open(s.T)
		g.Version = 1
		if diff := cmp.Diff(g, s.get("A")); diff != "" {
			s.Errorf("a grant came back otherwise:\n%s", diff)
		}
		if n, found := s.document("note B"); !found || n.JSON != "text" {
			s.Errorf("the note is %+v", n)
		}
		if d, err := s.Delivery(ctx, "B"); err != nil || d.Version != 1 {
			s.Errorf("the delivery is %+v, %v", d, err)
		}
		if got := words(s.due(grant.NoticeWorker, noon)); got != "B" {
			s.Errorf("due: %q", got)
		}
		if got := s.list(store.Query{Bucket: "my-shared-bucket-20932"}); got != "B" {
			s.Errorf("listed: %q", got)
		}
		if got := s.head(); got.Seq != head.Seq || got.Hash != head.Hash {
			s.Errorf("the chain ends in %+v; want %+v", got, head)
		}
		s.mustRefuse(store.Tx{At: noon, Causes: []string{"cause of B"}}, store.ErrDuplicate)
		if again, err := s.Acquire(ctx, "lease", "me", noon, time.Minute); err != nil || again != epoch {
			s.Errorf("the lease has epoch %d, %v; want %d", again, err, epoch)
		}
	}
	s.mustCommit(store.Tx{At: noon, Entries: []grant.Entry{entry("A", "more")}})
	if got := s.head(); got.Seq != head.Seq+1 {
		s.Errorf("the chain goes on at %d; want %d", got.Seq, head.Seq+1)
	}
}

// A closed store returns an error; it neither hangs nor panics.
func closed(s *subject) {
	s.mustCommit(everything("A"))
	if err := s.Close(); err != nil {
		s.Fatalf("closing: %v", err)
	}
	if err := s.Commit(ctx, everything("B")); err == nil {
		s.Error("a commit on a closed store succeeded")
	}
	if _, err := s.Get(ctx, "A"); err == nil {
		s.Error("a read from a closed store succeeded")
	}
	if err := s.Close(); err != nil {
		s.Errorf("closing once more: %v", err)
	}
}

// A caller that cancels during a commit does not know the outcome. The commit
// happens as a whole or not at all. A commit that is cancelled before the call
// never happens.
func cancelled(s *subject) {
	over, cancel := context.WithCancel(ctx)
	cancel()
	for range 20 { // repeated, to exclude luck
		if err := s.Commit(over, everything("BEFORE")); err == nil {
			s.Fatal("a cancelled commit succeeded")
		}
	}
	if s.get("BEFORE").Version != 0 || s.head().Seq != 0 {
		s.Error("a cancelled commit was made")
	}
	const rounds = 50
	made := uint64(0)
	for round := range rounds {
		name := fmt.Sprintf("R%02d", round)
		during, cancel := context.WithCancel(ctx)
		go cancel()
		err := s.Commit(during, everything(name))
		s.mustCommit(store.Tx{At: noon}) // wait for the commit in progress
		_, noted := s.document("note " + name)
		d, _ := s.Delivery(ctx, grant.ID(name))
		whole := s.get(grant.ID(name)).Version == 1
		if whole != noted || whole != (d.Version == 1) || err == nil && !whole {
			s.Errorf("%s: error %v; grant %v, note %v, delivery %d", name, err, whole, noted, d.Version)
		}
		if whole {
			made++
		}
	}
	if seq, n := s.head().Seq, uint64(len(s.due(grant.TimerWorker, forever))); seq != 2*made || n != made {
		s.Errorf("%d were made; %d entries, %d wakes", made, seq, n)
	}
}
