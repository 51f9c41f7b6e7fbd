package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// newWriter returns a writer for a disk, with segments of eight pages.
func newWriter(d disk) *writer {
	log := slog.New(slog.DiscardHandler)
	return &writer{disk: d, store: "store", log: log,
		pool: pool{disk: d, size: 32 << 10, most: 16, log: log, spawn: func(do func()) { do() }}}
}

func mustOpen(t *testing.T, d *simDisk) (*writer, []Damage) {
	t.Helper()
	d.kill()
	d.left = 1 << 30
	w := newWriter(d)
	damage, err := w.open()
	if err != nil {
		t.Fatal(err)
	}
	return w, damage
}

func quiet() *simDisk {
	d := newSimDisk(rand.New(rand.NewPCG(1, 1)))
	d.left = 1 << 30
	return d
}

// act returns the nth act.
func act(n int) Record {
	return Record{At: noon.Add(time.Duration(n) * time.Second), Keys: []string{fmt.Sprint("key ", n)}, Body: bytes.Repeat(fmt.Appendf(nil, "%03d ", n), 100)}
}

// appendActs appends acts first to last, each with its own sync.
func appendActs(t *testing.T, w *writer, first, last int) {
	t.Helper()
	for n := first; n <= last; n++ {
		if out := w.append([]Record{act(n)}, nil)[0]; out.err != nil || out.seq != uint64(n) {
			t.Fatalf("act %d: %+v", n, out)
		}
	}
}

func finish(t *testing.T, w *writer, seqs ...uint64) {
	t.Helper()
	for _, seq := range seqs {
		if err := w.remove(seq); err != nil {
			t.Fatal(err)
		}
	}
	w.append(nil, seqs)
}

func undoneSeqs(w *writer) (seqs []uint64) {
	for _, r := range w.acts.list() {
		seqs = append(seqs, r.Seq)
	}
	return seqs
}

// copyDisk returns a disk with the same files, all durable.
func copyDisk(from *simDisk) *simDisk {
	d := quiet()
	for name, f := range from.names {
		d.names[name] = &simFile{disk: d, text: bytes.Clone(f.text), sectors: map[int64][][]byte{}, sizes: []int{len(f.text)}}
	}
	d.durable = maps.Clone(d.names)
	return d
}

// hurt flips a bit in the first occurrence of a text, and returns the name of the file.
func hurt(t *testing.T, d *simDisk, what string) (name string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		if text := d.names[name].text; bytes.Contains(text, []byte(what)) {
			text[bytes.Index(text, []byte(what))] ^= 1
			return name
		}
	}
	t.Fatalf("no file has %q", what)
	return ""
}

// A flipped bit in a closed journal either affects no needed data or is reported. No act is lost
// silently or changed.
func TestBitFlips(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	for n := 1; n <= 60; n += 3 {
		appendActs(t, w, n, n+2)
		finish(t, w, uint64(n), uint64(n+1))
	}
	want := undoneSeqs(w)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	names, told := slices.Sorted(maps.Keys(d.names)), 0
	for range 2000 {
		bad := copyDisk(d)
		f := bad.names[names[rng.IntN(len(names))]]
		at := rng.IntN(len(f.text))
		f.text[at] ^= 1 << rng.IntN(8)
		w, damage := mustOpen(t, bad)
		if told += min(1, len(damage)); len(damage) > 0 {
			if again, _ := mustOpen(t, bad); !slices.Equal(undoneSeqs(again), undoneSeqs(w)) {
				t.Errorf("byte %d: undone are %v, and %v when opened again", at, undoneSeqs(w), undoneSeqs(again))
			}
		}
		found := undoneSeqs(w)
		for _, seq := range want {
			if !slices.Contains(found, seq) && len(damage) == 0 {
				t.Errorf("byte %d: act %d is gone, and nothing says so", at, seq)
			}
		}
		for _, r := range w.acts.list() {
			if !bytes.Equal(r.Body, act(int(r.Seq)).Body) || !r.At.Equal(act(int(r.Seq)).At) {
				t.Errorf("byte %d: act %d has changed", at, r.Seq)
			}
		}
	}
	if told < 50 {
		t.Errorf("only %d flips were told", told)
	}
}

