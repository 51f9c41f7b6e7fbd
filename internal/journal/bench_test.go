package journal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/store"
)

// place returns a directory for benchmarks of the disk, from BENCH_DIR. In a file system in memory
// a sync costs nothing.
func place(b *testing.B) string {
	dir, err := os.MkdirTemp(os.Getenv("BENCH_DIR"), "bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// BenchmarkAppend compares the append of an act with the commit of a request, in turn, at 200 a
// second each:
//
//	BENCH_DIR=/some/disk go test ./internal/journal -run '^$' -bench Append -benchtime 600x
//
// Acts have 4 KB and are marked done, as in the bot. Quote the ratios, each the median of nine
// rounds: absolute times depend on the disk.
func BenchmarkAppend(b *testing.B) {
	const rounds = 9
	dir := place(b)
	j, err := journal.Open(journal.Config{Path: filepath.Join(dir, "journal"), Store: "store"})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	store, err := boltstore.Open(boltstore.Config{Path: filepath.Join(dir, "s.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	body := make([]byte, 4000)
	appendOne := func(int) error {
		seq, err := j.Append(b.Context(), journal.Record{At: time.Now(), Keys: []string{"trigger", "envelope"}, Body: body})
		if err != nil {
			return err
		}
		return j.Done(seq)
	}
	commitOne := func(n int) error { return store.Commit(context.Background(), request(n)) }
	var p50, p99, appended, committed []float64
	for round := range rounds {
		a := paced(b, b.N, func(n int) error { return appendOne(n) })
		c := paced(b, b.N, func(n int) error { return commitOne(round*b.N + n) })
		p50, p99 = append(p50, a[0]/c[0]), append(p99, a[1]/c[1])
		appended, committed = append(appended, a...), append(committed, c...)
		b.Logf("round %d: append p50 %.2f ms, p99 %.2f ms; commit p50 %.2f ms, p99 %.2f ms", round, a[0], a[1], c[0], c[1])
	}
	b.ReportMetric(median(p50), "p50-ratio")
	b.ReportMetric(median(p99), "p99-ratio")
	for i, name := range []string{"p50", "p99"} {
		var as, cs []float64
		for n := i; n < len(appended); n += 2 {
			as, cs = append(as, appended[n]), append(cs, committed[n])
		}
		b.ReportMetric(median(as), "append-"+name+"-ms")
		b.ReportMetric(median(cs), "commit-"+name+"-ms")
	}
}

// paced calls do n times at 200 a second, without waiting for the previous call. It returns the
// median and the 99th percentile in milliseconds.
func paced(b *testing.B, n int, do func(n int) error) []float64 {
	took := make([]float64, n)
	tick := time.NewTicker(time.Second / 200)
	defer tick.Stop()
	var all sync.WaitGroup
	for i := range n {
		<-tick.C
		all.Go(func() {
			began := time.Now()
			if err := do(i); err != nil {
				b.Error(err)
			}
			took[i] = time.Since(began).Seconds() * 1000
		})
	}
	all.Wait()
	slices.Sort(took)
	return []float64{took[n/2], took[n*99/100]}
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// request returns the change of a new request.
func request(n int) store.Tx {
	id := grant.ID(fmt.Sprintf("G%07d", n))
	at := time.Unix(1_800_000_000, 0).UTC()
	return store.Tx{
		At: at,
		Grants: []grant.Grant{{ID: id, State: grant.Checking, AskedAt: at, Requester: grant.Person{Team: "T", User: "U0RITA"},
			Bucket: grant.Bucket{Name: "my-shared-bucket-20932"}, Principal: grant.Principal{ARN: "arn:aws:iam::111111111111:user/test.user"}}},
		DueTimes: []grant.DueTime{{Worker: grant.TimerWorker, ID: id, At: at}},
		Entries:  []grant.Entry{{At: at, Kind: "asked", Grant: id, Facts: map[string]string{"bucket": "my-shared-bucket-20932"}}},
		Causes:   []string{fmt.Sprint("cause ", n)},
	}
}

// BenchmarkThroughput measures durable acts per second with a number of concurrent callers.
func BenchmarkThroughput(b *testing.B) {
	for _, people := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			j, err := journal.Open(journal.Config{Path: filepath.Join(place(b), "journal"), Store: "store"})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			body := make([]byte, 4000)
			b.ResetTimer()
			var all sync.WaitGroup
			for p := range people {
				all.Go(func() {
					for n := p; n < b.N; n += people {
						seq, err := j.Append(b.Context(), journal.Record{At: time.Now(), Body: body})
						if err == nil {
							err = j.Done(seq)
						}
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acts/s")
		})
	}
}
