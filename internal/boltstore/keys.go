package boltstore

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"s3share/internal/grant"
)

// The buckets of the file.
var (
	metaBucket       = []byte("meta")       // schema, id
	grantsBucket     = []byte("grants")     // id -> record; beside it its delivery, and when loops need it
	deliveriesBucket = []byte("deliveries") // id -> delivery, of those that have not changed since schema 1
	notesBucket      = []byte("notes")      // key -> record
	dueBucket        = []byte("due")        // loop, time, id -> nothing
	indexBucket      = []byte("index")      // kind, value, state, newest first, id -> what it is about
	causesBucket     = []byte("causes")     // day, cause -> that it came
	chainBucket      = []byte("chain")      // number -> link
	leasesBucket     = []byte("leases")     // name -> lease
)

func buckets() [][]byte {
	return [][]byte{metaBucket, grantsBucket, deliveriesBucket, notesBucket, dueBucket, indexBucket, causesBucket, chainBucket, leasesBucket}
}

// What a commit costs is the pages that it changes, so that what belongs to a grant
// lies beside its record: its delivery, and the times at which loops need it.
func deliveryKey(id grant.ID) []byte { return append([]byte(id), "\x00delivery"...) }
func wakesKey(id grant.ID) []byte    { return append([]byte(id), "\x00wakes"...) }

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

// live reports whether grants in a state still change. There are never many of
// them, so that one index does for all questions about them: by state, saying of
// each what it is about. It is changed with every event, and those of the grants
// that are over, which are many, only once.
func live(s grant.State) bool { return s.Open() || s.InAWS() }

func indexKeys(g grant.Grant) [][]byte {
	ways := []struct{ kind, value string }{{byState, ""}}
	if !live(g.State) {
		ways = append(ways, []struct{ kind, value string }{
			{byRequester, g.Requester.User}, {byBucket, g.Bucket.Name}, {byPrincipal, g.Principal.ARN},
		}...)
	}
	var keys [][]byte
	for _, w := range ways {
		keys = append(keys, append(append(indexPrefix(w.kind, w.value, g.State), newestFirst(g.AskedAt)...), g.ID...))
	}
	return keys
}

// about is what the index says of a grant: enough to answer a query without
// reading the record.
func about(g grant.Grant) string {
	return g.Requester.User + "\x00" + g.Bucket.Name + "\x00" + g.Principal.ARN
}

// causeKey orders causes by the day on which they came.
func causeKey(at time.Time, days int, cause string) []byte {
	return append(day(at, days), cause...)
}

func day(at time.Time, days int) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(max(0, at.Unix()/(24*60*60)+int64(days))))
}

// dayOf returns the day that begins the key of a cause, also of a damaged one.
func dayOf(key []byte) []byte { return append(bytes.Clone(key), 0, 0, 0, 0)[:4] }

func dayAfter(key []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, binary.BigEndian.Uint32(dayOf(key))+1)
}
