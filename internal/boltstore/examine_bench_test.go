package boltstore

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// BenchmarkExamine reads every record of a store of 100,000 grants, as the bot does
// once a day.
func BenchmarkExamine(b *testing.B) {
	s := open(b, manyGrants(b, 100_000))
	for b.Loop() {
		must(b, s.Examine(ctx, noon))
	}
}

// BenchmarkToSchema3 brings a store of 100,000 grants from schema 2. The start keeps a
// copy of the file; the first examination after it writes every record anew.
func BenchmarkToSchema3(b *testing.B) {
	path := manyGrants(b, 100_000)
	asSchema2(b, path)
	old, err := os.ReadFile(path)
	must(b, err)
	for b.Loop() {
		b.StopTimer()
		path := benchPath(b)
		must(b, os.WriteFile(path, old, 0o600))
		b.StartTimer()
		began := time.Now()
		s, err := Open(Config{Path: path})
		must(b, err)
		opened := time.Now()
		must(b, s.Examine(ctx, noon))
		b.ReportMetric(opened.Sub(began).Seconds(), "s-open")
		b.ReportMetric(time.Since(opened).Seconds(), "s-examine")
		b.StopTimer()
		if damaged := s.Unreadable(ctx); len(damaged) > 0 {
			b.Fatal(damaged)
		}
		must(b, s.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(len(old))/1e6, "MB")
}

// asSchema2 writes the records of a store as schema 2 had them: without checksums.
func asSchema2(b *testing.B, path string) {
	b.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	must(b, err)
	for _, bucket := range [][]byte{grantsBucket, indexBucket, notesBucket} {
		for next := []byte{}; next != nil; {
			must(b, db.Update(func(tx *bolt.Tx) (err error) {
				next, err = unsealSome(tx.Bucket(bucket), bucket, next)
				return err
			}))
		}
	}
	must(b, db.Update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if err := meta.Delete(headKey); err != nil {
			return err
		}
		return meta.Put([]byte("schema"), []byte("2"))
	}))
	must(b, db.Sync())
	must(b, db.Close())
}

// unsealSome writes 5,000 values from a key on as schema 2 had them, and returns the
// key after them; nil at the end.
func unsealSome(records *bolt.Bucket, bucket, from []byte) (next []byte, err error) {
	keys, values := [][]byte{}, [][]byte{}
	cur := records.Cursor()
	k, value := cur.Seek(from)
	for ; k != nil && len(keys) < 5000; k, value = cur.Next() {
		version, text, err := unseal(bucket, k, value)
		if err != nil {
			return nil, err
		}
		if isJSON := len(text) > 0 && text[0] == '{'; isJSON {
			text = fmt.Appendf(nil, `{"schema":%d,"version":%d,"record":%s}`, unsealed, version, text)
		}
		keys, values = append(keys, bytes.Clone(k)), append(values, bytes.Clone(text))
	}
	next = bytes.Clone(k)
	for i, key := range keys {
		if err := records.Put(key, values[i]); err != nil {
			return nil, err
		}
	}
	return next, nil
}