// Damage is reported until a person has handled it. The acts before and after it are carried over.
func TestDamageStays(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 9)
	name := hurt(t, d, "005 ")
	const want = "the journal cannot read frames 6 to 6 in %s: acts received between 2026-11-30 12:00:04 UTC and 2026-11-30 12:00:06 UTC may be lost"
	for range 3 {
		w, damage := mustOpen(t, d)
		if len(damage) != 1 || damage[0].String() != fmt.Sprintf(want, name) {
			t.Fatalf("damage is %q", damage)
		}
		if got := undoneSeqs(w); !slices.Equal(got, []uint64{1, 2, 3, 4, 6, 7, 8, 9}) {
			t.Fatalf("undone are %v", got)
		}
		if d.names[name] != nil || d.names[name+".damaged"] == nil {
			t.Fatalf("the damaged segment was not put aside: %v", slices.Sorted(maps.Keys(d.names)))
		}
	}
	delete(d.names, "damage")
	w, damage := mustOpen(t, d)
	if len(damage) > 0 {
		t.Errorf("damage that was looked at is still there: %q", damage)
	}
	appendActs(t, w, 10, 11)
}

// On a full disk, a damaged segment stays and is reported again.
func TestDamageOnAFullDisk(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 9)
	hurt(t, d, "005 ")
	d.full = true
	for range 2 {
		w, damage := mustOpen(t, d)
		if got := undoneSeqs(w); len(damage) != 1 || !slices.Equal(got, []uint64{1, 2, 3, 4, 6, 7, 8, 9}) {
			t.Fatalf("damage is %q, undone are %v", damage, got)
		}
	}
}

// A missing file is damage if it had acts.
func TestMissingSegment(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 20)
	delete(d.names, w.live[1].name)
	_, damage := mustOpen(t, d)
	if len(damage) != 1 || damage[0].First != w.live[1].first || damage[0].Last != w.live[1].last {
		t.Errorf("damage is %q", damage)
	}
}

// Unsynced frames are no damage: the tail is cut there.
func TestTornTail(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 3)
	hurt(t, d, "003 ")
	w, damage := mustOpen(t, d)
	if got := undoneSeqs(w); len(damage) > 0 || !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("undone are %v, damage is %q", got, damage)
	}
	if out := w.append([]Record{act(9)}, nil)[0]; out.err != nil || out.seq <= 2 {
		t.Errorf("appending after that: %+v", out)
	}
}

// A segment whose sync failed is not written again, and its act is neither acknowledged nor kept.
func TestFailedSync(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 3)
	given := w.cur
	failing := &failingFile{file: given.file}
	given.file = failing
	out := w.append([]Record{act(4)}, nil)[0]
	if !errors.Is(out.err, syscall.EIO) || errors.Is(out.err, ErrFull) {
		t.Fatalf("the append says %v", out.err)
	}
	before := failing.writes
	if out := w.append([]Record{act(5)}, []uint64{}); out[0].err != nil || w.cur == given || failing.writes != before {
		t.Errorf("the next append: %+v, %d writes to the segment that failed", out[0], failing.writes-before)
	}
	if got := undoneSeqs(w); !slices.Equal(got, []uint64{1, 2, 3, 5}) {
		t.Errorf("undone are %v", got)
	}
	w, damage := mustOpen(t, d)
	if got := undoneSeqs(w); len(damage) > 0 || !slices.Equal(got, []uint64{1, 2, 3, 5}) {
		t.Errorf("after a restart undone are %v, damage is %q", got, damage)
	}
}

type failingFile struct {
	file
	writes int
}

func (f *failingFile) WriteAt(p []byte, at int64) (int, error) {
	f.writes++
	return f.file.WriteAt(p, at)
}

func (f *failingFile) sync() error { return syscall.EIO }

// One act that is never done does not block the reuse of all later segments.
func TestStuckAct(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 1)
	for n := 2; n <= 2000; n++ {
		appendActs(t, w, n, n)
		finish(t, w, uint64(n))
	}
	if len(w.live) > carryFrom+1 || len(d.names) > carryFrom+4 {
		t.Errorf("%d segments are in use, of %d files", len(w.live), len(d.names))
	}
	w, _ = mustOpen(t, d)
	if got := undoneSeqs(w); !slices.Equal(got, []uint64{1}) || !bytes.Equal(w.acts.records[0].Body, act(1).Body) {
		t.Errorf("undone are %v", got)
	}
}

