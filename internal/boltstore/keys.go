package boltstore

import (
	"encoding/binary"
	"math"
	"time"

	"s3share/internal/grant"
)

// The buckets of the file.
var (
	metaBucket       = []byte("meta")       // schema, id
	grantsBucket     = []byte("grants")     // id -> record
	deliveriesBucket = []byte("deliveries") // id -> record
	notesBucket      = []byte("notes")      // key -> record
	dueBucket        = []byte("due")        // loop, time, id -> nothing
	wakesBucket      = []byte("wakes")      // loop, id -> time
	indexBucket      = []byte("index")      // kind, value, state, newest first, id -> nothing
	causesBucket     = []byte("causes")     // cause -> time
	causeTimeBucket  = []byte("cause time") // time, cause -> nothing
	chainBucket      = []byte("chain")      // number -> link
	leasesBucket     = []byte("leases")     // name -> lease
)

func buckets() [][]byte {
	return [][]byte{metaBucket, grantsBucket, deliveriesBucket, notesBucket, dueBucket, wakesBucket, indexBucket,
		causesBucket, causeTimeBucket, chainBucket, leasesBucket}
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// instant orders times as bytes, those before 1970 too. What 64 bits of
// nanoseconds do not hold counts as the first or the last that they do: a time
// in the year 3000 is not due, and must not be stored as if it were long past.
func instant(t time.Time) []byte { return number(uint64(nanos(t)) ^ 1<<63) }

func nanos(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

func fromInstant(b []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(b)^1<<63)).UTC()
}

func dueKey(l grant.Loop, at time.Time, id grant.ID) []byte {
	return append(append(append([]byte(l), 0), instant(at)...), id...)
}

func wakeKey(l grant.Loop, id grant.ID) []byte { return append(append([]byte(l), 0), id...) }

// The kinds of index.
const (
	byState     = "s"
	byRequester = "r"
	byBucket    = "b"
	byPrincipal = "p"
)

// indexPrefix ends before the time, so that a scan from it yields the newest first.
func indexPrefix(kind, value string, state grant.State) []byte {
	key := append([]byte(kind), value...)
	key = append(key, 0)
	key = append(key, state...)
	return append(key, 0)
}

func newestFirst(t time.Time) []byte { return number(math.MaxUint64 - (uint64(nanos(t)) ^ 1<<63)) }

func indexKeys(g grant.Grant) [][]byte {
	var keys [][]byte
	for _, i := range []struct{ kind, value string }{
		{byState, ""}, {byRequester, g.Requester.User}, {byBucket, g.Bucket.Name}, {byPrincipal, g.Principal.ARN},
	} {
		keys = append(keys, append(append(indexPrefix(i.kind, i.value, g.State), newestFirst(g.AskedAt)...), g.ID...))
	}
	return keys
}
