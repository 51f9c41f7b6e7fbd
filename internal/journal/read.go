package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Damage is a range of frames that were synced and cannot be read. It may include acknowledged
// acts.
type Damage struct {
	Files  []string  `json:"files"`           // files of the frames; empty if a whole file is missing
	First  uint64    `json:"first"`           // number of the first frame; 0 if unknown
	Last   uint64    `json:"last"`            // number of the last frame
	After  time.Time `json:"after,omitzero"`  // receipt of the last readable act before them
	Before time.Time `json:"before,omitzero"` // receipt of the first readable act after them
}

func (d Damage) String() string {
	when := "at an unknown time"
	const form = "2006-01-02 15:04:05 UTC"
	switch {
	case !d.After.IsZero() && !d.Before.IsZero():
		when = "between " + d.After.Format(form) + " and " + d.Before.Format(form)
	case !d.After.IsZero():
		when = "after " + d.After.Format(form)
	case !d.Before.IsZero():
		when = "before " + d.Before.Format(form)
	}
	what, files := fmt.Sprintf("frames %d to %d", d.First, d.Last), strings.Join(d.Files, " and ")
	if d.First == 0 {
		what = "the first frame"
	}
	return fmt.Sprintf("the journal cannot read %s in %s: acts received %s may be lost",
		what, cmp.Or(files, "a file that is missing"), when)
}

// A segmentText holds the frames of a file's latest use.
type segmentText struct {
	name    string
	segment uint64  // 0: never used
	last    uint64  // highest frame number of this use, readable or not
	frames  []frame // ascending by number
}

// scan returns the frames of a file, and the highest numbers in any of its frames.
func (c codec) scan(name string, text []byte) (s segmentText, top frame, err error) {
	s.name = name
	for at := 0; at+headerSize <= len(text); {
		if text[at+8] == 0 { // no format: most of a segment is zeros
			at += alignment
			continue
		}
		f, found, err := c.parse(text[at:])
		if err != nil {
			return s, top, fmt.Errorf("%s: %w", name, err)
		}
		if !found {
			at += alignment
			continue
		}
		top.segment, top.number = max(top.segment, f.segment), max(top.number, f.number)
		top.synced, top.base = max(top.synced, f.synced), max(top.base, f.base)
		if f.segment > s.segment {
			s.segment, s.frames, s.last = f.segment, nil, 0
		}
		if f.segment == s.segment {
			s.last = max(s.last, f.number)
		}
		if f.body == nil {
			at += alignment // the length is unreliable: newer frames may overlap the body
			continue
		}
		if f.at = int64(at); f.segment == s.segment {
			s.frames = append(s.frames, f)
		}
		at += int(frameSize(len(f.body)))
	}
	slices.SortStableFunc(s.frames, func(a, b frame) int { return cmp.Compare(a.number, b.number) })
	return s, top, c.checkStart(name, text)
}

// checkStart checks a file's first sector, which is written atomically: it holds zeros or a begin
// frame of this store.
func (c codec) checkStart(name string, text []byte) error {
	text = text[:min(sectorSize, len(text))]
	if f, found, _ := c.parse(text); found && f.kind == beginFrame || len(bytes.Trim(text, "\x00")) == 0 {
		return nil
	}
	if len(text) < sectorSize || text[9] != beginFrame {
		return errStart
	}
	size := binary.LittleEndian.Uint32(text[12:])
	if size < 8 || headerSize+int(size) > sectorSize {
		return errStart
	}
	other := decodeBegin(text[headerSize : headerSize+size]).store
	if _, found, err := newCodec(other).parse(text); found || err != nil {
		return fmt.Errorf("%s belongs to the store with the id %q "+
			"(hint: move the journal's directory aside, or put back the store that it belongs to)", name, other)
	}
	return errStart
}

// errStart means that the first sector of a file is neither empty nor readable.
var errStart = errors.New("the first sector cannot be read")

// A recovery is the state that results from all segments.
type recovery struct {
	segments    []segmentText // ascending by number, with the valid frames
	acts        undone
	holder      map[uint64]string // by Seq of an undone act: the file with its latest copy
	mark        uint64            // highest number that a frame declares synced
	synced      uint64            // highest valid number: later frames are void
	next        uint64            // the next frame's number
	nextSegment uint64
	base        uint64
	damage      []Damage
	cut         int // number of frames that are void or in a torn tail
}

