package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"s3share/internal/grant"
	"s3share/internal/store"
)

func reads() []check {
	return []check{
		{"missing records", nothing},
		{"every member of a record", members},
		{"empty members", empties},
		{"due records", due},
		{"wakes are replaced and removed", wakes},
		{"lists by every filter", lists},
		{"lists come newest first, and end at the limit", listOrder},
		{"a list follows its grants", listFollows},
		{"lists match a scan of all records", listAny},
		{"a damaged record stops no other", damaged},
	}
}

// A Damager is a store that lets a test damage the record of a grant.
type Damager interface {
	Damage(id grant.ID)
}

func damaged(s *subject) {
	d, ok := s.Store.(Damager)
	if !ok {
		s.Skip("its records cannot be damaged here")
	}
	s.mustCommit(everything("A"))
	s.mustCommit(everything("B"))
	d.Damage("A")
	if _, err := s.Get(ctx, "A"); !errors.Is(err, store.ErrUnreadable) {
		s.Errorf("the damaged record: %v", err)
	}
	if g := s.get("B"); g.Version != 1 {
		s.Errorf("the other record is at version %d", g.Version)
	}
	if gs, err := s.List(ctx, store.Query{}); err != nil || len(gs) != 1 || gs[0].ID != "B" {
		s.Errorf("a list has %v, %v", gs, err)
	}
	if ids := s.due(grant.TimerWorker, noon); len(ids) != 1 || ids[0] != "B" {
		s.Errorf("due are %v", ids)
	}
	bad := s.Unreadable(ctx)
	if len(bad) != 1 || bad[0].ID != "A" || bad[0].What != store.RecordOfGrant || bad[0].Why == "" {
		s.Errorf("damaged are %+v", bad)
	}
	at1 := small("A", func(g *grant.Grant) { g.Version = 1 })
	s.mustRefuseForever(store.Tx{At: noon, Grants: []grant.Grant{at1}}, store.ErrUnreadable)
	s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{small("B", func(g *grant.Grant) { g.Version = 1 })}})
}

func nothing(s *subject) {
	if _, err := s.Get(ctx, "NONE"); !errors.Is(err, store.ErrNotFound) {
		s.Errorf("a grant: %v", err)
	}
	if _, err := s.Document(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		s.Errorf("a note: %v", err)
	}
	if d, err := s.Delivery(ctx, "NONE"); err != nil || d.ID != "NONE" || d.Version != 0 {
		s.Errorf("a delivery: %+v, %v; want a new one", d, err)
	}
	if ids := s.due(grant.TimerWorker, forever); len(ids) != 0 {
		s.Errorf("due: %v", ids)
	}
	if gs, err := s.List(ctx, store.Query{}); err != nil || len(gs) != 0 {
		s.Errorf("list: %v, %v", gs, err)
	}
	if head := s.head(); head != (grant.Head{}) {
		s.Errorf("the head of an empty chain is %+v", head)
	}
}

func members(s *subject) {
	g, d, n := full[grant.Grant](), full[store.Delivery](), full[store.Document]()
	g.ID, g.Version, d.ID, d.Version, n.Version = "A", 0, "A", 0, 0
	all := store.Tx{At: noon, Grants: []grant.Grant{g}, Deliveries: []store.Delivery{d}, Documents: []store.Document{n}}
	s.mustCommit(all)
	g.Version, d.Version, n.Version = 1, 1, 1
	if diff := cmp.Diff(g, s.get("A")); diff != "" {
		s.Errorf("a grant came back otherwise:\n%s", diff)
	}
	if gs, err := s.List(ctx, store.Query{Bucket: g.Bucket.Name, States: []grant.State{g.State}}); err != nil ||
		len(gs) != 1 || !cmp.Equal(g, gs[0]) {
		s.Errorf("from a list a grant came back otherwise: %v, %v", gs, err)
	}
	if got, err := s.Delivery(ctx, "A"); err != nil || !cmp.Equal(d, got) {
		s.Errorf("a delivery came back otherwise, %v:\n%s", err, cmp.Diff(d, got))
	}
	if got, err := s.Document(ctx, n.Key); err != nil || !cmp.Equal(n, got) {
		s.Errorf("a note came back otherwise, %v:\n%s", err, cmp.Diff(n, got))
	}
}

