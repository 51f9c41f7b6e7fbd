package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A powerTest is a journal that dies repeatedly, and its expected contents.
type powerTest struct {
	rng    *rand.Rand
	disk   *simDisk
	handed map[string]bool   // every act that was passed to append
	kept   map[uint64]string // acts that were acknowledged, or found after a death
	done   map[uint64]bool
	marked map[uint64]bool // acts whose mark is durable
	faults []string
	count  struct{ acks, refused, powerCuts, kills, segments, revived int }
}

func newPowerTest(seed uint64) *powerTest {
	rng := rand.New(rand.NewPCG(seed, 1))
	return &powerTest{
		rng: rng, disk: newSimDisk(rng),
		handed: map[string]bool{}, kept: map[uint64]string{}, done: map[uint64]bool{}, marked: map[uint64]bool{},
	}
}

func (p *powerTest) faultf(format string, args ...any) {
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// live opens the journal, compares it with the expected contents, uses it and dies.
func (p *powerTest) live() {
	p.disk.left, p.disk.full = 1+p.rng.IntN(80), p.rng.IntN(4) == 0
	if p.rng.IntN(4) == 0 {
		p.disk.failing = 20 + p.rng.IntN(60)
	}
	w := newWriter(p.disk)
	w.pool.most = 3 + p.rng.IntN(2)*13
	damage, err := w.open()
	switch {
	case err == nil:
		p.compare(w, damage)
		p.use(w)
	case isFull(err) && len(w.live)+len(w.pool.free) == 0: // there never was a segment
	case !p.disk.dead && p.disk.failing == 0:
		p.faultf("the journal does not open: %v", err)
	}
	p.disk.failing = 0
	if p.disk.dead && p.rng.IntN(4) > 0 {
		p.count.powerCuts++
		p.disk.cutPower()
		return
	}
	p.count.kills++
	p.disk.kill()
}

// compare compares the contents of a journal with the expected ones.
func (p *powerTest) compare(w *writer, damage []Damage) {
	for _, d := range damage {
		p.faultf("nothing was damaged, and it says: %s", d)
	}
	found, last := map[uint64]bool{}, uint64(0)
	for _, r := range w.acts.records {
		body := string(r.Body)
		if r.Seq <= last {
			p.faultf("act %d comes after act %d", r.Seq, last)
		}
		if last = r.Seq; !p.handed[body] || !slices.Equal(r.Keys, []string{body[:min(20, len(body))]}) {
			p.faultf("act %d was invented: %.40q, %q", r.Seq, body, r.Keys)
		}
		switch kept, is := p.kept[r.Seq]; {
		case is && kept != body:
			p.faultf("act %d was %.20q and is %.20q", r.Seq, kept, body)
		case !is:
			p.count.revived++
			p.kept[r.Seq] = body
		}
		if p.marked[r.Seq] {
			p.faultf("act %d is undone again, and its mark was durable", r.Seq)
		}
		delete(p.done, r.Seq) // it is replayed
		found[r.Seq] = true
	}
	for seq := range p.kept {
		if !p.done[seq] && !found[seq] {
			p.faultf("act %d was acknowledged and is lost", seq)
		}
	}
}

// use appends and marks until the disk dies or the process is killed.
func (p *powerTest) use(w *writer) {
	for !p.disk.dead && p.rng.IntN(60) > 0 {
		if p.rng.IntN(20) == 0 {
			p.disk.full = !p.disk.full
		}
		var acts []Record
		for range p.rng.IntN(4) {
			body := fmt.Sprintf("%-20d", len(p.handed)) + string(make([]byte, p.rng.IntN(1+p.rng.IntN(5000))))
			p.handed[body] = true
			acts = append(acts, Record{At: time.Unix(int64(len(p.handed)), 7).UTC(), Keys: []string{body[:20]}, Closing: p.rng.IntN(3) == 0, Body: []byte(body)})
		}
		var marks []uint64
		for _, r := range w.acts.list() {
			if p.rng.IntN(3) > 0 && r.Seq%17 != 0 {
				marks = append(marks, r.Seq)
				p.done[r.Seq] = true
				if err := w.remove(r.Seq); err != nil {
					p.faultf("marking act %d: %v", r.Seq, err)
				}
			}
		}
		for i, out := range w.append(acts, marks) {
			switch {
			case out.err == nil:
				p.count.acks++
				p.kept[out.seq] = string(acts[i].Body)
				for seq := range p.done {
					p.marked[seq] = true
				}
			case errors.Is(out.err, ErrFull):
				p.count.refused++
			case !p.disk.dead && p.disk.failing == 0:
				p.faultf("an append fails: %v", out.err)
			}
		}
	}
	p.count.segments = int(w.nextSegment)
}

// powerFailures runs seeds until a number of disk images were made, and returns the first faults.
func powerFailures(t *testing.T, images int, noSync bool) (faults []string, faulty int) {
	total := newPowerTest(0).count
	for seed := uint64(0); total.powerCuts < images; seed++ {
		p := newPowerTest(seed)
		p.disk.noSync = noSync
		for range 12 {
			p.live()
			if len(p.faults) > 0 {
				faulty++
				faults = append(faults, fmt.Sprintf("seed %d: %q", seed, p.faults[:min(3, len(p.faults))]))
				break
			}
		}
		total.acks += p.count.acks
		total.refused += p.count.refused
		total.powerCuts += p.count.powerCuts
		total.kills += p.count.kills
		total.segments += p.count.segments
		total.revived += p.count.revived
	}
	t.Logf("%+v", total)
	if !noSync && (total.acks < images || total.refused < 10 || total.segments < images/2 || total.revived == 0) {
		t.Errorf("the images say little: %+v", total)
	}
	return faults, faulty
}

// After a power failure at any moment, every acknowledged act is present, and no unknown act is.
func TestPowerFailures(t *testing.T) {
	faults, _ := powerFailures(t, 1000, false)
	for _, f := range faults[:min(5, len(faults))] {
		t.Error(f)
	}
}

// The control: without syncs the same images show losses.
func TestPowerFailuresWithoutSync(t *testing.T) {
	if _, faulty := powerFailures(t, 200, true); faulty < 10 {
		t.Errorf("only %d journals without syncs lost something: the test above would pass for nothing", faulty)
	}
}
