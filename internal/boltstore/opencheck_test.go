package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/grant"
	"s3share/internal/store"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
)

// change is the change of a new request: the record, its due time and an audit entry.
func change(id grant.ID) store.Tx {
	return store.Tx{
		At:       noon,
		Grants:   []grant.Grant{{ID: id, State: grant.Pending, AskedAt: noon, Requester: grant.Person{User: "U0RITA"}, Bucket: grant.Bucket{Name: "b"}, Principal: grant.Principal{ARN: "p"}}},
		DueTimes: []grant.DueTime{{Worker: grant.TimerWorker, ID: id, At: noon}},
		Entries:  []grant.Entry{{At: noon, Kind: "asked", Grant: id, Facts: map[string]string{"bucket": "b"}}},
		Causes:   []string{"cause of " + string(id)},
	}
}

// filled makes and closes a store of some size, and returns its path.
func filled(t testing.TB) (path string) {
	t.Helper()
	path = newPath(t)
	s := open(t, path)
	for i := range 5 {
		var c store.Tx
		for j := range 10 {
			one := change(grant.ID(fmt.Sprintf("G%d%d", i, j)))
			one.Entries[0].Facts["before"] = strings.Repeat("x", 5000)
			c.Grants, c.DueTimes, c.Entries = append(c.Grants, one.Grants...), append(c.DueTimes, one.DueTimes...), append(c.Entries, one.Entries...)
		}
		if err := s.Commit(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// used returns the number of bytes in use in a store.
func used(t testing.TB, path string) int64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, found := newestMeta(f)
	if !found {
		t.Fatalf("%s has no meta page", path)
	}
	return int64(m.pages * m.pageSize)
}

func TestOpen(t *testing.T) {
	const (
		restore = " (hint: restore a backup)"
		anew    = " (hint: restore a backup; or, to begin anew, delete that file and move the audit log aside)"
	)
	truncate := func(size int64) func(*testing.T, string) {
		return func(t *testing.T, path string) { must(t, os.Truncate(path, size)) }
	}
	zero := func(from, n int64) func(*testing.T, string) {
		return func(t *testing.T, path string) { overwrite(t, path, from, make([]byte, n)) }
	}
	page := int64(os.Getpagesize())
	for _, c := range []struct {
		name string
		harm func(t *testing.T, path string)
		want string // the error after "opening PATH: ", where ID is the sidecar; "": it opens with all its contents
	}{
		{"as it was left", func(*testing.T, string) {}, ""},
		{"missing", remove, "it is missing, and ID says that there was one" + anew},
		{"empty", truncate(0), "it is empty, and ID says that it was not" + anew},
		{"100 bytes", truncate(100), "it was cut short: it has 100 bytes and needs "},
		{"two pages", truncate(2 * page), fmt.Sprintf("it was cut short: it has %d bytes and needs USED", 2*page) + restore},
		{"four pages", truncate(4 * page), fmt.Sprintf("it was cut short: it has %d bytes and needs USED", 4*page) + restore},
		{"one page too short", func(t *testing.T, path string) { must(t, os.Truncate(path, used(t, path)-page)) }, "it was cut short: it has LESS bytes and needs USED" + restore},
		{"cut after the pages in use", func(t *testing.T, path string) { must(t, os.Truncate(path, used(t, path))) }, ""},
		{"both meta pages zeroed", zero(0, 2*page), "it is not a store of the bot, or its first pages are broken" + restore},
		{"a text file", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, bytes.Repeat([]byte("text\n"), 10000), 0o600))
		}, "it is not a store of the bot, or its first pages are broken" + restore},
		{"a directory", func(t *testing.T, path string) { remove(t, path); must(t, os.Mkdir(path, 0o700)) }, "it is a directory (hint: name a file in it)"},
		{"another program's", func(t *testing.T, path string) { remove(t, path); emptyBolt(t, path) }, "it holds nothing of the bot, and ID says that it did" + anew},
		{"an empty sidecar", func(t *testing.T, path string) { must(t, os.WriteFile(sidecar(path), []byte("\n"), 0o600)) }, "ID is empty, and should name the store (hint: if this store is the right one, delete that file, and I write it again)"},
		{"another store's sidecar", func(t *testing.T, path string) { must(t, os.WriteFile(sidecar(path), []byte("other\n"), 0o600)) }, "ID belongs to another store (hint: delete it if this store is the right one)"},
		{"no sidecar", func(t *testing.T, path string) { remove(t, sidecar(path)) }, ""},
		{"no freelist", func(t *testing.T, path string) { breakFreelist(t, path) }, "the file is broken: "},
	} {
		path := filled(t)
		high := used(t, path)
		c.harm(t, path)
		s, err := Open(Config{Path: path})
		want := strings.NewReplacer("ID", sidecar(path), "USED", fmt.Sprint(high), "LESS", fmt.Sprint(high-page)).Replace(c.want)
		switch {
		case c.want == "" && err == nil:
			if head, err := s.Verify(ctx); err != nil || head.Seq != 50 {
				t.Errorf("%s: the chain has %d entries, %v", c.name, head.Seq, err)
			}
		case err == nil:
			t.Errorf("%s: it opens; want %q", c.name, want)
		case c.want == "" || !strings.HasPrefix(err.Error(), "opening "+path+": "+want):
			t.Errorf("%s: %v; want %q", c.name, err, want)
		}
		if s != nil {
			s.Close()
		}
	}
}

