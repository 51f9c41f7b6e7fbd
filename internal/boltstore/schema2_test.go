package boltstore

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// lives returns the changes in testdata/schema1.db.gz and schema2.db.gz, which the last versions
// with these schemas wrote: grants of several people in every state, deliveries, notes, causes, and
// due times for every loop, some replaced and some removed.
func lives() (changes []store.Tx) {
	for i := range 3 * len(grant.States) {
		id, state, at := grant.ID(fmt.Sprintf("G%07d", i)), grant.States[i%len(grant.States)], noon.Add(time.Duration(i)*time.Minute)
		g := grant.Grant{
			ID: id, State: grant.Checking, AskedAt: at, Reason: "nightly build",
			Requester: grant.Person{Team: "T0TEAM", User: fmt.Sprint("U0", i%3)},
			Bucket:    grant.Bucket{Name: fmt.Sprint("bucket-", i%4), AccountID: "222222222222"},
			Principal: grant.Principal{ARN: fmt.Sprint("arn:aws:iam::111111111111:user/", i%5)},
		}
		c := store.Tx{
			At: at, Grants: []grant.Grant{g}, Causes: []string{"cause of " + string(id)},
			Entries: []grant.Entry{{At: at, Kind: "asked", Grant: id, Facts: map[string]string{"bucket": g.Bucket.Name}}},
		}
		for n, l := range loops {
			c.DueTimes = append(c.DueTimes, grant.DueTime{Worker: l, ID: id, At: at.Add(time.Duration(n) * time.Hour)})
		}
		if i%2 == 0 {
			c.Deliveries = []store.Delivery{{ID: id, Told: i, Posts: []store.Post{{Kind: "card", Recipient: store.ToChannel, Channel: "C0ADMIN", TS: fmt.Sprint(i)}}}}
		}
		if i%7 == 0 {
			c.Documents = []store.Document{{Key: "note of " + string(id), JSON: "text"}}
		}
		next := store.Tx{At: at.Add(time.Second)}
		g.Version, g.State = 1, state
		next.Grants = []grant.Grant{g}
		for n, l := range loops[:i%len(loops)] {
			w := grant.DueTime{Worker: l, ID: id, At: at.Add(time.Duration(10+n) * time.Hour)}
			if n%2 == 0 {
				w.At = time.Time{}
			}
			next.DueTimes = append(next.DueTimes, w)
		}
		changes = append(changes, c, next)
	}
	return changes
}

var loops = []grant.Worker{grant.CheckWorker, grant.TimerWorker, grant.OwnerWorker, grant.GranteeWorker, grant.NoticeWorker}

// A migrated store answers every query like a new store with the same changes.
func TestFromEarlierSchemas(t *testing.T) {
	if *update {
		packed(t, fmt.Sprintf("schema%d.db.gz", schema), lives())
	}
	for n := 1; n <= schema; n++ {
		t.Run(fmt.Sprint("schema ", n), func(t *testing.T) { fromEarlier(t, n) })
	}
}

func fromEarlier(t *testing.T, n int) {
	path := unpacked(t, fmt.Sprintf("schema%d.db.gz", n))
	const metas = 2 << 12 // the meta pages, which differ in a copy
	copied := fmt.Sprintf("%s.schema%d", path, n)
	before, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(copied, before[:5000], 0o600)) // of an attempt that was cut short
	old, fresh := open(t, path), open(t, newPath(t))
	if kept, err := os.ReadFile(copied); n < schema && (err != nil || len(kept) < 200_000 || !bytes.HasPrefix(before[metas:], kept[metas:])) {
		t.Errorf("the copy from before has %d bytes, %v; there were %d, with the room at the end", len(kept), err, len(before))
	}
	for i, c := range lives() {
		if err := fresh.Commit(ctx, c); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	for i, c := range lives() {
		for _, cause := range c.Causes {
			again := store.Tx{At: c.At.Add(12 * time.Hour), Causes: []string{cause}}
			if err := old.Commit(ctx, again); !errors.Is(err, store.ErrDuplicate) {
				t.Errorf("change %d came again: %v", i, err)
			}
		}
	}
	want := answers(t, fresh)
	for _, when := range []string{"opened", "examined"} {
		if diff := cmp.Diff(want, answers(t, old)); diff != "" {
			t.Errorf("%s, it answers otherwise than a new one (-new +old):\n%s", when, diff)
		}
		must(t, old.Examine(ctx, noon))
	}
	allSealed(t, old)
	if len(want) < 300 {
		t.Errorf("only %d questions were asked", len(want))
	}
	if _, err := old.Acquire(ctx, "lease", "another", noon, time.Hour); !errors.Is(err, store.ErrFenced) {
		t.Errorf("the lease of another: %v", err)
	}
	must(t, old.Close())
	old = open(t, path) // it still accepts commits
	g, err := old.Get(ctx, "G0000001")
	must(t, err)
	d, err := old.Delivery(ctx, "G0000002")
	must(t, err)
	g.State, d.Told = grant.Cancelled, 17
	next := store.Tx{At: noon, Grants: []grant.Grant{g}, Deliveries: []store.Delivery{d}, DueTimes: []grant.DueTime{{Worker: grant.TimerWorker, ID: g.ID}}}
	must(t, old.Commit(ctx, next))
	if err := old.Commit(ctx, store.Tx{At: noon, Deliveries: next.Deliveries}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a delivery of the version before: %v", err)
	}
	must(t, old.file.view(func(tx *bolt.Tx) error {
		if tx.Bucket(deliveriesBucket).Get([]byte(d.ID)) != nil {
			t.Error("the delivery is where schema 1 had it as well")
		}
		return nil
	}))
	if ids, err := old.Due(ctx, grant.TimerWorker, noon.Add(1000*time.Hour), 1000); err != nil || slices.Contains(ids, g.ID) || len(ids) < 10 {
		t.Errorf("due are %q, %v; want not %s", ids, err, g.ID)
	}
	if d, err = old.Delivery(ctx, "G0000002"); err != nil || d.Told != 17 || d.Version != 2 {
		t.Errorf("%+v, %v; want 17 told, at version 2", d, err)
	}
	if n, err := old.Count(ctx, store.Query{States: []grant.State{grant.Pending}}); err != nil || n != 2 {
		t.Errorf("%d are pending, %v; want 2 of the 3 that were", n, err)
	}
}

