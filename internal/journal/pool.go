package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"syscall"
)

// A pool makes segments, and keeps the free ones. Its methods belong to the writer's goroutine,
// except make. inUse is the number of segments that the writer has.
type pool struct {
	disk  disk
	size  int64 // of a segment
	most  int   // segments, with those in use
	log   *slog.Logger
	spawn func(func()) // starts the creation of a segment

	free     []*segment
	making   chan made // nil: no segment is being created
	nextName uint64
}

type made struct {
	segment *segment
	err     error
}

// keptFree is the number of free segments: the next one, and the one reserved for closing acts.
const keptFree = 2

// Suffixes of unfinished and of damaged files.
const (
	makingSuffix = ".new"
	asideSuffix  = ".damaged"
)

var errMost = errors.New("it has as many segments as it may have")

// isFull reports whether an error means that there is no space.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, errMost)
}

func (p *pool) isLow() bool { return len(p.free) < keptFree }

// take removes a free segment; there is at least one.
func (p *pool) take() *segment {
	s := p.free[0]
	p.free = p.free[1:]
	return s
}

// prepare starts to create a segment if too few are free.
func (p *pool) prepare(inUse int) {
	if p.making != nil || !p.isLow() || inUse+len(p.free) >= p.most {
		return
	}
	name, result := p.name(), make(chan made, 1)
	p.making = result
	p.spawn(func() {
		s, err := p.make(name)
		result <- made{s, err}
	})
}

// name returns the name of a new segment.
func (p *pool) name() string {
	p.nextName++
	return strconv.FormatUint(p.nextName-1, 10) + ".segment"
}

// collect takes the segment that was created in the background, if there is one.
func (p *pool) collect() {
	select {
	case m := <-p.making:
		if p.making = nil; m.err == nil {
			p.free = append(p.free, m.segment)
		}
	default:
	}
}

// await waits until enough segments are free. It creates them if necessary.
func (p *pool) await(inUse int) error {
	for p.isLow() {
		early := p.making != nil // it may have failed while the disk was full
		p.prepare(inUse)
		if p.making == nil {
			return fmt.Errorf("%w: %w", ErrFull, errMost)
		}
		m := <-p.making
		p.making = nil
		switch {
		case m.err == nil:
			p.free = append(p.free, m.segment)
		case early:
		case isFull(m.err):
			return fmt.Errorf("%w: %w", ErrFull, m.err)
		default:
			return fmt.Errorf("making room in the journal: %w", m.err)
		}
	}
	return nil
}

// fill makes the free segments that must be ready at the opening, if the disk has space, and
// removes surplus ones of an earlier burst.
func (p *pool) fill(inUse int) error {
	for len(p.free) > p.most/8 && len(p.free) > keptFree+1 {
		p.discard(p.free[len(p.free)-1])
		p.free = p.free[:len(p.free)-1]
	}
	for len(p.free) <= keptFree && inUse+len(p.free) < p.most {
		s, err := p.make(p.name())
		if isFull(err) && inUse+len(p.free) > 0 {
			p.log.Error("the disk is full: the journal has no space of its own left to prepare", "err", err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("making room: %w", err)
		}
		p.free = append(p.free, s)
	}
	return nil
}

// make creates a segment and writes zeros to its blocks. A sync after a write to blocks that are
// only allocated would also have to record their use. It runs beside the writer, and reads only
// fields that never change.
func (p *pool) make(name string) (s *segment, err error) {
	f, err := p.disk.create(name + makingSuffix)
	if err != nil {
		return nil, err
	}
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < p.size && err == nil; at += int64(len(zeros)) {
		_, err = f.WriteAt(zeros[:min(int64(len(zeros)), p.size-at)], at)
	}
	if err == nil {
		err = f.sync()
	}
	if err == nil {
		err = p.disk.rename(name+makingSuffix, name)
	}
	if err != nil {
		_ = f.Close()
		_ = p.disk.remove(name + makingSuffix)
		return nil, err
	}
	if err := p.disk.sync(); err != nil {
		_ = f.Close()
		_ = p.disk.remove(name)
		return nil, err
	}
	return &segment{name: name, file: f, size: p.size}, nil
}

// putAside renames a damaged segment, so that it is neither read nor used again.
func (p *pool) putAside(s *segment) {
	_ = s.file.Close()
	if err := p.disk.rename(s.name, s.name+asideSuffix); err != nil {
		p.log.Warn("a damaged file of the journal could not be put aside", "segment", s.name, "err", err)
	}
}

// discard removes a segment that is not reused.
func (p *pool) discard(s *segment) {
	_ = s.file.Close()
	if err := p.disk.remove(s.name); err != nil {
		p.log.Warn("a file of the journal could not be removed", "segment", s.name, "err", err)
	}
}

// close waits for the segment in creation, and closes the free ones.
func (p *pool) close() (err error) {
	if p.making != nil {
		if m := <-p.making; m.err == nil {
			p.free = append(p.free, m.segment)
		}
		p.making = nil
	}
	for _, s := range p.free {
		err = errors.Join(err, s.file.Close())
	}
	return err
}