// A store that was created but never received contents is created again.
func TestOpenAnew(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"nothing there": func(*testing.T, string) {},
		"an empty file": func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) },
		"an empty bolt": emptyBolt,
	} {
		path := newPath(t)
		prepare(t, path)
		s := open(t, path)
		if err := s.Commit(ctx, change("A")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
		text, err := os.ReadFile(sidecar(path))
		if len(strings.TrimSpace(string(text))) < 20 || err != nil {
			t.Errorf("%s: the sidecar says %q, %v", name, text, err)
		}
		if files, _ := filepath.Glob(path + "*"); len(files) != 2 {
			t.Errorf("%s: it left %v", name, files)
		}
	}
}

// A crash during the write of one meta page leaves the other valid. The file opens, whatever the
// torn page says.
func TestTornMetaPage(t *testing.T) {
	page := int64(os.Getpagesize())
	for _, at := range []int64{0, page} {
		path := filled(t)
		overwrite(t, path, at+pageHeader+40, bytes.Repeat([]byte{0x7f}, 8)) // pages in use: an impossible number
		s, err := Open(Config{Path: path})
		if err != nil {
			t.Errorf("torn at %d: %v", at, err)
			continue
		}
		if head, err := s.Verify(ctx); err != nil || head.Seq < 40 {
			t.Errorf("torn at %d: %d entries, %v", at, head.Seq, err)
		}
		s.Close()
	}
}

func TestHeldByAnother(t *testing.T) {
	path := filled(t)
	s := open(t, path)
	_, err := Open(Config{Path: path})
	if want := "opening " + path + ": another process holds it (hint: is the bot already running?)"; err == nil || err.Error() != want {
		t.Errorf("a second opener: %v; want %q", err, want)
	}
	s.Close()
	open(t, path)
}

func TestSchema(t *testing.T) {
	for found, want := range map[string]string{
		"4":  "it needs version 1.4.0 or later of the bot: it has schema 4, and this version knows 3 (hint: run that version, or restore a backup from before)",
		"":   `its schema "" is not a number (hint: restore a backup)`,
		"0":  `its schema "0" is not a number (hint: restore a backup)`,
		"1a": `its schema "1a" is not a number (hint: restore a backup)`,
	} {
		path := filled(t)
		edit(t, path, func(tx *bolt.Tx) error {
			meta := tx.Bucket(metaBucket)
			return errors.Join(meta.Put([]byte("schema"), []byte(found)), meta.Put([]byte("needs"), []byte("1.4.0")))
		})
		_, err := Open(Config{Path: path})
		if err == nil || err.Error() != "opening "+path+": "+want {
			t.Errorf("schema %q: %v; want %q", found, err, want)
		}
	}
	path := filled(t)
	edit(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket(grantsBucket).Put([]byte("G01"), []byte(`{"schema":9,"version":1,"record":{}}`))
	})
	if _, err := open(t, path).Get(ctx, "G01"); !errors.Is(err, store.ErrUnreadable) || err.Error() != "the stored record is damaged: it has the form 9" {
		t.Errorf("a record of another schema: %v", err)
	}
}

// The refusal of a newer store names the version that migrated it, and the copy from before.
func TestTooNew(t *testing.T) {
	path := filled(t)
	newer := newStore(Config{Version: "2.0.0"})
	var err error
	newer.file.db, err = bolt.Open(path, 0o600, nil)
	must(t, err)
	_, err = newer.prepare(path, 4, map[int]migration{3: func(*bolt.Tx) error { return nil }})
	must(t, errors.Join(err, newer.file.db.Close()))
	want := "it needs version 2.0.0 or later of the bot: it has schema 4, and this version knows 3 " +
		"(hint: run that version, or put back the copy from before, " + path + ".schema3)"
	if _, err := Open(Config{Path: path}); err == nil || err.Error() != "opening "+path+": "+want {
		t.Errorf("%v; want %q", err, want)
	}
	must(t, os.Rename(path+".schema3", path))
	if head, err := open(t, path).Verify(ctx); err != nil || head.Seq != 50 {
		t.Errorf("the copy that was put back has %d entries, %v", head.Seq, err)
	}
}

