package storetest

import (
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
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
	s.can(everything("A"))
	if g := s.get("A"); g.Version != 1 || g.State != grant.Pending {
		s.Errorf("the grant is %s at version %d", g.State, g.Version)
	}
	if d, err := s.Delivery(ctx, "A"); err != nil || d.Version != 1 || d.Told != 1 {
		s.Errorf("the delivery is %+v, %v", d, err)
	}
	if n, found := s.note("note A"); !found || n.Version != 1 || n.JSON != "text" {
		s.Errorf("the note is %+v", n)
	}
	for _, l := range []grant.Worker{grant.TimerWorker, grant.SlackWorker} {
		if ids := s.due(l, noon); len(ids) != 1 || ids[0] != "A" {
			s.Errorf("%s finds %v due", l, ids)
		}
	}
	if head := s.head(); head.Seq != 2 {
		s.Errorf("the chain has %d entries", head.Seq)
	}
	s.can(grant.Tx{At: noon}) // an empty change is valid too
}

// refusedAsAWhole violates one precondition at a time in a change that has all
// kinds of content.
func refusedAsAWhole(s *subject) {
	s.can(everything("OLD"))
	epoch, err := s.Acquire(ctx, "lease", "me", noon, 60e9)
	if err != nil {
		s.Fatal(err)
	}
	for i, c := range []struct {
		broken string
		edit   func(*grant.Tx)
		want   error
	}{
		{"a grant that exists", func(c *grant.Tx) { c.Grants = append(c.Grants, small("OLD")) }, grant.ErrConflict},
		{"a grant that does not", func(c *grant.Tx) { c.Grants[0].Version = 1 }, grant.ErrConflict},
		{"a delivery that exists", func(c *grant.Tx) { c.Deliveries = append(c.Deliveries, grant.Delivery{ID: "OLD"}) },
			grant.ErrConflict},
		{"a note that exists", func(c *grant.Tx) { c.Documents = append(c.Documents, grant.Document{Key: "note OLD"}) },
			grant.ErrConflict},
		{"an expectation", func(c *grant.Tx) { c.Expect = []grant.Expect{{ID: "OLD", Version: 2}} }, grant.ErrConflict},
		{"a cause", func(c *grant.Tx) { c.Causes = append(c.Causes, "cause of OLD") }, grant.ErrDuplicate},
		{"a fence", func(c *grant.Tx) { c.Fence = &grant.Fence{Lease: "lease", Epoch: epoch + 1} }, grant.ErrFenced},
	} {
		change := everything(fmt.Sprintf("NEW%d", i))
		c.edit(&change)
		s.Logf("broken: %s", c.broken)
		s.cannot(change, c.want)
		s.can(everything(fmt.Sprintf("NEW%d", i))) // its cause was not spent
	}
}

func versions(s *subject) {
	put := func(v uint64) grant.Tx {
		return grant.Tx{At: noon, Grants: []grant.Grant{small("A", func(g *grant.Grant) { g.Version = v })}}
	}
	s.cannot(put(1), grant.ErrConflict)
	s.can(put(0))
	for v := range uint64(3) {
		s.cannot(put(v), grant.ErrConflict)
		s.cannot(put(v+2), grant.ErrConflict)
		s.can(put(v + 1))
	}
	if got := s.get("A").Version; got != 4 {
		s.Errorf("after four changes it is at version %d", got)
	}

	s.can(grant.Tx{At: noon, Deliveries: []grant.Delivery{{ID: "A"}}, Documents: []grant.Document{{Key: "A"}}})
	s.cannot(grant.Tx{At: noon, Deliveries: []grant.Delivery{{ID: "A", Version: 2}}}, grant.ErrConflict)
	s.cannot(grant.Tx{At: noon, Documents: []grant.Document{{Key: "A", Version: 2}}}, grant.ErrConflict)
	s.can(grant.Tx{At: noon, Deliveries: []grant.Delivery{{ID: "A", Version: 1, Told: 7}},
		Documents: []grant.Document{{Key: "A", Version: 1, JSON: "more"}}})
	d, err := s.Delivery(ctx, "A")
	n, _ := s.note("A")
	if err != nil || d.Version != 2 || d.Told != 7 || n.Version != 2 || n.JSON != "more" || s.get("A").Version != 4 {
		s.Errorf("grant, delivery and note of one name: %d, %+v, %+v", s.get("A").Version, d, n)
	}
}

