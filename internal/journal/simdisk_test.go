package journal

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
)

// A simDisk is a disk with simulated power failures. Unsynced sectors are then present or not, in
// any order. A sync that fails loses some of its sectors and marks all of them clean, as Linux
// does.
type simDisk struct {
	rng     *rand.Rand
	names   map[string]*simFile // as the process sees them
	durable map[string]*simFile
	changes []func(map[string]*simFile) // of names, since the directory was synced

	left     int  // operations until the power failure
	dead     bool // the power failed
	noSync   bool // syncs do nothing: the control
	failing  int  // one operation in this many fails; 0: none
	full     bool // no new files
	writes   int
	syncs    int
	syncFail int
}

// A simFile is a file: the contents that the process sees, and for each sector written since the
// last sync all its contents since then.
type simFile struct {
	disk    *simDisk
	text    []byte
	sectors map[int64][][]byte
	sizes   []int // since the last sync, the durable one first
}

var errPower = errors.New("the power is gone")

func newSimDisk(rng *rand.Rand) *simDisk {
	return &simDisk{rng: rng, names: map[string]*simFile{}, durable: map[string]*simFile{}}
}

// op counts an operation, and reports whether the power fails during it.
func (d *simDisk) op() (last bool, err error) {
	if d.dead {
		return false, errPower
	}
	d.left--
	d.dead = d.left <= 0
	return d.dead, nil
}

func (d *simDisk) fails() bool { return d.failing > 0 && d.rng.IntN(d.failing) == 0 }

func (d *simDisk) list() ([]string, error) { return slices.Sorted(maps.Keys(d.names)), nil }

func (d *simDisk) change(c func(map[string]*simFile)) error {
	last, err := d.op()
	if err != nil {
		return err
	}
	c(d.names)
	d.changes = append(d.changes, c)
	if last {
		return errPower
	}
	return nil
}

func (d *simDisk) create(name string) (file, error) {
	if d.full || d.fails() {
		return nil, syscall.ENOSPC
	}
	if d.names[name] != nil {
		return nil, fs.ErrExist
	}
	f := &simFile{disk: d, sectors: map[int64][][]byte{}, sizes: []int{0}}
	return f, d.change(func(names map[string]*simFile) { names[name] = f })
}

func (d *simDisk) open(name string) (file, error) {
	if f := d.names[name]; f != nil {
		return f, nil
	}
	return nil, fs.ErrNotExist
}

func (d *simDisk) rename(from, to string) error {
	return d.change(func(names map[string]*simFile) { names[to] = names[from]; delete(names, from) })
}

func (d *simDisk) remove(name string) error {
	return d.change(func(names map[string]*simFile) { delete(names, name) })
}

func (d *simDisk) sync() error {
	if _, err := d.op(); err != nil || d.dead {
		return errPower
	}
	d.durable, d.changes = maps.Clone(d.names), nil
	return nil
}

func (f *simFile) Close() error { return nil }

func (f *simFile) size() (int64, error) { return int64(len(f.text)), nil }

func (f *simFile) ReadAt(p []byte, at int64) (int, error) {
	if at > int64(len(f.text)) {
		return 0, io.EOF
	}
	n := copy(p, f.text[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *simFile) sector(n int64) []byte {
	s := make([]byte, sectorSize)
	if from := n * sectorSize; from < int64(len(f.text)) {
		copy(s, f.text[from:])
	}
	return s
}

func (f *simFile) WriteAt(p []byte, at int64) (int, error) {
	last, err := f.disk.op()
	if err != nil {
		return 0, err
	}
	if f.disk.fails() { // cut short, between two sectors
		end := (at/sectorSize + int64(f.disk.rng.IntN(len(p)/sectorSize+2))) * sectorSize
		p, err = p[:min(max(0, end-at), int64(len(p)))], syscall.EIO
	}
	f.disk.writes++
	from, to := at/sectorSize, (at+int64(len(p))+sectorSize-1)/sectorSize
	for n := from; n < to; n++ {
		if f.sectors[n] == nil {
			f.sectors[n] = [][]byte{f.sector(n)}
		}
	}
	if end := int(at) + len(p); end > len(f.text) {
		f.text = append(f.text, make([]byte, end-len(f.text))...)
		f.sizes = append(f.sizes, end)
	}
	copy(f.text[at:], p)
	for n := from; n < to; n++ {
		f.sectors[n] = append(f.sectors[n], f.sector(n))
	}
	if last {
		return 0, errPower
	}
	return len(p), err
}

func (f *simFile) sync() error {
	if _, err := f.disk.op(); err != nil || f.disk.dead {
		return errPower
	}
	f.disk.syncs++
	if f.disk.noSync {
		return nil
	}
	if f.disk.fails() {
		f.disk.syncFail++
		for _, n := range slices.Sorted(maps.Keys(f.sectors)) { // clean, but only some are on the disk
			f.sectors[n] = [][]byte{f.sectors[n][f.disk.rng.IntN(len(f.sectors[n]))]}
		}
		return syscall.EIO
	}
	maps.DeleteFunc(f.sectors, func(_ int64, had [][]byte) bool { return len(had) > 1 })
	f.sizes = []int{len(f.text)}
	return nil
}

// kill ends the process: its writes are in the page cache.
func (d *simDisk) kill() { d.left, d.dead = 0, false }

// cutPower simulates the effect of a power failure.
func (d *simDisk) cutPower() {
	names := maps.Clone(d.durable)
	for _, c := range d.changes[:d.rng.IntN(len(d.changes)+1)] { // a journaling file system keeps their order
		c(names)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := names[name]
		for _, n := range slices.Sorted(maps.Keys(f.sectors)) {
			had := f.sectors[n]
			copy(f.text[n*sectorSize:], had[d.rng.IntN(len(had))])
		}
		f.text = f.text[:f.sizes[d.rng.IntN(len(f.sizes))]]
		f.sectors, f.sizes = map[int64][][]byte{}, []int{len(f.text)}
	}
	d.names, d.durable, d.changes = names, maps.Clone(names), nil
	d.left, d.dead = 0, false
}