// A full journal accepts acts again once acts are done, also if only the segment for closing acts
// is left.
func TestFullAndBack(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	d.full = true
	fill := func() (seqs []uint64) {
		for {
			out := w.append([]Record{act(1)}, nil)[0]
			if errors.Is(out.err, ErrFull) {
				return seqs
			}
			if out.err != nil {
				t.Fatal(out.err)
			}
			seqs = append(seqs, out.seq)
		}
	}
	first := fill()
	closing := act(2)
	closing.Closing = true
	for n := range 30 {
		out := w.append([]Record{closing}, nil)[0]
		if first = append(first, out.seq); errors.Is(out.err, ErrFull) && n > 4 {
			first = first[:len(first)-1]
			break
		}
		if out.err != nil {
			t.Fatalf("closing act %d: %v", n, out.err)
		}
	}
	for _, restart := range []bool{false, true} {
		if restart {
			w, _ = mustOpen(t, d)
		}
		finish(t, w, first...)
		if first = fill(); len(first) < 5 {
			t.Errorf("all is done, and it takes only %d acts (restart: %v)", len(first), restart)
		}
	}
}

// A journal of another store or of a newer version is refused.
func TestForeignJournals(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 3)
	other := newWriter(d)
	other.store = "another"
	if _, err := other.open(); err == nil || !strings.Contains(err.Error(), `belongs to the store with the id "store"`) {
		t.Errorf("another store's: %v", err)
	}
	text := d.names[w.cur.name].text
	text[8] = format + 1
	newCodec("store").seal(text[:headerSize])
	older := newWriter(d)
	_, err := older.open()
	if !errors.Is(err, errFormat) || !strings.Contains(older.needs(err).Error(), "(hint: run that version;") {
		t.Errorf("a newer version's: %v", err)
	}
	if err := older.replace(versionFile, fmt.Appendf(nil, "%d v9.1.0\n", format+1)); err != nil {
		t.Fatal(err)
	}
	if err := older.needs(err); !strings.Contains(err.Error(), "(hint: run version v9.1.0 or later;") {
		t.Errorf("a newer version's that left its name: %v", err)
	}
}

// The version that introduced the journal's format is recorded and kept.
func TestVersionIsNoted(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	for _, w.version = range []string{"v1.0.0", "v1.1.0"} {
		w.recordVersion()
		if had, version := w.readVersion(); had != format || version != "v1.0.0" {
			t.Errorf("noted is %d %s", had, version)
		}
	}
	if _, damage := mustOpen(t, d); len(damage) > 0 {
		t.Errorf("damage is %v", damage)
	}
}

// Only the owner can read the files, because they contain people's text.
func TestModes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db.journal")
	j, err := Open(Config{Path: path, Store: "store"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.Append(t.Context(), act(1)); err != nil {
		t.Fatal(err)
	}
	checked := 0
	err = filepath.WalkDir(path, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
		}
		checked++
		return nil
	})
	if err != nil || checked < 3 {
		t.Errorf("%d files, %v", checked, err)
	}
}

// Acknowledged acts survive a kill of the first opening at any operation, followed by a power
// failure that loses every name that is not durable.
func TestNamesAreDurable(t *testing.T) {
	for ops := 1; ; ops++ {
		d := quiet()
		d.left = ops
		_, err := newWriter(d).open()
		if err == nil {
			break
		}
		w, _ := mustOpen(t, d)
		appendActs(t, w, 1, 1)
		d.changes = nil
		d.cutPower()
		if w, _ = mustOpen(t, d); !slices.Equal(undoneSeqs(w), []uint64{1}) {
			t.Errorf("killed at operation %d: undone are %v", ops, undoneSeqs(w))
		}
	}
}

// One sync serves all waiting appends.
func TestOneSyncForAGroup(t *testing.T) {
	d := quiet()
	w, _ := mustOpen(t, d)
	appendActs(t, w, 1, 1)
	before := d.syncs
	acts := make([]Record, 30)
	for i := range acts {
		acts[i] = act(i)
	}
	for i, out := range w.append(acts, []uint64{}) {
		if out.err != nil {
			t.Errorf("act %d: %v", i, out.err)
		}
	}
	if d.syncs != before+1 {
		t.Errorf("%d syncs for 30 acts", d.syncs-before)
	}
	finish(t, w, 2, 3)
	if d.syncs != before+1 {
		t.Error("marks were synced by themselves")
	}
}