// An engine may not distinguish a missing value from an empty one. An empty
// value must neither become a missing record nor a different value.
func empties(s *subject) {
	bare := grant.Grant{ID: "A", State: grant.Pending}
	none := small("B", func(g *grant.Grant) {
		g.Parts, g.History, g.Warnings, g.Decisions = []grant.Part{}, []grant.Event{}, []time.Duration{}, nil
	})
	s.mustCommit(store.Tx{
		At: noon, Grants: []grant.Grant{bare, none}, Deliveries: []store.Delivery{{ID: "A"}},
		Documents: []store.Document{{Key: "empty"}},
		Entries:   []grant.Entry{{At: noon, Kind: "start"}, {At: noon, Kind: "start", Facts: map[string]string{}}},
	})
	bare.Version, none.Version = 1, 1
	for _, want := range []grant.Grant{bare, none} {
		if diff := cmp.Diff(want, s.get(want.ID), cmpopts.EquateEmpty()); diff != "" {
			s.Errorf("a grant came back otherwise:\n%s", diff)
		}
	}
	if n, found := s.document("empty"); !found || n.Version != 1 || n.JSON != "" {
		s.Errorf("a note without text: found %v, %+v", found, n)
	}
	if d, err := s.Delivery(ctx, "A"); err != nil || d.Version != 1 {
		s.Errorf("an empty delivery: %+v, %v", d, err)
	}
	if head := s.head(); head.Seq != 2 {
		s.Errorf("the chain has %d entries", head.Seq)
	}
}

func due(s *subject) {
	at := func(l grant.Worker, id grant.ID, t time.Time) grant.DueTime {
		return grant.DueTime{Worker: l, ID: id, At: t}
	}
	s.mustCommit(store.Tx{At: noon, DueTimes: []grant.DueTime{
		at(grant.TimerWorker, "LATER", noon.Add(1)),
		at(grant.TimerWorker, "NOW", noon),
		at(grant.TimerWorker, "LONG", noon.Add(-240*time.Hour)),
		at(grant.TimerWorker, "SOON", noon.Add(-1)),
		at(grant.TimerWorker, "OLD", time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)),
		at(grant.TimerWorker, "FAR", time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)),
		at(grant.OwnerWorker, "OTHER", noon.Add(-time.Hour)),
	}})
	for _, c := range []struct {
		loop  grant.Worker
		now   time.Time
		limit int
		want  string
	}{
		{grant.TimerWorker, noon, 10, "OLD LONG SOON NOW"},
		{grant.TimerWorker, noon, 2, "OLD LONG"},
		{grant.TimerWorker, noon.Add(-1), 10, "OLD LONG SOON"},
		{grant.TimerWorker, noon.Add(1), 10, "OLD LONG SOON NOW LATER"},
		{grant.TimerWorker, noon.In(time.FixedZone("CET", 3600)), 10, "OLD LONG SOON NOW"},
		{grant.TimerWorker, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), 10, "OLD LONG SOON NOW LATER"},
		{grant.OwnerWorker, noon, 10, "OTHER"},
		{grant.GranteeWorker, noon, 10, ""},
	} {
		ids, err := s.Due(ctx, c.loop, c.now, c.limit)
		if err != nil || words(ids) != c.want {
			s.Errorf("%s at %s, at most %d: %s, %v; want %s", c.loop, c.now, c.limit, words(ids), err, c.want)
		}
	}
}