// answers runs every query.
func answers(t *testing.T, s *Store) map[string]string {
	t.Helper()
	said := map[string]string{}
	say := func(question string, answer any, err error) {
		said[question] = fmt.Sprintf("%+v %v", answer, err)
	}
	for i := range 3 * len(grant.States) {
		id := grant.ID(fmt.Sprintf("G%07d", i))
		g, err := s.Get(ctx, id)
		say(fmt.Sprint("get ", id), g, err)
		d, err := s.Delivery(ctx, id)
		say(fmt.Sprint("delivery of ", id), d, err)
		n, err := s.Document(ctx, "note of "+string(id))
		say(fmt.Sprint("note of ", id), n, err)
	}
	for _, l := range loops {
		for hours := range 24 {
			ids, err := s.Due(ctx, l, noon.Add(time.Duration(hours)*time.Hour), 1000)
			say(fmt.Sprint(l, " after ", hours), ids, err)
		}
	}
	for _, states := range append([][]grant.State{nil, {grant.Active, grant.Ended}}, inOnes(grant.States)...) {
		for _, q := range []store.Query{{}, {Requester: "U01"}, {Bucket: "bucket-2"}, {Principal: "arn:aws:iam::111111111111:user/3"}, {Requester: "U00", Bucket: "bucket-0"}, {Limit: 2}} {
			q.States = states
			gs, err := s.List(ctx, q)
			say(fmt.Sprintf("list %+v", q), gs, err)
			n, err := s.Count(ctx, q)
			say(fmt.Sprintf("count %+v", q), n, err)
		}
	}
	head, err := s.Verify(ctx)
	say("verify", head, err)
	return said
}

func inOnes[T any](all []T) (ones [][]T) {
	for _, one := range all {
		ones = append(ones, []T{one})
	}
	return ones
}

// packed stores some changes in a testdata file.
func packed(t *testing.T, name string, changes []store.Tx) {
	t.Helper()
	path := newPath(t)
	s := open(t, path)
	for _, c := range changes {
		must(t, s.Commit(ctx, c))
	}
	_, err := s.Acquire(ctx, "lease", "me", noon, 2*time.Hour)
	must(t, errors.Join(err, s.Close()))
	text, err := os.ReadFile(path)
	must(t, err)
	out, err := os.Create(filepath.Join("testdata", name))
	must(t, err)
	zip := gzip.NewWriter(out)
	_, err = zip.Write(text)
	must(t, errors.Join(err, zip.Close(), out.Close()))
}

// unpacked copies a store from testdata.
func unpacked(t *testing.T, name string) (path string) {
	t.Helper()
	in, err := os.Open(filepath.Join("testdata", name))
	must(t, err)
	defer in.Close()
	text, err := gzip.NewReader(in)
	must(t, err)
	path = newPath(t)
	out, err := os.Create(path)
	must(t, err)
	_, err = io.Copy(out, text)
	must(t, errors.Join(err, out.Close()))
	return path
}

// Damaged wakes cause no errors. The next change stores its own, and the examination rebuilds the
// others from the grant.
func TestDamagedWakes(t *testing.T) {
	for _, text := range []string{"life", "life\x00\x01\x02\x03", "x", "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00life\x00\x01\x02\x03\x04\x05\x06\x07\x08"} {
		s := open(t, newPath(t))
		c := change("A")
		c.Grants[0].State, c.Grants[0].LapsesAt = grant.Checking, noon.Add(3*time.Hour)
		must(t, s.Commit(ctx, c))
		must(t, s.update(func(tx *bolt.Tx) error { return tx.Bucket(grantsBucket).Put(wakesKey("A"), []byte(text)) }))
		must(t, s.Commit(ctx, store.Tx{At: noon, DueTimes: []grant.DueTime{{Worker: grant.OwnerWorker, ID: "A", At: noon.Add(time.Hour)}}}))
		if ids, err := s.Due(ctx, grant.OwnerWorker, noon.Add(2*time.Hour), 10); err != nil || len(ids) != 1 {
			t.Errorf("%q: due are %v, %v", text, ids, err)
		}
		must(t, s.update(func(tx *bolt.Tx) error { return tx.Bucket(grantsBucket).Put(wakesKey("A"), []byte(text)) }))
		must(t, s.Examine(ctx, noon))
		ids, err := s.Due(ctx, grant.TimerWorker, noon.Add(4*time.Hour), 10)
		if len(ids) != 1 || err != nil {
			t.Errorf("%q: due for its life are %v, %v", text, ids, err)
		}
		if ids, err := s.Due(ctx, grant.OwnerWorker, noon.Add(1000*time.Hour), 10); err != nil || len(ids) != 0 {
			t.Errorf("%q: due are %v, %v; no record asks for that", text, ids, err)
		}
	}
}
