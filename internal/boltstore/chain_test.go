package boltstore

import (
	"fmt"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// Verify names the first entry that was changed. It cannot detect a chain that was cut at its end,
// or an older file in its place; the log that follows the chain and the posted heads show those.
func TestTamperedChain(t *testing.T) {
	type bucket = *bolt.Bucket
	swap := func(b bucket, i, j uint64) error {
		one, other := clone(b.Get(number(i))), clone(b.Get(number(j)))
		if err := b.Put(number(i), other); err != nil {
			return err
		}
		return b.Put(number(j), one)
	}
	body := func(b bucket, i uint64, old, now string) error {
		l, err := decodeLink(i, b.Get(number(i)))
		if err != nil {
			return err
		}
		l.Body = []byte(replaceOnce(t, string(l.Body), old, now))
		text, err := encodeLink(l)
		if err != nil {
			return err
		}
		return b.Put(number(i), text)
	}
	for _, c := range []struct {
		name string
		edit func(b bucket) error
		want string
		seq  uint64 // the last valid entry
	}{
		{"nothing", func(bucket) error { return nil }, "", 50},
		{"a word edited", func(b bucket) error { return body(b, 20, `"kind":"asked"`, `"kind":"acked"`) }, "entry 20 is not what was written", 19},
		{"a fact edited", func(b bucket) error { return body(b, 20, `"bucket":"b"`, `"bucket":"c"`) }, "entry 20 is not what was written", 19},
		{"a time edited", func(b bucket) error { return body(b, 1, `T12:00`, `T13:00`) }, "entry 1 is not what was written", 0},
		{"white space added", func(b bucket) error { return body(b, 50, `{"v":1`, `{ "v":1`) }, "entry 50 is not what was written", 49},
		{"one deleted", func(b bucket) error { return b.Delete(number(20)) }, "entry 20 is missing: entry 21 stands in its place", 19},
		{"the first deleted", func(b bucket) error { return b.Delete(number(1)) }, "entry 1 is missing: entry 2 stands in its place", 0},
		{"two swapped", func(b bucket) error { return swap(b, 20, 21) }, "entry 20 does not follow the one before it", 19},
		{"one put in twice", func(b bucket) error { return b.Put(number(21), clone(b.Get(number(20)))) }, "entry 21 does not follow the one before it", 20},
		{"one made up at the end", func(b bucket) error { return b.Put(number(52), clone(b.Get(number(50)))) }, "entry 51 is missing: entry 52 stands in its place", 50},
		{"not a link", func(b bucket) error { return b.Put(number(20), []byte("junk")) }, "reading entry 20 of the audit chain: invalid character 'j' looking for beginning of value", 19},
		{"no hash", func(b bucket) error { return b.Put(number(20), []byte(`{"body":"e30="}`)) }, "entry 20 of the audit chain has no hash", 19},
		{"the tail cut off", func(b bucket) error { return b.Delete(number(50)) }, "entry 50 is missing: the chain had 50", 49},
	} {
		path := filled(t)
		edit(t, path, func(tx *bolt.Tx) error { return c.edit(tx.Bucket(chainBucket)) })
		head, err := open(t, path).Verify(ctx)
		if said(err) != c.want || head.Seq != c.seq {
			t.Errorf("%s: it holds up to %d, %v; want %d, %q", c.name, head.Seq, err, c.seq, c.want)
		}
	}
}

// A chain that was rewritten as a whole is valid, but its head differs from the posted one.
func TestRewrittenChainHasAnotherHead(t *testing.T) {
	heads := map[string]bool{}
	for i := range 2 {
		s := open(t, newPath(t))
		for j := range 3 {
			c := change("A")
			c.Grants, c.Causes = nil, nil
			c.Entries[0].Why = fmt.Sprint(i * j)
			must(t, s.Commit(ctx, c))
		}
		head, err := s.Verify(ctx)
		must(t, err)
		heads[head.Hash] = true
	}
	if len(heads) != 2 {
		t.Errorf("two histories have the heads %v", heads)
	}
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }

func replaceOnce(t *testing.T, s, old, now string) string {
	t.Helper()
	before, after, found := strings.Cut(s, old)
	if !found {
		t.Fatalf("%q is not in %s", old, s)
	}
	return before + now + after
}
