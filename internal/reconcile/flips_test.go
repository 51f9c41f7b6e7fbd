package reconcile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// loudness counts the errors in the log.
type loudness struct {
	slog.Handler
	errors atomic.Int64
}

func (l *loudness) Enabled(context.Context, slog.Level) bool { return true }

func (l *loudness) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		l.errors.Add(1)
	}
	return nil
}

func (l *loudness) WithAttrs([]slog.Attr) slog.Handler { return l }

// A flip is a real store with one flipped bit, and the loops on it.
type flip struct {
	*bench
	heard    *loudness
	bolt     *boltstore.Store
	before   map[string]string           // the original policies
	own      map[grant.ID][]policy.Allow // the statements that a grant may have
	ids      map[string]grant.ID
	failures []string
}

// world makes a company in the middle of its day, mirrored to a store file. It has grants in the
// states active, ending, approved, pending and ended.
func world(t *testing.T) (f *flip, path string) {
	b := newBench(t)
	path = filepath.Join(t.TempDir(), "s3share.db")
	bolt, err := boltstore.Open(boltstore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	b.store.Made = func(c store.Tx) {
		if err := bolt.Commit(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	f = &flip{bench: b, before: map[string]string{}, own: map[grant.ID][]policy.Allow{}, ids: map[string]grant.ID{}}
	b.addStatements(fixtures, foreign)
	b.addStatements(releases, strings.ReplaceAll(foreign, fixtures, releases))
	f.ids["ended"] = b.approved("releases/d", "read", "build/cas", "8h")
	b.run(time.Minute)
	b.end(f.ids["ended"])
	b.run(time.Hour)
	f.ids["open"] = b.approved("fixtures/a", "read", "build/ann", "8h")
	f.ids["ending"] = b.approved("fixtures/b", "read", "build/ben", "8h")
	f.ids["expiring"] = b.approved("fixtures/c", "read", "build/ben", "1h")
	b.run(time.Minute)
	b.end(f.ids["ending"])
	f.ids["approved"] = b.approved("releases/f", "read", "build/cas", "4h")
	f.ids["asked"] = b.request("releases/g", "read", "build/cas", "8h")
	for _, bucket := range []string{fixtures, releases} {
		f.before[bucket] = b.aws.nonprod.Policy(bucket)
	}
	for _, name := range []string{"open", "ending", "expiring", "approved"} {
		g := b.get(f.ids[name])
		f.own[g.ID] = preflight.AccessOf(g, g.ExpiresAt).Statements()
	}
	b.store.Made = nil
	if err := bolt.Close(); err != nil {
		t.Fatal(err)
	}
	return f, path
}

// open starts the loops on a damaged copy of the store, with the original AWS.
func (f *flip) open(t *testing.T, path string, at time.Time, members []string) error {
	f.clock.at, f.alerts, f.failures, f.heard = at, nil, nil, new(loudness)
	for bucket, text := range f.before {
		if err := f.aws.nonprod.SetPolicy(bucket, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ann", "ben", "cas"} {
		f.aws.build.Leave(name, groupOf)
		if slices.Contains(members, name) {
			f.aws.build.Join(name, groupOf)
		}
	}
	log := slog.New(f.heard)
	var err error
	if f.bolt, err = boltstore.Open(boltstore.Config{Path: path, Log: log}); err != nil {
		return err
	}
	f.rec = New(Config{
		Store: f.bolt, Access: f.aws, Rules: f.rules, Now: f.clock.now, Spread: func() float64 { return 0 }, People: f.people, Log: log,
		Pause: f.pause, Alerts: alertLog{new(sync.Mutex), &f.alerts, map[string]time.Time{}},
	})
	f.rec.passes = alone()
	return nil
}

func (f *flip) isLoud() bool {
	return len(f.alerts) > 0 || f.heard.errors.Load() > 0 || len(f.bolt.Unreadable(ctx)) > 0
}

func (f *flip) wrong(format string, args ...any) {
	f.failures = append(f.failures, fmt.Sprintf("after %s: ", f.clock.now().Sub(noon))+fmt.Sprintf(format, args...))
}

// holds checks the policies: there is no wrong write, whatever is damaged.
func (f *flip) holds() {
	for bucket, text := range f.before {
		doc, was := f.policyOf(bucket), must(policy.Parse([]byte(text)))
		all := func(st policy.Statement) bool { _, ours := policy.IDOfSid(st.Sid()); return ours }
		if !policy.SameForeign(doc, was, all) {
			f.wrong("somebody else's statements in %s: %s", bucket, doc.Bytes())
		}
		for _, st := range doc.Statements() {
			id, ours := policy.IDOfSid(st.Sid())
			if !ours {
				continue
			}
			as := func(want policy.Allow) bool { return want.Sid == st.Sid() && st.Matches(want) }
			if !slices.ContainsFunc(f.own[grant.ID(id)], as) {
				f.wrong("nobody approved %s", st.Raw())
			}
		}
	}
}

// ends checks the final state: a difference from the undamaged day has to be logged as an error.
func (f *flip) ends(left ...string) {
	for name, id := range f.ids {
		bucket := fixtures
		if strings.Contains("ended approved asked", name) {
			bucket = releases
		}
		if have, want := f.has(bucket, id), slices.Contains(left, name); have != want && !f.isLoud() {
			f.wrong("%s: in AWS %v, want %v, and nobody is told", name, have, want)
		}
	}
}

// The seed of the flips. A failure repeats, because the bytes of the store are the same in each run.
const seed1, seed2 = 7, 10

// repeatable returns the bytes of a closed store, with a fixed id. bbolt chooses pages at random, so
// repeatable copies one bucket in each transaction, which leaves bbolt no choice.
func repeatable(t *testing.T, path string) []byte {
	t.Helper()
	from := must(bolt.Open(path, 0o600, nil))
	to := must(bolt.Open(path+".copy", 0o600, &bolt.Options{NoSync: true}))
	err := from.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, have *bolt.Bucket) error {
			return to.Update(func(tx *bolt.Tx) error {
				anew, err := tx.CreateBucket(name)
				if err != nil {
					return err
				}
				err = have.ForEach(anew.Put)
				if string(name) == "meta" {
					err = errors.Join(err, anew.Put([]byte("id"), []byte("FLIPPED")))
				}
				return err
			})
		})
	})
	if err := errors.Join(err, from.Close(), to.Close()); err != nil {
		t.Fatal(err)
	}
	return must(os.ReadFile(path + ".copy"))
}

