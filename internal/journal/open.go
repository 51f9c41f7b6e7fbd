package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// open reads the segments and prepares the writer. It needs no new disk space unless there is
// damage, so a journal opens on a full disk.
func (w *writer) open() ([]Damage, error) {
	w.codec = newCodec(w.store)
	files, texts, err := w.readSegments()
	if err != nil {
		return nil, err
	}
	r, err := w.codec.recover(texts)
	if err != nil {
		return nil, errors.Join(err, closeAll(files))
	}
	known, err := w.readDamage()
	if err == nil {
		err = w.makeDurable(r, files, texts)
	}
	if err != nil {
		return nil, errors.Join(err, closeAll(files))
	}
	w.takeOver(r, files, texts)
	if len(r.damage) > 0 {
		known = w.repair(known, r.damage)
	}
	return known, w.pool.fill(len(w.live))
}

func closeAll(files map[string]file) (err error) {
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// readSegments reads every segment. It removes unfinished ones.
func (w *writer) readSegments() (files map[string]file, texts map[string][]byte, err error) {
	files, texts = map[string]file{}, map[string][]byte{}
	names, err := w.disk.list()
	for _, name := range names {
		number, is := strings.CutSuffix(name, ".segment")
		n, numErr := strconv.ParseUint(number, 10, 64)
		switch {
		case err != nil:
			return nil, nil, errors.Join(err, closeAll(files))
		case strings.HasSuffix(name, makingSuffix):
			err = w.disk.remove(name)
		case is && numErr == nil:
			w.pool.nextName = max(w.pool.nextName, n)
			if files[name], err = w.disk.open(name); err == nil {
				texts[name], err = readFile(files[name])
			} else {
				delete(files, name)
			}
		}
	}
	w.pool.nextName++
	if err != nil {
		return nil, nil, errors.Join(err, closeAll(files))
	}
	return files, texts, nil
}

// readFile reads a file page by page. An unreadable page reads as zeros, and recover reports the
// missing frames.
func readFile(f file) ([]byte, error) {
	size, err := f.size()
	if err != nil {
		return nil, err
	}
	text := make([]byte, size)
	if n, err := f.ReadAt(text, 0); err == nil || n == len(text) {
		return text, nil
	}
	for at := 0; at < len(text); at += pageSize {
		page := text[at:min(at+pageSize, len(text))]
		if n, err := f.ReadAt(page, int64(at)); err != nil && n < len(page) {
			clear(page)
		}
	}
	return text, nil
}

// makeDurable syncs the names and the frames of the segments before a new frame declares them
// synced. After a kill they may exist in the page cache only. It writes the last frames again,
// because the kernel may consider their pages clean after a failed sync.
func (w *writer) makeDurable(r *recovery, files map[string]file, texts map[string][]byte) error {
	for _, s := range r.segments {
		i := slices.IndexFunc(s.frames, func(f frame) bool { return f.number > r.mark })
		if i >= 0 {
			last := s.frames[len(s.frames)-1]
			from, to := s.frames[i].at/pageSize*pageSize, last.at+frameSize(len(last.body))
			if _, err := files[s.name].WriteAt(texts[s.name][from:to], from); err != nil {
				return fmt.Errorf("writing the last frames again: %w", err)
			}
		}
		if err := files[s.name].sync(); err != nil {
			return err
		}
	}
	return w.disk.sync()
}

// takeOver makes segments from the recovered state.
func (w *writer) takeOver(r *recovery, files map[string]file, texts map[string][]byte) {
	w.next, w.synced, w.nextSegment = r.next, r.synced, r.nextSegment
	w.base, w.written, w.recorded = r.base, r.base, r.base
	w.acts, w.holder = r.acts, map[uint64]*segment{}
	byName := map[string]*segment{}
	for _, t := range r.segments {
		size := int64(len(texts[t.name]))
		s := &segment{name: t.name, file: files[t.name], size: size, number: t.segment, last: t.last,
			retired: size != w.pool.size}
		if len(t.frames) > 0 {
			s.first = t.frames[0].number
		}
		s.damaged = r.isDamaged(t.name)
		byName[t.name] = s
		if t.segment == 0 && !s.damaged && !s.retired {
			w.pool.free = append(w.pool.free, s)
		} else {
			w.live = append(w.live, s)
		}
	}
	for seq, name := range r.holder {
		w.holder[seq] = byName[name]
		byName[name].undone++
	}
	w.pinned = len(r.damage) > 0
	w.reclaim()
	if r.cut > 0 {
		w.log.Warn("the journal ends in frames that were never acknowledged: they are left out", "frames", r.cut)
	}
}

// repair records damage, carries the undone acts over to a new segment and puts the damaged
// segments aside. If the disk is full, the segments stay, and the next opening tries again.
func (w *writer) repair(known, found []Damage) []Damage {
	for _, d := range found {
		w.log.Error("the journal is damaged", "damage", d.String())
		if !slices.ContainsFunc(known, func(k Damage) bool { return k.String() == d.String() }) {
			known = append(known, d)
		}
	}
	err := w.writeDamage(known)
	if err == nil {
		err = w.evacuate()
	}
	if err != nil {
		w.log.Error("the damaged segments of the journal could not be put aside", "err", err)
	}
	return known
}

// evacuate carries every undone act over to new segments.
func (w *writer) evacuate() error {
	w.mu.Lock()
	acts := w.acts.list()
	w.mu.Unlock()
	if err := w.rotate(true); err != nil {
		return err
	}
	for len(acts) > 0 {
		n, size := 0, int64(0)
		for n < len(acts) && (n == 0 || size+actSize(acts[n]) <= w.pool.size/4) {
			size += actSize(acts[n])
			n++
		}
		if err := w.ready(size, true); err != nil {
			return err
		}
		if err := w.carry(acts[:n], size); err != nil {
			return err
		}
		acts = acts[n:]
	}
	w.pinned = false
	w.setBase()
	w.put(markFrame, nil)
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		return err
	}
	w.reclaim()
	return w.disk.sync()
}

// DamageFile is the file in the journal's directory with the damage that no person has handled yet.
// Each line is a JSON object.
const DamageFile = "damage"

func (w *writer) readDamage() (known []Damage, err error) {
	f, err := w.disk.open(DamageFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := readFile(f)
	if err != nil {
		return nil, err
	}
	for lines := json.NewDecoder(bytes.NewReader(text)); ; {
		var d Damage
		switch err := lines.Decode(&d); {
		case errors.Is(err, io.EOF):
			return known, nil
		case err != nil: // an unreadable line still means damage
			return append(known, Damage{Files: []string{DamageFile}}), nil
		}
		known = append(known, d)
	}
}

func (w *writer) writeDamage(all []Damage) error {
	var text bytes.Buffer
	for _, d := range all {
		if err := json.NewEncoder(&text).Encode(d); err != nil {
			return err
		}
	}
	return w.replace(DamageFile, text.Bytes())
}

// close makes the marks durable and closes the files. Its last frame declares the others synced, so
// that the next opening detects an unreadable one.
func (w *writer) close() (err error) {
	if w.cur != nil {
		if w.unsynced {
			err = w.sync()
		}
		if err == nil && w.tail+frameSize(0) <= w.cur.size {
			w.put(markFrame, nil)
			err = w.flush()
		}
	}
	for _, s := range w.live {
		err = errors.Join(err, s.file.Close())
	}
	return errors.Join(err, w.pool.close())
}
