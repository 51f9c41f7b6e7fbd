package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// A segment is a sequence of frames. All numbers are little-endian:
//
//	 0  checksum of the store's id and of bytes 4 to 47
//	 4  checksum of the store's id and of the body
//	 8  format, one byte; kind, one byte; two zeros
//	12  length of the body
//	16  number of the segment
//	24  number of the frame
//	32  highest number that was synced before this frame was written
//	40  base: every act in a frame below this number is done
//	48  body
//
// The checksums are CRC-32C. A frame begins at a multiple of 8. After a sync, the next frame begins
// at a multiple of a page. A page with durable frames is therefore never written again before the
// whole segment is reused. Zeros and frames of an earlier use of the segment may lie between two
// frames, and after the last one.
//
// Frames are numbered through all segments from 1. A number is never reused. If a write or sync
// fails, the next segment's begin frame skips the numbers of the failed frames. Those frames are
// void, even if they reached the disk.
type frame struct {
	kind    byte
	segment uint64
	number  uint64
	synced  uint64
	base    uint64
	body    []byte // nil if only the header can be read
	at      int64  // offset in the segment
}

const (
	format     = 1
	headerSize = 48
	pageSize   = 4096
	sectorSize = 512 // written atomically
	alignment  = 8
	maxBody    = MaxBody + 64<<10 // of a frame
)

// The kinds of frames.
const (
	beginFrame   byte = 1 + iota // the first of a segment: the highest Seq so far, and the store's id in clear
	actFrame                     // an act
	doneFrame                    // the Seqs of acts that are done
	carriedFrame                 // a copy of an act from an older segment
	markFrame                    // only its header's base
	kinds
)

// errFormat reports a valid frame of a newer format.
var errFormat = errors.New("a newer version of the bot has written it")

// A codec encodes and decodes the frames of one store.
type codec struct{ seed uint32 }

func newCodec(store string) codec { return codec{crc32.Checksum([]byte(store), castagnoli())} }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func (c codec) sum(text []byte) uint32 { return crc32.Update(c.seed, castagnoli(), text) }

// frameSize returns the size of a frame in a segment.
func frameSize(body int) int64 { return int64(headerSize+body+alignment-1) / alignment * alignment }

// append appends f to text, padded to its size.
func (c codec) append(text []byte, f frame) []byte {
	from := len(text)
	text = append(text, make([]byte, headerSize)...)
	text = append(text, f.body...)
	h := text[from : from+headerSize]
	binary.LittleEndian.PutUint32(h[4:], c.sum(f.body))
	h[8], h[9] = format, f.kind
	binary.LittleEndian.PutUint32(h[12:], uint32(len(f.body)))
	for i, n := range []uint64{f.segment, f.number, f.synced, f.base} {
		binary.LittleEndian.PutUint64(h[16+8*i:], n)
	}
	c.seal(h)
	return append(text, make([]byte, frameSize(len(f.body))-int64(headerSize+len(f.body)))...)
}

// seal writes the checksum of a header into it.
func (c codec) seal(h []byte) { binary.LittleEndian.PutUint32(h, c.sum(h[4:headerSize])) }

// parse reads the frame at the beginning of text. Its body shares text's memory.
func (c codec) parse(text []byte) (f frame, found bool, err error) {
	if len(text) < headerSize || text[10] != 0 || text[11] != 0 || text[8] == 0 {
		return f, false, nil
	}
	h := text[:headerSize]
	if binary.LittleEndian.Uint32(h) != c.sum(h[4:]) {
		return f, false, nil
	}
	if h[8] != format || h[9] == 0 || h[9] >= kinds {
		return f, false, errFormat
	}
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(h[at:]) }
	f = frame{kind: h[9], segment: word(16), number: word(24), synced: word(32), base: word(40)}
	size := int64(binary.LittleEndian.Uint32(h[12:]))
	if size <= maxBody && headerSize+size <= int64(len(text)) {
		body := text[headerSize : headerSize+size]
		if binary.LittleEndian.Uint32(h[4:]) == c.sum(body) && f.sound(body) {
			f.body = body
		}
	}
	return f, true, nil
}

// sound reports whether a body is valid for the frame's kind.
func (f frame) sound(body []byte) bool {
	switch f.kind {
	case beginFrame:
		return len(body) >= 8
	case actFrame, carriedFrame:
		_, ok := decodeAct(body)
		return ok
	case doneFrame:
		return len(body)%8 == 0
	}
	return true
}

// A begin is the body of a segment's first frame.
type begin struct {
	last  uint64 // the highest Seq before this segment
	store string
}

func (b begin) encode() []byte {
	return append(binary.LittleEndian.AppendUint64(nil, b.last), b.store...)
}

func decodeBegin(body []byte) begin {
	return begin{binary.LittleEndian.Uint64(body), string(body[8:])}
}

func encodeSeqs(seqs []uint64) (body []byte) {
	for _, seq := range seqs {
		body = binary.LittleEndian.AppendUint64(body, seq)
	}
	return body
}

func decodeSeqs(body []byte) (seqs []uint64) {
	for ; len(body) >= 8; body = body[8:] {
		seqs = append(seqs, binary.LittleEndian.Uint64(body))
	}
	return seqs
}

// encodeAct encodes the Seq, the receipt in seconds and nanoseconds, Closing, the keys and the
// body.
func encodeAct(r Record) []byte {
	text := make([]byte, 0, 32+10*len(r.Keys)+sizeOf(r))
	text = binary.LittleEndian.AppendUint64(text, r.Seq)
	text = binary.LittleEndian.AppendUint64(text, uint64(r.At.Unix()))
	text = binary.LittleEndian.AppendUint32(text, uint32(r.At.Nanosecond()))
	closing := byte(0)
	if r.Closing {
		closing = 1
	}
	text = append(text, closing)
	text = binary.AppendUvarint(text, uint64(len(r.Keys)))
	for _, key := range r.Keys {
		text = append(binary.AppendUvarint(text, uint64(len(key))), key...)
	}
	return append(text, r.Body...)
}

// decodeAct is the reverse of encodeAct. The result shares no memory with text.
func decodeAct(text []byte) (r Record, ok bool) {
	if len(text) < 22 {
		return r, false
	}
	r.Seq = binary.LittleEndian.Uint64(text)
	r.At = time.Unix(int64(binary.LittleEndian.Uint64(text[8:])), int64(binary.LittleEndian.Uint32(text[16:]))).UTC()
	r.Closing = text[20] == 1
	count, size := binary.Uvarint(text[21:])
	if size <= 0 {
		return r, false
	}
	text = text[21+size:]
	for range count {
		n, size := binary.Uvarint(text)
		if size <= 0 || n > uint64(len(text)-size) {
			return r, false
		}
		r.Keys = append(r.Keys, string(text[size:size+int(n)]))
		text = text[size+int(n):]
	}
	r.Body = append([]byte{}, text...)
	return r, r.Seq > 0
}