func wakes(s *subject) {
	wake := func(l grant.Worker, t time.Time) {
		s.mustCommit(store.Tx{At: noon, DueTimes: []grant.DueTime{{Worker: l, ID: "A", At: t}}})
	}
	is := func(l grant.Worker, now time.Time, want string) {
		s.Helper()
		if got := words(s.due(l, now)); got != want {
			s.Errorf("%s at %s finds %q due; want %q", l, now, got, want)
		}
	}
	wake(grant.TimerWorker, noon)
	wake(grant.OwnerWorker, noon)
	is(grant.TimerWorker, noon, "A")
	wake(grant.TimerWorker, noon.Add(time.Hour)) // later
	is(grant.TimerWorker, noon, "")
	is(grant.TimerWorker, noon.Add(time.Hour), "A")
	wake(grant.TimerWorker, noon.Add(-time.Hour)) // earlier, and due only once
	is(grant.TimerWorker, forever, "A")
	wake(grant.TimerWorker, noon.Add(-time.Hour)) // the same again
	is(grant.TimerWorker, forever, "A")
	wake(grant.TimerWorker, time.Time{})
	is(grant.TimerWorker, forever, "")
	is(grant.OwnerWorker, noon, "A") // another loop's
	wake(grant.TimerWorker, time.Time{})
	wake(grant.TimerWorker, noon)
	is(grant.TimerWorker, noon, "A")
	s.mustCommit(store.Tx{At: noon,
		DueTimes: []grant.DueTime{{Worker: grant.TimerWorker, ID: "A", At: noon}, {Worker: grant.TimerWorker, ID: "A"}}})
	is(grant.TimerWorker, forever, "") // the last wake of one change counts
}

func lists(s *subject) {
	person := func(u string) func(*grant.Grant) { return func(g *grant.Grant) { g.Requester.User = u } }
	bucket := func(b string) func(*grant.Grant) { return func(g *grant.Grant) { g.Bucket.Name = b } }
	who := func(p string) func(*grant.Grant) { return func(g *grant.Grant) { g.Principal.ARN = p } }
	state := func(st grant.State) func(*grant.Grant) { return func(g *grant.Grant) { g.State = st } }
	gs := []grant.Grant{
		small("A", person("U1"), bucket("b1"), who("p1")),
		small("B", person("U1"), bucket("b2"), who("p2"), state(grant.Active)),
		small("C", person("U2"), bucket("b1"), who("p2"), state(grant.Active)),
		small("D", person("U2"), bucket("b2"), who("p1"), state(grant.Ended)),
		small("E", person("U11"), bucket("b11"), who("p11"), state(grant.Denied)),
	}
	for i := range gs {
		gs[i].AskedAt = noon.Add(-time.Duration(i) * time.Minute) // sets their order
	}
	s.mustCommit(store.Tx{At: noon, Grants: gs})
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{}, "A B C D E"},
		{store.Query{Requester: "U1"}, "A B"},
		{store.Query{Requester: "U"}, ""},
		{store.Query{Bucket: "b1"}, "A C"},
		{store.Query{Principal: "p2"}, "B C"},
		{store.Query{States: []grant.State{grant.Active}}, "B C"},
		{store.Query{States: []grant.State{grant.Ended, grant.Pending}}, "A D"},
		{store.Query{States: []grant.State{grant.Active, grant.Active}}, "B C"},
		{store.Query{States: []grant.State{grant.Lapsed}}, ""},
		{store.Query{Requester: "U1", Bucket: "b2"}, "B"},
		{store.Query{Requester: "U2", Principal: "p1"}, "D"},
		{store.Query{Bucket: "b1", Principal: "p2"}, "C"},
		{store.Query{Requester: "U2", Bucket: "b1", Principal: "p2", States: []grant.State{grant.Active}}, "C"},
		{store.Query{Requester: "U2", Bucket: "b1", Principal: "p2", States: []grant.State{grant.Ended}}, ""},
		{store.Query{Requester: "U2", Limit: 1}, "C"},
		{store.Query{Bucket: "b2", Principal: "p1", Limit: 1}, "D"},
	} {
		if got := s.list(c.q); got != c.want {
			s.Errorf("%+v: %q; want %q", c.q, got, c.want)
		}
	}
}

func listOrder(s *subject) {
	var gs []grant.Grant
	for i := range 20 { // in no order, states mixed, some at the same moment
		gs = append(gs, small(grant.ID(fmt.Sprintf("G%02d", i)), func(g *grant.Grant) {
			g.State = grant.States[i%len(grant.States)]
			g.AskedAt = noon.Add(time.Duration((i*7)%10) * time.Second)
		}))
	}
	s.mustCommit(store.Tx{At: noon, Grants: gs})
	want := inOrder(gs)
	for _, limit := range []int{0, 1, 2, 7, 19, 20, 50} {
		upTo := len(want)
		if limit > 0 {
			upTo = min(limit, upTo)
		}
		if got := s.list(store.Query{Limit: limit}); got != words(want[:upTo]) {
			s.Errorf("at most %d: %s; want %s", limit, got, words(want[:upTo]))
		}
	}
}

