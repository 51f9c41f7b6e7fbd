package boltstore

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// benchPath returns a path for benchmarks of the disk. BENCH_DIR names a directory that is not a
// file system in memory.
func benchPath(b *testing.B) string {
	dir, err := os.MkdirTemp(os.Getenv("BENCH_DIR"), "bench")
	must(b, err)
	b.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s3share.db")
}

// BenchmarkCommit measures the commit of a new request, by the group commit and by a transaction
// for each. Quote the ratio; the absolute rate depends on the disk.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		for _, how := range []string{"group", "each"} {
			b.Run(fmt.Sprintf("%s/%d", how, writers), func(b *testing.B) {
				s := open(b, benchPath(b))
				commit := func(c store.Tx) error { return s.Commit(ctx, c) }
				if how == "each" {
					commit = s.commitAlone
				}
				var next atomic.Int64
				var all sync.WaitGroup
				b.ResetTimer()
				for range writers {
					all.Go(func() {
						for {
							i := next.Add(1)
							if i > int64(b.N) {
								return
							}
							if err := commit(change(grant.ID(fmt.Sprintf("G%07d", i)))); err != nil {
								b.Error(err)
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			})
		}
	}
}

// commitAlone commits one change in its own transaction, as before the group commit.
func (s *Store) commitAlone(c store.Tx) error {
	e, err := encodeChange(c)
	if err != nil {
		return err
	}
	return s.file.db.Update(func(tx *bolt.Tx) error {
		head, err := headOf(tx)
		if err != nil {
			return err
		}
		stale, err := check(tx, e, e.At)
		if err != nil {
			return err
		}
		if err := apply(tx, e, stale, e.At, &head); err != nil {
			return err
		}
		return putHead(tx, head)
	})
}

// manyGrants makes a store of n grants, each with a full history. One in a hundred is due.
func manyGrants(b *testing.B, n int) (path string) {
	b.Helper()
	path = benchPath(b)
	s := open(b, path)
	g := change("X").Grants[0]
	for _, kind := range []grant.EventKind{grant.EventRequest, grant.EventCheck, grant.EventApprove, grant.EventHalfApplied, grant.EventHalfApplied, grant.EventApplied, grant.EventWarn, grant.EventEnd, grant.EventHalfRemoved, grant.EventHalfRemoved, grant.EventRemoved} {
		g.History = append(g.History, grant.Event{Kind: kind, At: noon, To: grant.Ended, By: g.Requester, Why: "because it is needed"})
	}
	g.Reason, g.Parts = "nightly build", []grant.Part{{Half: grant.OwnerHalf, Key: "S3ShareX"}, {Half: grant.GranteeHalf, Key: "arn"}}
	for from := 0; from < n; from += 5000 {
		c := store.Tx{At: noon}
		for i := from; i < min(from+5000, n); i++ {
			g.ID, g.AskedAt = grant.ID(fmt.Sprintf("G%07d", i)), noon.Add(-time.Duration(i)*time.Minute)
			g.State = grant.Ended
			at := noon.Add(time.Hour)
			if i%100 == 0 {
				g.State, at = grant.Active, noon.Add(-time.Duration(i)*time.Second)
			}
			c.Grants = append(c.Grants, g)
			c.DueTimes = append(c.DueTimes, grant.DueTime{Worker: grant.TimerWorker, ID: g.ID, At: at})
			c.Entries = append(c.Entries, grant.Entry{At: noon, Kind: "asked", Grant: g.ID, Facts: map[string]string{"bucket": "my-shared-bucket-20932", "principal": "arn:aws:iam::111111111111:user/test.user", "level": "read", "term": "8h"}})
		}
		must(b, s.Commit(ctx, c))
	}
	must(b, s.Close())
	return path
}

// BenchmarkOpen measures a start: it opens a store of 100,000 grants and finds the 1,000 that are
// due.
func BenchmarkOpen(b *testing.B) {
	path := manyGrants(b, 100_000)
	for b.Loop() {
		s, err := Open(Config{Path: path})
		must(b, err)
		ids, err := s.Due(ctx, grant.TimerWorker, noon, 2000)
		if err != nil || len(ids) != 1000 {
			b.Fatalf("%d are due, %v", len(ids), err)
		}
		b.StopTimer()
		must(b, s.Close())
		b.StartTimer()
	}
}

// BenchmarkLarge measures queries on a store of 100,000 grants and as many chain entries.
func BenchmarkLarge(b *testing.B) {
	s := open(b, manyGrants(b, 100_000))
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"due, the first 100", func() error { _, err := s.Due(ctx, grant.TimerWorker, noon, 100); return err }},
		{"list of one person, 20 of them", func() error { _, err := s.List(ctx, store.Query{Requester: "U0RITA", Limit: 20}); return err }},
		{"list of all that is open", func() error { _, err := s.List(ctx, store.Query{States: []grant.State{grant.Active}}); return err }},
		{"count of one person's open grants among 1,000", func() error {
			_, err := s.Count(ctx, store.Query{Requester: "U0RITA", States: []grant.State{grant.Active}})
			return err
		}},
		{"verify the chain", func() error { _, err := s.Verify(ctx); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				must(b, c.do())
			}
		})
	}
}