func expected(s *subject) {
	s.can(everything("A"))
	note := func(key string, e ...grant.Expect) grant.Tx {
		return grant.Tx{At: noon, Documents: []grant.Document{{Key: key}}, Expect: e}
	}
	s.can(note("1", grant.Expect{ID: "A", Version: 1}))
	s.can(note("2", grant.Expect{ID: "A", Version: 1}, grant.Expect{ID: "NONE"}))
	s.cannot(note("3", grant.Expect{ID: "A"}), grant.ErrConflict)
	s.cannot(note("3", grant.Expect{ID: "NONE", Version: 1}), grant.ErrConflict)
	s.cannot(note("3", grant.Expect{ID: "A", Version: 1}, grant.Expect{ID: "A", Version: 2}), grant.ErrConflict)
	s.can(note("4", grant.Expect{Key: "1", Version: 1}, grant.Expect{Key: "NONE"}))
	s.cannot(note("5", grant.Expect{Key: "1"}), grant.ErrConflict)
	s.cannot(note("5", grant.Expect{Key: "1", Version: 2}), grant.ErrConflict)
	s.cannot(note("5", grant.Expect{Key: "A", Version: 1}), grant.ErrConflict) // a grant is not a note
	s.cannot(note("5", grant.Expect{ID: "1", Version: 1}), grant.ErrConflict)
	if v := s.get("A").Version; v != 1 {
		s.Errorf("a record that was only expected is at version %d", v)
	}
}

// Of two changes to one record, the second cannot have the version that both
// expect.
func twiceInOne(s *subject) {
	s.can(everything("A"))
	at1 := small("A", func(g *grant.Grant) { g.Version = 1 })
	s.cannot(grant.Tx{At: noon, Grants: []grant.Grant{at1, at1}}, grant.ErrConflict)
	s.cannot(grant.Tx{At: noon, Grants: []grant.Grant{small("B"), small("B")}}, grant.ErrConflict)
	s.cannot(grant.Tx{At: noon, Documents: []grant.Document{{Key: "B"}, {Key: "B"}}}, grant.ErrConflict)
	s.cannot(grant.Tx{At: noon, Deliveries: []grant.Delivery{{ID: "B"}, {ID: "B"}}}, grant.ErrConflict)
}

// A redelivery differs from a conflict. It is a duplicate even if the first
// delivery has changed the records.
func causes(s *subject) {
	first := everything("A")
	s.can(first)
	s.cannot(first, grant.ErrDuplicate)
	second := everything("B")
	second.Causes = []string{"another", "cause of A", "a third"}
	s.cannot(second, grant.ErrDuplicate)
	second.Causes = []string{"another", "a third"}
	s.can(second)
	for _, cause := range second.Causes {
		s.cannot(grant.Tx{At: noon, Causes: []string{cause}}, grant.ErrDuplicate)
	}
	s.can(grant.Tx{At: noon, Causes: []string{"one", "one"}})
}

// Asking about a cause does not spend it, and a refused change has not spent
// its own.
func committed(s *subject) {
	s.can(everything("A"))
	refused := everything("A")
	refused.Causes = []string{"cause of a refused change"}
	s.cannot(refused, grant.ErrConflict)
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
	s.can(grant.Tx{At: noon, Causes: []string{"another"}})
}

// A cause is kept while its act may be repeated, regardless of later commits.
func keptCauses(s *subject) {
	s.KeepCauses(func() (time.Time, bool) { return noon, true })
	s.can(grant.Tx{At: noon.Add(time.Hour), Causes: []string{"of long ago"}})
	for n := range 100 {
		at := noon.Add(time.Duration(n) * 24 * time.Hour)
		s.can(grant.Tx{At: at, Causes: []string{fmt.Sprint("of day ", n)}})
		if have, err := s.Committed(ctx, at, "another", "of long ago"); err != nil || !have {
			s.Fatalf("after %d days: %v, %v", n, have, err)
		}
		s.cannot(grant.Tx{At: at, Causes: []string{"of long ago"}}, grant.ErrDuplicate)
	}
}

// A change that no store can hold fails alone; later changes succeed.
func impossible(s *subject) {
	for _, c := range []grant.Tx{
		{At: noon, Grants: []grant.Grant{small("")}, Entries: []grant.Entry{entry("", "asked")}},
		{At: noon, Deliveries: []grant.Delivery{{Told: 1}}},
		{At: noon, Documents: []grant.Document{{JSON: "of no key"}}},
		{At: noon, Causes: []string{""}},
	} {
		before := s.head()
		err := s.Commit(ctx, c)
		if err == nil || errors.Is(err, grant.ErrDuplicate) || errors.Is(err, grant.ErrFenced) {
			s.Errorf("committing %+v: %v", c, err)
		}
		if s.head() != before {
			s.Errorf("%+v was refused and left an entry", c)
		}
	}
	s.can(everything("A"))
}

func large(s *subject) {
	const many = 1000
	c := grant.Tx{At: noon}
	for i := range many {
		id := grant.ID(fmt.Sprintf("G%04d", i))
		c.Grants = append(c.Grants, small(id))
		c.DueTimes = append(c.DueTimes, grant.DueTime{Worker: grant.TimerWorker, ID: id, At: noon})
		c.Entries = append(c.Entries, entry(id, "asked"))
	}
	s.can(c)
	if n, seq := len(s.due(grant.TimerWorker, noon)), s.head().Seq; n != many || seq != many {
		s.Errorf("%d are due, the chain has %d entries", n, seq)
	}
	for i := range c.Grants {
		c.Grants[i].Version = 1
	}
	c.Grants[many-1].Version = 2 // one of a thousand
	s.cannot(c, grant.ErrConflict)
}
