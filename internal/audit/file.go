package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"s3share/internal/grant"
)

// line is one line of the file.
type line struct {
	Seq   uint64          `json:"seq"`
	Prev  string          `json:"prev"`
	Hash  string          `json:"hash"`
	Entry json.RawMessage `json:"entry"`
}

const longestLine = 4 << 20

func (l Link) line() ([]byte, error) {
	text, err := json.Marshal(line{Seq: l.Seq, Prev: hex.EncodeToString(l.Prev[:]), Hash: hex.EncodeToString(l.Hash[:]), Entry: l.Body})
	return append(text, '\n'), err
}

func parseLine(text []byte) (Link, error) {
	var in line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return Link{}, fmt.Errorf("reading a line: %w", err)
	}
	l := Link{Seq: in.Seq, Body: in.Entry}
	for _, h := range []struct {
		text string
		to   *[32]byte
	}{{in.Prev, &l.Prev}, {in.Hash, &l.Hash}} {
		raw, err := hex.DecodeString(h.text)
		if err != nil || len(raw) != len(h.to) {
			return Link{}, fmt.Errorf("%q is not a hash", h.text)
		}
		copy(h.to[:], raw)
	}
	return l, nil
}

// VerifyFile reads a whole log and returns the head of the chain in it. The
// error names the first line that does not hold, or says that the log is without
// the entry that was posted as seq:hash; posted may be empty.
func VerifyFile(r io.Reader, posted string) (grant.Head, error) {
	var head grant.Head
	met := posted == ""
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestLine)
	for n := 1; lines.Scan(); n++ {
		l, err := parseLine(lines.Bytes())
		if err == nil {
			err = Check(head, l)
		}
		if err != nil {
			return head, fmt.Errorf("line %d: %w", n, err)
		}
		head = l.Head()
		met = met || posted == fmt.Sprintf("%d:%s", head.Seq, head.Hash)
	}
	if err := lines.Err(); err != nil {
		return head, err
	}
	if !met {
		return head, fmt.Errorf("the log has %d entries, and %s is not one of them: it was cut or replaced", head.Seq, posted)
	}
	return head, nil
}
