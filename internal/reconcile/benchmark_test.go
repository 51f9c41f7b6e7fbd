package reconcile

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// BenchmarkPassOver50 measures a pass without differences over a bucket with 50 grants. It reports
// the calls to AWS: one read.
func BenchmarkPassOver50(b *testing.B) {
	f, bucket := fifty(b)
	f.aws.calls = nil
	for b.Loop() {
		f.rec.passBucket(ctx, bucket) //nolint:errcheck // there is none
	}
	b.ReportMetric(float64(len(f.aws.calls))/float64(b.N), "calls/op")
	b.ReportMetric(float64(f.aws.writes())/float64(b.N), "writes/op")
}

// BenchmarkPassThatWrites measures the same bucket with one extended grant in each pass.
func BenchmarkPassThatWrites(b *testing.B) {
	f, bucket := fifty(b)
	id := f.store.all()[0].ID
	f.aws.calls = nil
	for b.Loop() {
		b.StopTimer()
		old := f.get(id)
		g := old
		g.ExpiresAt = g.ExpiresAt.Add(time.Second)
		g.History = append(slices.Clip(g.History), grant.Event{Kind: grant.EventExtend, At: f.clock.now(), To: grant.Active, By: ada.Person, Expiry: g.ExpiresAt})
		f.put(old, g)
		b.StartTimer()
		f.rec.passBucket(ctx, bucket) //nolint:errcheck // there is none
	}
	b.ReportMetric(float64(len(f.aws.calls))/float64(b.N), "calls/op")
	b.ReportMetric(float64(f.aws.writes())/float64(b.N), "writes/op")
}

func fifty(b *testing.B) (*bench, grant.Bucket) {
	f := newBench(b)
	var id grant.ID
	for n := range 50 {
		user := fmt.Sprintf("user%d", n)
		f.aws.build.User(user)
		id = f.approved(fmt.Sprintf("fixtures/%d", n), "write", "build/"+user, "8h")
	}
	f.run(time.Minute)
	if g := f.get(id); g.State != grant.Active {
		b.Fatal(g.State)
	}
	return f, f.get(id).Bucket
}

// BenchmarkExpire100k measures 100,000 grants that expire in one second, in a store file.
func BenchmarkExpire100k(b *testing.B) {
	const many = 100_000
	f := newBench(b)
	for b.Loop() {
		b.StopTimer()
		db, err := boltstore.Open(boltstore.Config{Path: filepath.Join(b.TempDir(), "s3share.db")})
		if err != nil {
			b.Fatal(err)
		}
		first := f.get(f.approved("fixtures", "read", "build/ann", "1h"))
		for from := 0; from < many; from += 5000 {
			c := store.Tx{At: noon}
			for n := range 5000 {
				g := first
				g.ID, g.Version = grant.ID(fmt.Sprintf("E%07d", from+n)), 0
				c.Put(grant.Grant{}, g)
			}
			c.Entries = nil
			if err := db.Commit(ctx, c); err != nil {
				b.Fatal(err)
			}
		}
		f.rec.store = db
		f.clock.at = noon.Add(time.Hour)
		chunks, longest := 0, time.Duration(0)
		b.StartTimer()
		for more := true; more; chunks++ {
			start := time.Now()
			more = f.rec.expireDue(ctx)
			longest = max(longest, time.Since(start))
		}
		b.StopTimer()
		if left, _ := db.Due(ctx, grant.TimerWorker, f.clock.at, 1); len(left) != 0 {
			b.Error("not all have ended")
		}
		b.ReportMetric(float64(longest.Milliseconds()), "ms/longest-chunk")
		b.ReportMetric(float64(chunks), "chunks/op")
		db.Close()
		f.clock.at = noon
		b.StartTimer()
	}
}
