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
	grantsBucket     = []byte("grants")     // id -> record; beside it its delivery and its wakes
	deliveriesBucket = []byte("deliveries") // id -> delivery, if unchanged since schema 1
	notesBucket      = []byte("notes")      // key -> record
	dueBucket        = []byte("due")        // loop, time, id -> nothing
	indexBucket      = []byte("index")      // kind, value, state, newest first, id -> summary
	causesBucket     = []byte("causes")     // day, cause -> causeStored
	chainBucket      = []byte("chain")      // number -> link
	leasesBucket     = []byte("leases")     // name -> lease
)

func buckets() [][]byte {
	return [][]byte{metaBucket, grantsBucket, deliveriesBucket, notesBucket, dueBucket, indexBucket, causesBucket,
		chainBucket, leasesBucket}
}

// deliveryKey and wakesKey place a grant's delivery and wakes beside its record. A commit then
// changes few pages, and the number of changed pages determines its cost.
func deliveryKey(id grant.ID) []byte { return append([]byte(id), "\x00delivery"...) }
func wakesKey(id grant.ID) []byte    { return append([]byte(id), "\x00wakes"...) }

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// instant encodes a time so that bytes sort in time order, also before 1970. A time outside the
// range of 64-bit nanoseconds is clamped: a time in the year 3000 must not sort as past.
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

func dueKey(l grant.Worker, at time.Time, id grant.ID) []byte {
	return append(append(append([]byte(l), 0), instant(at)...), id...)
}

// The kinds of index.
const (
	byState     = "s"
	byRequester = "r"
	byBucket    = "b"
	byPrincipal = "p"
)

// indexPrefix returns the part of an index key before the time. A scan from it yields the newest
// grant first.
func indexPrefix(kind, value string, state grant.State) []byte {
	key := append([]byte(kind), value...)
	key = append(key, 0)
	key = append(key, state...)
	return append(key, 0)
}

func newestFirst(t time.Time) []byte { return number(math.MaxUint64 - (uint64(nanos(t)) ^ 1<<63)) }

// live reports whether grants in a state still change. Such grants are few, so they are indexed by
// state only and filtered by their summary: this index is updated with every event. The many
// finished grants are indexed in all four ways, once.
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

// about returns the summary in an index entry. Queries are answered from it without reading the
// record.
func about(g grant.Grant) string {
	return g.Requester.User + "\x00" + g.Bucket.Name + "\x00" + g.Principal.ARN
}

// causeKey returns the key of a cause: the day of at plus days, then the cause.
func causeKey(at time.Time, days int, cause string) []byte {
	return append(day(at, days), cause...)
}

func day(at time.Time, days int) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(max(0, at.Unix()/(24*60*60)+int64(days))))
}

// dayOf returns the day at the start of a cause key, also of a damaged, shorter one.
func dayOf(key []byte) []byte { return append(bytes.Clone(key), 0, 0, 0, 0)[:4] }

func dayAfter(key []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, binary.BigEndian.Uint32(dayOf(key))+1)
}