func TestMigration(t *testing.T) {
	path := filled(t)
	s := open(t, path)
	var walked []int
	way := func(n int, err error) migration {
		return func(tx *bolt.Tx) error {
			walked = append(walked, n)
			return errors.Join(err, tx.Bucket(notesBucket).Put([]byte(fmt.Sprint("step ", n)), []byte("{}")))
		}
	}
	for _, c := range []struct {
		ways map[int]migration
		want string
	}{
		{nil, "it has schema 3 and this bot knows 5 and no way from there (hint: run the bot of a version between first)"},
		{map[int]migration{3: way(1, nil)}, "it has schema 4 and this bot knows 5 and no way from there (hint: run the bot of a version between first)"},
		{map[int]migration{3: way(1, nil), 4: way(2, errors.New("a full disk"))}, "bringing it from schema 4 to 5: a full disk"},
		{map[int]migration{3: way(1, nil), 4: way(2, nil)}, ""},
		{nil, ""}, // already migrated
	} {
		walked = nil
		id, err := s.prepare(path, 5, c.ways)
		if said(err) != c.want {
			t.Errorf("%v; want %q", err, c.want)
		}
		steps := 0
		must(t, s.file.view(func(tx *bolt.Tx) error { steps = tx.Bucket(notesBucket).Stats().KeyN; return nil }))
		if c.want != "" && steps != 0 || c.want == "" && (steps != 2 || len(id) < 20) {
			t.Errorf("%q: it left %d steps, and the id %q", c.want, steps, id)
		}
	}
	if _, err := s.prepare(path, 4, nil); err == nil {
		t.Error("the older bot took the newer store")
	}
	s.Close()
	before := path + ".schema3"
	if kept := open(t, before); kept != nil {
		if head, err := kept.Verify(ctx); err != nil || head.Seq != 50 {
			t.Errorf("the copy from before has %d entries, %v", head.Seq, err)
		}
	}
}

// A flipped bit on the disk costs at most the data that contains it: the store does not open, a
// call fails, the chain is invalid, or the bit is unused. It never ends the process or keeps the
// lock.
func TestFlippedBits(t *testing.T) {
	whole := filled(t)
	text, err := os.ReadFile(whole)
	must(t, err)
	text = text[:used(t, whole)]
	random := rand.New(rand.NewPCG(1, 2))
	outcome := map[string]int{}
	for range 60 {
		at, bit := random.IntN(len(text)), random.IntN(8)
		if random.IntN(2) == 0 { // the header of a page, where damage has the most effect
			at = at/os.Getpagesize()*os.Getpagesize() + random.IntN(64)
		}
		path := newPath(t)
		broken := bytes.Clone(text)
		broken[at] ^= 1 << bit
		must(t, os.WriteFile(path, broken, 0o600))
		outcome[useAll(path)]++
	}
	t.Logf("%v", outcome)
	if outcome["the chain"] == 0 || outcome["a read"] == 0 || outcome["nothing"] == 0 {
		t.Errorf("60 flips were noticed so: %v; the test is too kind", outcome)
	}
}

// useAll uses every operation of a store, and returns the first failure.
func useAll(path string) (failed string) {
	s, err := Open(Config{Path: path})
	if err != nil {
		return "opening"
	}
	defer s.Close()
	failed = "nothing"
	note := func(what string, err error) {
		if err != nil && failed == "nothing" {
			failed = what
		}
	}
	_, err = s.Verify(ctx)
	note("the chain", err)
	gs, err := s.List(ctx, store.Query{})
	note("a read", err)
	for i := range 5 {
		for j := range 10 {
			_, err := s.Get(ctx, grant.ID(fmt.Sprintf("G%d%d", i, j)))
			note("a read", err)
		}
	}
	ids, err := s.Due(ctx, grant.TimerWorker, noon, 1000)
	note("a read", err)
	if len(gs) != 50 || len(ids) != 50 {
		note("a read", errors.New("some are missing"))
	}
	for i := range 3 {
		note("a commit", s.Commit(ctx, change(grant.ID(fmt.Sprint("NEW", i)))))
	}
	return failed
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func remove(t *testing.T, path string) { must(t, os.Remove(path)) }

func overwrite(t *testing.T, path string, at int64, text []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(text, at)
	must(t, errors.Join(err, f.Close()))
}

func edit(t *testing.T, path string, do func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, errors.Join(db.Update(do), db.Close()))
}

func emptyBolt(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Close())
}

// breakFreelist changes the type of the freelist page. bbolt panics on it.
func breakFreelist(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	page := os.Getpagesize()
	for at := 2 * page; at < len(text); at += page {
		if text[at+8] == 0x10 && text[at+9] == 0 { // the flag of a freelist
			overwrite(t, path, int64(at+8), []byte{0x02})
		}
	}
}

func TestOpenWhereThereIsNoDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if _, err := Open(Config{Path: filepath.Join(dir, "s3share.db")}); err == nil || !strings.Contains(err.Error(), "(hint: make the directory "+dir+", or name another in the config)") {
		t.Errorf("%v", err)
	}
}