// recover reads segments. A missing frame is damage if any frame declares its number synced.
// Otherwise the tail is cut there.
func (c codec) recover(files map[string][]byte) (*recovery, error) {
	r := &recovery{holder: map[uint64]string{}, next: 1, nextSegment: 1, base: 1}
	badStart := map[string]bool{}
	for name, text := range files {
		s, top, err := c.scan(name, text)
		if errors.Is(err, errStart) {
			badStart[name] = true
		} else if err != nil {
			return nil, err
		}
		r.segments = append(r.segments, s)
		r.next, r.nextSegment = max(r.next, top.number+1), max(r.nextSegment, top.segment+1)
		r.base, r.mark = max(r.base, top.base), max(r.mark, top.synced)
	}
	slices.SortFunc(r.segments, func(a, b segmentText) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.name, b.name))
	})
	r.dropVoid()
	r.walk()
	for _, s := range r.segments {
		if badStart[s.name] && (s.segment == 0 || s.last >= r.base) && !r.isDamaged(s.name) {
			r.damage = append(r.damage, Damage{Files: []string{s.name}})
		}
	}
	return r, nil
}

// isDamaged reports whether damage was found in a file.
func (r *recovery) isDamaged(name string) bool {
	return slices.ContainsFunc(r.damage, func(d Damage) bool { return slices.Contains(d.Files, name) })
}

// dropVoid drops the frames that the begin frame of a later segment skips.
func (r *recovery) dropVoid() {
	limit := ^uint64(0)
	for i := len(r.segments) - 1; i >= 0; i-- {
		s := &r.segments[i]
		before := len(s.frames)
		s.frames = slices.DeleteFunc(s.frames, func(f frame) bool { return f.number > limit })
		r.cut += before - len(s.frames)
		for _, f := range s.frames {
			if f.kind == beginFrame {
				limit = min(limit, f.synced)
			}
		}
	}
}

// A gap detects missing frame numbers.
type gap struct {
	mark     uint64 // highest number that any frame declares synced
	expected uint64 // the next frame's number, if none is missing
	file     string // the file of the preceding frame
	after    time.Time
	open     int // index of the damage without a Before time; -1: none
}

// before returns the damage before f, if any, and whether the tail is cut here.
func (g *gap) before(f frame, file string) (d Damage, cut bool) {
	last := f.number - 1
	if f.kind == beginFrame {
		last = min(last, f.synced) // the others are void
	}
	if upTo := min(last, g.mark); g.expected <= upTo {
		d = Damage{Files: slices.Compact([]string{g.file, file}), First: g.expected, Last: upTo, After: g.after}
		d.Files = slices.DeleteFunc(d.Files, func(name string) bool { return name == "" })
		g.expected = upTo + 1
	}
	return d, last > g.mark && g.expected <= last
}

// walk replays the frames in order.
func (r *recovery) walk() {
	g := gap{mark: r.mark, expected: r.base, open: -1}
	defer func() { r.synced = g.expected - 1 }()
	for i := range r.segments {
		s := &r.segments[i]
		for n, f := range s.frames {
			if f.number < g.expected {
				r.remember(f)
				continue
			}
			d, cut := g.before(f, s.name)
			r.found(d, &g)
			if cut {
				r.cutFrom(i, n)
				return
			}
			g.expected, g.file = f.number+1, s.name
			if at, isAct := r.replay(f, s.name); isAct {
				if g.after = at; g.open >= 0 {
					r.damage[g.open].Before, g.open = at, -1
				}
			}
		}
	}
	d, _ := g.before(frame{number: r.mark + 1}, "")
	r.found(d, &g)
}

// found adds a damage.
func (r *recovery) found(d Damage, g *gap) {
	if d.Last > 0 {
		g.open = len(r.damage)
		r.damage = append(r.damage, d)
	}
}

// cutFrom drops the frames from the nth of segment i on.
func (r *recovery) cutFrom(i, n int) {
	for ; i < len(r.segments); i, n = i+1, 0 {
		s := &r.segments[i]
		for _, f := range s.frames[n:] {
			r.remember(f)
		}
		r.cut += len(s.frames) - n
		s.frames = s.frames[:n]
	}
}

// remember makes sure that the Seqs of an invalid frame are not reused.
func (r *recovery) remember(f frame) {
	switch f.kind {
	case beginFrame:
		r.acts.last = max(r.acts.last, decodeBegin(f.body).last)
	case actFrame, carriedFrame:
		if act, ok := decodeAct(f.body); ok {
			r.acts.last = max(r.acts.last, act.Seq)
		}
	case doneFrame:
		for _, seq := range decodeSeqs(f.body) {
			r.acts.last = max(r.acts.last, seq)
		}
	}
}

// replay applies f, and returns the receipt if f is an act.
func (r *recovery) replay(f frame, name string) (at time.Time, isAct bool) {
	r.remember(f)
	switch f.kind {
	case actFrame, carriedFrame:
		act, ok := decodeAct(f.body)
		if !ok {
			return at, false // cannot happen: sound has decoded it
		}
		r.acts.put(act)
		r.holder[act.Seq] = name
		return act.At, f.kind == actFrame
	case doneFrame:
		for _, seq := range decodeSeqs(f.body) {
			_ = r.acts.remove(seq) // the only error is an unknown Seq, and remember made it known
			delete(r.holder, seq)
		}
	}
	return at, false
}