// A changed grant is found by its new content, not by its old.
func listFollows(s *subject) {
	g := small("A")
	s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{g}})
	old := store.Query{Requester: g.Requester.User, Bucket: g.Bucket.Name, Principal: g.Principal.ARN,
		States: []grant.State{g.State}}
	g.Version, g.State, g.Bucket.Name, g.Principal.ARN, g.Requester.User, g.AskedAt = 1, grant.Active, "b2", "p2", "U2",
		noon.Add(time.Hour)
	s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{g}})
	for q, want := range map[*store.Query]string{
		{Requester: old.Requester}: "", {Bucket: old.Bucket}: "", {Principal: old.Principal}: "", {States: old.States}: "",
		{Requester: "U2"}: "A", {Bucket: "b2"}: "A", {Principal: "p2"}: "A", {States: []grant.State{grant.Active}}: "A",
		{}: "A",
	} {
		if got := s.list(*q); got != want {
			s.Errorf("%+v: %q; want %q", *q, got, want)
		}
	}
}

// After any life, a query returns the same as a scan of all records.
func listAny(s *subject) {
	random := rand.New(rand.NewPCG(1, 2))
	one := func(of string) string { return fmt.Sprint(of, random.IntN(3)) }
	all := map[grant.ID]grant.Grant{}
	for range 300 {
		g := small(grant.ID(fmt.Sprintf("G%02d", random.IntN(40))), func(g *grant.Grant) {
			g.State = grant.States[random.IntN(len(grant.States))]
			g.AskedAt = noon.Add(time.Duration(random.IntN(10)) * time.Second)
			g.Requester.User, g.Bucket.Name, g.Principal.ARN = one("U"), one("b"), one("p")
		})
		g.Version = all[g.ID].Version
		s.mustCommit(store.Tx{At: noon, Grants: []grant.Grant{g}})
		g.Version++
		all[g.ID] = g

		q := store.Query{States: grant.States[random.IntN(len(grant.States)):]}
		for _, narrow := range []func(){
			func() { q.Requester = one("U") }, func() { q.Bucket = one("b") },
			func() { q.Principal = one("p") }, func() { q.States = nil },
		} {
			if random.IntN(2) == 0 {
				narrow()
			}
		}
		var want []grant.Grant
		for _, g := range all {
			if (q.Requester == "" || q.Requester == g.Requester.User) && (q.Bucket == "" || q.Bucket == g.Bucket.Name) &&
				(q.Principal == "" || q.Principal == g.Principal.ARN) && (q.States == nil || slices.Contains(q.States, g.State)) {
				want = append(want, g)
			}
		}
		if got, want := s.list(q), words(inOrder(want)); got != want {
			s.Fatalf("%+v: %s; want %s", q, got, want)
		}
	}
}

// inOrder returns the ids of grants in list order: newest first, then by id, so
// that the order is deterministic.
func inOrder(gs []grant.Grant) (ids []grant.ID) {
	slices.SortFunc(gs, func(a, b grant.Grant) int {
		if c := b.AskedAt.Compare(a.AskedAt); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	for _, g := range gs {
		ids = append(ids, g.ID)
	}
	return ids
}

func (s *subject) list(q store.Query) string {
	s.Helper()
	gs, err := s.List(ctx, q)
	if err != nil {
		s.Fatalf("listing %+v: %v", q, err)
	}
	n, err := s.Count(ctx, q)
	if err != nil || n != len(gs) && (q.Limit == 0 || n < len(gs)) {
		s.Errorf("%+v: %d are listed and %d counted, %v", q, len(gs), n, err)
	}
	var ids []grant.ID
	for _, g := range gs {
		ids = append(ids, g.ID)
	}
	return words(ids)
}

func words(ids []grant.ID) string {
	var all []string
	for _, id := range ids {
		all = append(all, string(id))
	}
	return strings.Join(all, " ")
}
