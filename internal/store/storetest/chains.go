package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

func chains() []check {
	return []check{
		{"the chain", chain},
		{"links in pieces", linksInPieces},
		{"approvals", approvals},
	}
}

func leases() []check {
	return []check{{"leases and fences", fences}}
}

func races() []check {
	return []check{
		{"one winner of 32, 200 times", oneWinner},
		{"a lost race does not affect other commits", crowd},
		{"one cause, 32 times at once", oneDelivery},
		{"one owner of a lease", oneOwner},
	}
}

// chain checks a store's links by the chain's own rules, which the store need
// not know: each link follows its predecessor over the full text.
func chain(s *subject) {
	var want []grant.Entry
	for i := range 5 {
		c := store.Tx{At: noon}
		for j := range i {
			e := entry(grant.ID(fmt.Sprintf("G%d", i)), fmt.Sprintf("event %d", j))
			e.At = noon.Add(time.Duration(i) * time.Second)
			e.By = grant.Person{Team: "T0TEAM", User: "U0ADA"}
			e.Facts["text"] = "öäü <b>&</b> \u2028 \"quoted\""
			c.Entries = append(c.Entries, e)
		}
		s.mustCommit(c)
		want = append(want, c.Entries...)
	}
	links, err := s.Links(ctx, 0, 1000)
	if err != nil || len(links) != len(want) {
		s.Fatalf("%d links, %v; want %d", len(links), err, len(want))
	}
	var head grant.Head
	for i, l := range links {
		if err := audit.Check(head, l); err != nil {
			s.Errorf("link %d: %v", i, err)
		}
		text, err := audit.Encode(want[i])
		if err != nil || string(text) != string(l.Body) {
			s.Errorf("link %d holds %s; want %s", i, l.Body, text)
		}
		head = l.Head()
	}
	if got := s.head(); got.Seq != head.Seq || got.Hash != head.Hash || !got.At.Equal(head.At) || got.Seq != 10 {
		s.Errorf("verified up to %+v; want %+v", got, head)
	}
}

// A record lists exactly the entries that opened it, in order, with the number
// and the hash that they got in the same commit.
func approvals(s *subject) {
	opens := func(id grant.ID, kind string) grant.Entry {
		e := entry(id, kind)
		e.Opens = true
		return e
	}
	s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{small("A"), small("B")},
		Entries: []grant.Entry{entry("A", "asked"), opens("A", "first"), entry("B", "asked"), opens("OTHER", "first")}})
	a := s.get("A")
	kept := a
	s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{a},
		Entries: []grant.Entry{entry("A", "warn"), opens("A", "second"), opens("A", "third")}})
	s.mustRefuse(store.Tx{At: noon, Grants: []grant.Grant{a}, Entries: []grant.Entry{opens("A", "stale")}},
		store.ErrConflict)
	all, err := s.Chain(ctx, 0, 100)
	if err != nil || len(all) != 7 {
		s.Fatalf("%d entries, %v; want 7", len(all), err)
	}
	var want []grant.Ref
	for _, r := range all {
		if r.Grant == "A" && r.Kind != "asked" && r.Kind != "warn" {
			want = append(want, r.Ref)
		}
	}
	if diff := cmp.Diff(want, s.get("A").Approvals); diff != "" || len(want) != 3 || want[0].Seq != 2 || want[2].Seq != 7 {
		s.Errorf("A names other entries (-want +got):\n%s", diff)
	}
	if b := s.get("B"); len(b.Approvals) > 0 {
		s.Errorf("B names %v", b.Approvals)
	}
	if len(kept.Approvals) != 1 {
		s.Error("a commit changed its caller's values")
	}
	if piece, err := s.Chain(ctx, 1, 1); err != nil || len(piece) != 1 || piece[0].Kind != "first" ||
		piece[0].Grant != "A" || piece[0].Facts["bucket"] != "b" || piece[0].State != grant.Pending ||
		piece[0].Why != "because" {
		s.Errorf("the second entry is %+v, %v", piece, err)
	}
}

func linksInPieces(s *subject) {
	c := store.Tx{At: noon}
	for i := range 10 {
		c.Entries = append(c.Entries, entry("A", fmt.Sprint(i)))
	}
	s.mustCommit(c)
	for _, c := range []struct {
		after uint64
		limit int
		want  string
	}{
		{0, 3, "1 2 3"}, {3, 3, "4 5 6"}, {9, 3, "10"}, {10, 3, ""}, {11, 3, ""}, {0, 100, "1 2 3 4 5 6 7 8 9 10"},
	} {
		links, err := s.Links(ctx, c.after, c.limit)
		var got []string
		for _, l := range links {
			got = append(got, fmt.Sprint(l.Seq))
		}
		if err != nil || strings.Join(got, " ") != c.want {
			s.Errorf("after %d, at most %d: %v, %v; want %s", c.after, c.limit, got, err, c.want)
		}
	}
}

