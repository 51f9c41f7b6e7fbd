package journal

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// shuffled returns a with some pages replaced.
func shuffled(rng *rand.Rand, a, b []byte) []byte {
	text := bytes.Clone(a)
	for at := 0; at < len(text); at += pageSize {
		switch from := rng.IntN(len(text)/pageSize) * pageSize; rng.IntN(6) {
		case 0:
			copy(text[at:], a[from:from+pageSize])
		case 1:
			copy(text[at:], b[from:from+pageSize])
		case 2:
			clear(text[at : at+pageSize])
		case 3:
			text[at+rng.IntN(pageSize/8)] ^= 1 << rng.IntN(8)
		}
	}
	return text
}

// FuzzOpen opens arbitrary contents of two segments. Open returns an error, or the journal accepts
// acts and finds them again.
func FuzzOpen(f *testing.F) {
	d := quiet()
	w := newWriter(d)
	if _, err := w.open(); err != nil {
		f.Fatal(err)
	}
	for n := range 40 {
		w.append([]Record{act(n)}, nil)
		if n%3 > 0 {
			_ = w.remove(uint64(n + 1))
			w.append(nil, []uint64{uint64(n + 1)})
		}
	}
	a, b := d.names[w.live[0].name].text, d.names[w.live[1].name].text
	f.Add(a, b)
	f.Add(b, a)
	f.Add(a, a)
	f.Add(a[:5000], b[4096:])
	f.Add([]byte{}, make([]byte, 9000))
	f.Add(slices.Concat(a[:4096], b[:4096], a[8192:]), b)
	rng := rand.New(rand.NewPCG(3, 3))
	for range 200 { // pages of both in any order, some with a flipped bit
		f.Add(shuffled(rng, a, b), shuffled(rng, b, a))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		d := quiet()
		for name, text := range map[string][]byte{"1.segment": a, "2.segment": b} {
			d.names[name] = &simFile{disk: d, text: text, sectors: map[int64][][]byte{}, sizes: []int{len(text)}}
		}
		w := newWriter(d)
		if _, err := w.open(); err != nil {
			return
		}
		before := undoneSeqs(w)
		if !slices.IsSorted(before) {
			t.Errorf("undone are %v", before)
		}
		out := w.append([]Record{act(1)}, nil)[0]
		if out.err != nil {
			t.Fatal(out.err)
		}
		again := newWriter(d)
		if _, err := again.open(); err != nil {
			t.Fatal(err)
		}
		if got := undoneSeqs(again); !slices.Equal(got, append(before, out.seq)) {
			t.Errorf("undone are %v, and were %v and %d", got, before, out.seq)
		}
	})
}
