package storetest

import (
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func commits() []check {
	return []check{
		{"a change is stored as a whole", stored},
		{"a refused change has no effect", refusedAsAWhole},
		{"versions", versions},
		{"expected versions", expected},
		{"one record twice in a change", twiceInOne},
		{"a cause counts once", causes},
		{"a cause is kept while its act may come again", keptCauses},
		{"whether a cause was committed", committed},
		{"a change that cannot be stored", impossible},
		{"a large change", large},
	}
}

func stored(s *subject) {
	s.mustCommit(everything("A"))
	if g := s.get("A"); g.Version != 1 || g.State != grant.Pending {
		s.Errorf("the grant is %s at version %d", g.State, g.Version)
	}
	if d, err := s.Delivery(ctx, "A"); err != nil || d.Version != 1 || d.Told != 1 {
		s.Errorf("the delivery is %+v, %v", d, err)
	}
	if n, found := s.document("note A"); !found || n.Version != 1 || n.JSON != "text" {
		s.Errorf("the note is %+v", n)
	}
	for _, l := range []grant.Worker{grant.TimerWorker, grant.NoticeWorker} {
		if ids := s.due(l, noon); len(ids) != 1 || ids[0] != "A" {
			s.Errorf("%s finds %v due", l, ids)
		}
	}
	if head := s.head(); head.Seq != 2 {
		s.Errorf("the chain has %d entries", head.Seq)
	}
	s.mustCommit(store.Tx{At: noon}) // an empty change is valid too
}

// refusedAsAWhole violates one precondition at a time in a change that has all
// kinds of content.
func refusedAsAWhole(s *subject) {
	s.mustCommit(everything("OLD"))
	epoch, err := s.Acquire(ctx, "lease", "me", noon, 60e9)
	if err != nil {
		s.Fatal(err)
	}
	for i, c := range []struct {
		broken string
		edit   func(*store.Tx)
		want   error
	}{
		{"a grant that exists", func(c *store.Tx) { c.Grants = append(c.Grants, small("OLD")) }, store.ErrConflict},
		{"a grant that does not", func(c *store.Tx) { c.Grants[0].Version = 1 }, store.ErrConflict},
		{"a delivery that exists", func(c *store.Tx) { c.Deliveries = append(c.Deliveries, store.Delivery{ID: "OLD"}) },
			store.ErrConflict},
		{"a note that exists", func(c *store.Tx) { c.Documents = append(c.Documents, store.Document{Key: "note OLD"}) },
			store.ErrConflict},
		{"an expectation", func(c *store.Tx) { c.Expect = []store.Expect{{ID: "OLD", Version: 2}} }, store.ErrConflict},
		{"a cause", func(c *store.Tx) { c.Causes = append(c.Causes, "cause of OLD") }, store.ErrDuplicate},
		{"a fence", func(c *store.Tx) { c.Fence = &store.Fence{Lease: "lease", Epoch: epoch + 1} }, store.ErrFenced},
	} {
		change := everything(fmt.Sprintf("NEW%d", i))
		c.edit(&change)
		s.Logf("broken: %s", c.broken)
		s.mustRefuse(change, c.want)
		s.mustCommit(everything(fmt.Sprintf("NEW%d", i))) // its cause was not spent
	}
}

func versions(s *subject) {
	put := func(v uint64) store.Tx {
		return store.Tx{At: noon, Grants: []grant.Grant{small("A", func(g *grant.Grant) { g.Version = v })}}
	}
	s.mustRefuse(put(1), store.ErrConflict)
	s.mustCommit(put(0))
	for v := range uint64(3) {
		s.mustRefuse(put(v), store.ErrConflict)
		s.mustRefuse(put(v+2), store.ErrConflict)
		s.mustCommit(put(v + 1))
	}
	if got := s.get("A").Version; got != 4 {
		s.Errorf("after four changes it is at version %d", got)
	}

	s.mustCommit(store.Tx{At: noon, Deliveries: []store.Delivery{{ID: "A"}}, Documents: []store.Document{{Key: "A"}}})
	s.mustRefuse(store.Tx{At: noon, Deliveries: []store.Delivery{{ID: "A", Version: 2}}}, store.ErrConflict)
	s.mustRefuse(store.Tx{At: noon, Documents: []store.Document{{Key: "A", Version: 2}}}, store.ErrConflict)
	s.mustCommit(store.Tx{At: noon, Deliveries: []store.Delivery{{ID: "A", Version: 1, Told: 7}},
		Documents: []store.Document{{Key: "A", Version: 1, JSON: "more"}}})
	d, err := s.Delivery(ctx, "A")
	n, _ := s.document("A")
	if err != nil || d.Version != 2 || d.Told != 7 || n.Version != 2 || n.JSON != "more" || s.get("A").Version != 4 {
		s.Errorf("grant, delivery and note of one name: %d, %+v, %+v", s.get("A").Version, d, n)
	}
}

func expected(s *subject) {
	s.mustCommit(everything("A"))
	note := func(key string, e ...store.Expect) store.Tx {
		return store.Tx{At: noon, Documents: []store.Document{{Key: key}}, Expect: e}
	}
	s.mustCommit(note("1", store.Expect{ID: "A", Version: 1}))
	s.mustCommit(note("2", store.Expect{ID: "A", Version: 1}, store.Expect{ID: "NONE"}))
	s.mustRefuse(note("3", store.Expect{ID: "A"}), store.ErrConflict)
	s.mustRefuse(note("3", store.Expect{ID: "NONE", Version: 1}), store.ErrConflict)
	s.mustRefuse(note("3", store.Expect{ID: "A", Version: 1}, store.Expect{ID: "A", Version: 2}), store.ErrConflict)
	s.mustCommit(note("4", store.Expect{Key: "1", Version: 1}, store.Expect{Key: "NONE"}))
	s.mustRefuse(note("5", store.Expect{Key: "1"}), store.ErrConflict)
	s.mustRefuse(note("5", store.Expect{Key: "1", Version: 2}), store.ErrConflict)
	s.mustRefuse(note("5", store.Expect{Key: "A", Version: 1}), store.ErrConflict) // a grant is not a note
	s.mustRefuse(note("5", store.Expect{ID: "1", Version: 1}), store.ErrConflict)
	if v := s.get("A").Version; v != 1 {
		s.Errorf("a record that was only expected is at version %d", v)
	}
}

// Of two changes to one record, the second cannot have the version that both
// expect.
func twiceInOne(s *subject) {
	s.mustCommit(everything("A"))
	at1 := small("A", func(g *grant.Grant) { g.Version = 1 })
	s.mustRefuse(store.Tx{At: noon, Grants: []grant.Grant{at1, at1}}, store.ErrConflict)
	s.mustRefuse(store.Tx{At: noon, Grants: []grant.Grant{small("B"), small("B")}}, store.ErrConflict)
	s.mustRefuse(store.Tx{At: noon, Documents: []store.Document{{Key: "B"}, {Key: "B"}}}, store.ErrConflict)
	s.mustRefuse(store.Tx{At: noon, Deliveries: []store.Delivery{{ID: "B"}, {ID: "B"}}}, store.ErrConflict)
}

// A redelivery differs from a conflict. It is a duplicate even if the first
// delivery has changed the records.
func causes(s *subject) {
	first := everything("A")
	s.mustCommit(first)
	s.mustRefuse(first, store.ErrDuplicate)
	second := everything("B")
	second.Causes = []string{"another", "cause of A", "a third"}
	s.mustRefuse(second, store.ErrDuplicate)
	second.Causes = []string{"another", "a third"}
	s.mustCommit(second)
	for _, cause := range second.Causes {
		s.mustRefuse(store.Tx{At: noon, Causes: []string{cause}}, store.ErrDuplicate)
	}
	s.mustCommit(store.Tx{At: noon, Causes: []string{"one", "one"}})
}

// Asking about a cause does not spend it, and a refused change has not spent
// its own.
func committed(s *subject) {
	s.mustCommit(everything("A"))
	refused := everything("A")
	refused.Causes = []string{"cause of a refused change"}
	s.mustRefuse(refused, store.ErrConflict)
	for _, c := range []struct {
		after  time.Duration
		causes []string
		want   bool
	}{
		{0, nil, false},
		{0, []string{"cause of A"}, true},
		{0, []string{"another", "cause of A"}, true},
		{24 * time.Hour, []string{"cause of A"}, true},
		{-time.Hour, []string{"cause of A"}, true}, // by a clock that was set back
		{0, []string{"another"}, false},
		{0, []string{"cause of"}, false},
		{0, []string{""}, false},
		{0, refused.Causes, false},
	} {
		for range 2 {
			if have, err := s.Committed(ctx, noon.Add(c.after), c.causes...); err != nil || have != c.want {
				s.Errorf("%q, %s after: %v, %v; want %v", c.causes, c.after, have, err, c.want)
			}
		}
	}
	s.mustCommit(store.Tx{At: noon, Causes: []string{"another"}})
}

// A cause is kept while its act may be repeated, regardless of later commits.
func keptCauses(s *subject) {
	s.KeepCauses(func() (time.Time, bool) { return noon, true })
	s.mustCommit(store.Tx{At: noon.Add(time.Hour), Causes: []string{"of long ago"}})
	for n := range 100 {
		at := noon.Add(time.Duration(n) * 24 * time.Hour)
		s.mustCommit(store.Tx{At: at, Causes: []string{fmt.Sprint("of day ", n)}})
		if have, err := s.Committed(ctx, at, "another", "of long ago"); err != nil || !have {
			s.Fatalf("after %d days: %v, %v", n, have, err)
		}
		s.mustRefuse(store.Tx{At: at, Causes: []string{"of long ago"}}, store.ErrDuplicate)
	}
}

// A change that no store can hold fails alone; later changes succeed.
func impossible(s *subject) {
	for _, c := range []store.Tx{
		{At: noon, Grants: []grant.Grant{small("")}, Entries: []grant.Entry{entry("", "asked")}},
		{At: noon, Deliveries: []store.Delivery{{Told: 1}}},
		{At: noon, Documents: []store.Document{{JSON: "of no key"}}},
		{At: noon, Causes: []string{""}},
	} {
		before := s.head()
		err := s.Commit(ctx, c)
		if err == nil || errors.Is(err, store.ErrDuplicate) || errors.Is(err, store.ErrFenced) {
			s.Errorf("committing %+v: %v", c, err)
		}
		if s.head() != before {
			s.Errorf("%+v was refused and left an entry", c)
		}
	}
	s.mustCommit(everything("A"))
}

func large(s *subject) {
	const many = 1000
	c := store.Tx{At: noon}
	for i := range many {
		id := grant.ID(fmt.Sprintf("G%04d", i))
		c.Grants = append(c.Grants, small(id))
		c.DueTimes = append(c.DueTimes, grant.DueTime{Worker: grant.TimerWorker, ID: id, At: noon})
		c.Entries = append(c.Entries, entry(id, "asked"))
	}
	s.mustCommit(c)
	if n, seq := len(s.due(grant.TimerWorker, noon)), s.head().Seq; n != many || seq != many {
		s.Errorf("%d are due, the chain has %d entries", n, seq)
	}
	for i := range c.Grants {
		c.Grants[i].Version = 1
	}
	c.Grants[many-1].Version = 2 // one of a thousand
	s.mustRefuse(c, store.ErrConflict)
}