// 200 random bit flips in a real store, each with the loops over a day: no wrong write, and no
// silent failure.
func TestFlippedBitsOverADay(t *testing.T) {
	t.Parallel()
	f, path := world(t)
	text := bytes.TrimRight(repeatable(t, path), "\x00") // without the reserve at the end, which is never read
	at, members := f.clock.now(), f.aws.build.Members(groupOf)
	t.Logf("seed %d, %d: %d bytes with the checksum %08x", seed1, seed2, len(text), crc32.ChecksumIEEE(text))
	dice := rand.New(rand.NewPCG(seed1, seed2))
	outcomes := map[string]int{}
	dir := t.TempDir()
	for n := -1; n < 200; n++ {
		broken := bytes.Clone(text)
		place, bit := dice.IntN(len(text)), dice.IntN(8)
		if n%4 == 0 { // the header of a page, where damage has the most effect
			place = place/os.Getpagesize()*os.Getpagesize() + dice.IntN(64)
		}
		if n >= 0 { // the first day is undamaged
			broken[place] ^= 1 << bit
		}
		damaged := filepath.Join(dir, fmt.Sprintf("%d.db", n))
		if err := os.WriteFile(damaged, append(broken, make([]byte, 1<<20)...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := f.open(t, damaged, at, members); err != nil {
			outcomes["refused to open"]++
			continue
		}
		f.day()
		outcome := "noticed nothing, and nothing was wrong"
		if f.isLoud() {
			outcome = "told"
		}
		outcomes[outcome]++
		if len(f.failures) > 0 {
			t.Errorf("bit %d of byte %d (flip %d), told %q, %d errors, damaged %+v:\n%s",
				bit, place, n, f.alerts, f.heard.errors.Load(), f.bolt.Unreadable(ctx), strings.Join(f.failures, "\n"))
		}
		if n < 0 && f.isLoud() {
			t.Fatalf("an undamaged day is loud: %q", f.alerts)
		}
		f.bolt.Close()
		os.Remove(damaged)
	}
	t.Logf("%v", outcomes)
	if outcomes["told"] < 20 || outcomes["noticed nothing, and nothing was wrong"] < 20 {
		t.Errorf("%v: the flips do not reach what they should", outcomes)
	}
}

// day runs the loops for ten hours, and reads AWS after each part.
func (f *flip) day() {
	start := f.clock.now()
	for _, part := range []struct {
		after time.Duration
		left  []string
	}{
		{0, []string{"open", "expiring", "approved"}},
		{45 * time.Minute, []string{"open", "expiring", "approved"}},
		{2 * time.Hour, []string{"open", "approved"}},
		{5 * time.Hour, []string{"open"}},
		{10 * time.Hour, nil},
	} {
		if wait := start.Add(part.after).Sub(f.clock.now()); wait > 0 {
			f.clock.move(wait)
		}
		for n := range 2 {
			f.turn()
			if part.after == 0 && n == 0 {
				f.bolt.Examine(ctx, f.clock.now())            //nolint:errcheck // its findings are alerted
				if _, err := f.bolt.Verify(ctx); err != nil { // the app alerts
					f.heard.errors.Add(1)
				}
			}
			f.sweep()
			f.holds()
		}
		f.ends(part.left...)
	}
	if got := f.aws.build.Members(groupOf); len(got) > 0 && !f.isLoud() {
		f.wrong("%q are left in the group, and nobody is told", got)
	}
}