func fences(s *subject) {
	commit := func(epoch uint64) error {
		return s.Commit(ctx, store.Tx{
			At: noon, Entries: []grant.Entry{entry("A", "write")}, Fence: &store.Fence{Lease: "bucket", Epoch: epoch}})
	}
	if err := commit(0); !errors.Is(err, store.ErrFenced) {
		s.Errorf("a commit under a lease that was never acquired: %v", err)
	}
	acquire := func(owner string, now time.Time, want error) uint64 {
		s.Helper()
		epoch, err := s.Acquire(ctx, "bucket", owner, now, time.Minute)
		if !errors.Is(err, want) {
			s.Errorf("%s acquires at %s: %v; want %v", owner, now, err, want)
		}
		if want != nil && epoch != 0 {
			s.Errorf("%s did not acquire and has epoch %d", owner, epoch)
		}
		return epoch
	}
	first := acquire("one", noon, nil)
	if first == 0 {
		s.Error("the first epoch is 0, which means no lease")
	}
	acquire("two", noon.Add(59*time.Second), store.ErrFenced)
	if again := acquire("one", noon.Add(30*time.Second), nil); again != first {
		s.Errorf("renewed, epoch %d became %d", first, again)
	}
	acquire("two", noon.Add(89*time.Second), store.ErrFenced) // renewed until a minute after that
	if err := commit(first); err != nil {
		s.Errorf("the owner commits: %v", err)
	}
	second := acquire("two", noon.Add(90*time.Second), nil)
	if second <= first {
		s.Errorf("with another owner, epoch %d became %d", first, second)
	}
	for epoch, want := range map[uint64]error{
		0: store.ErrFenced, first: store.ErrFenced, second: nil, second + 1: store.ErrFenced} {
		if err := commit(epoch); !errors.Is(err, want) {
			s.Errorf("a commit with epoch %d of %d: %v; want %v", epoch, second, err, want)
		}
	}
	third := acquire("one", noon.Add(time.Hour), nil)
	if third <= second {
		s.Errorf("back with the first owner, epoch %d became %d", second, third)
	}
	if other, err := s.Acquire(ctx, "another bucket", "two", noon, time.Minute); err != nil || other == 0 {
		s.Errorf("another lease: %d, %v", other, err)
	}
	if s.head().Seq != 2 {
		s.Errorf("two commits were let through, and the chain has %d entries", s.head().Seq)
	}
}

const racers = 32

// race runs do 32 times concurrently, and returns the errors.
func race(do func(i int) error) []error {
	errs := make([]error, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for i := range racers {
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = do(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// tally counts the outcomes. Unknown outcomes are failures.
func (s *subject) tally(errs []error, lost error) (won, refused int) {
	s.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case errors.Is(err, lost):
			refused++
		default:
			s.Errorf("a racer got %v", err)
		}
	}
	return won, refused
}

func oneWinner(s *subject) {
	const rounds = 200
	s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{small("A")}})
	for round := range uint64(rounds) {
		won, _ := s.tally(race(func(i int) error {
			g := small("A", func(g *grant.Grant) { g.Version, g.Why = round+1, fmt.Sprint(i) })
			return s.Commit(ctx, store.Tx{
				At: noon, Grants: []grant.Grant{g}, Entries: []grant.Entry{entry("A", fmt.Sprint(i))}})
		}), store.ErrConflict)
		if won != 1 {
			s.Fatalf("round %d has %d winners", round, won)
		}
		links, err := s.Links(ctx, round, 10)
		if g := s.get("A"); err != nil || g.Version != round+2 || len(links) != 1 ||
			!strings.Contains(string(links[0].Body), `"kind":"`+g.Why+`"`) {
			s.Fatalf("round %d: version %d by %s, %d entries, %v", round, g.Version, g.Why, len(links), err)
		}
	}
	if head := s.head(); head.Seq != rounds {
		s.Errorf("%d rounds have %d entries", rounds, head.Seq)
	}
}

func crowd(s *subject) {
	s.mustCommit(everything("OLD"))
	before := s.head().Seq
	const rounds = 10
	for round := range rounds {
		won, lost := s.tally(race(func(i int) error {
			c := everything(fmt.Sprintf("R%dG%d", round, i))
			switch i % 8 {
			case 0:
				c.Expect = []store.Expect{{ID: "OLD", Version: 9}}
			case 4:
				c.Documents = append(c.Documents, store.Document{}) // no store can hold an empty note
				if err := s.Commit(ctx, c); err == nil {
					return nil
				}
				return store.ErrConflict
			}
			return s.Commit(ctx, c)
		}), store.ErrConflict)
		if won != racers*3/4 || lost != racers/4 {
			s.Fatalf("round %d: %d won and %d lost", round, won, lost)
		}
	}
	if got, want := s.head().Seq-before, uint64(rounds*racers*3/4*2); got != want {
		s.Errorf("%d entries more; want %d", got, want)
	}
}

func oneDelivery(s *subject) {
	for round := range 20 {
		won, _ := s.tally(race(func(i int) error {
			c := everything(fmt.Sprintf("R%dG%d", round, i))
			c.Causes = []string{fmt.Sprintf("envelope %d", round)}
			return s.Commit(ctx, c)
		}), store.ErrDuplicate)
		if won != 1 {
			s.Errorf("round %d: it counted %d times", round, won)
		}
	}
}

func oneOwner(s *subject) {
	for round := range 20 {
		won, _ := s.tally(race(func(i int) error {
			_, err := s.Acquire(ctx, fmt.Sprintf("lease %d", round), fmt.Sprintf("owner %d", i), noon, time.Minute)
			return err
		}), store.ErrFenced)
		if won != 1 {
			s.Errorf("round %d: %d own it", round, won)
		}
	}
}
