package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

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
	text, err := json.Marshal(line{Seq: l.Seq, Prev: hex.EncodeToString(l.Prev[:]), Hash: hex.EncodeToString(l.Hash[:]),
		Entry: l.Body})
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
	if again, err := l.line(); err != nil || !bytes.Equal(again[:len(again)-1], text) {
		// Such as one with text after its end.
		return Link{}, errors.New("reading a line: it is not written as the bot writes")
	}
	return l, nil
}

// Verified is the state of a log as far as it was read.
type Verified struct {
	grant.Head      // of the chain in it
	Torn       bool // the last line is incomplete: being written, or torn by a crash and repaired at the next start
}

// VerifyFile reads a whole log. posted is a published head as SEQ:HASH, or
// empty. The error names the first invalid line, or says that the log lacks the
// posted entry.
func VerifyFile(r io.Reader, posted string) (v Verified, err error) {
	seq, hash, err := ParseHead(posted)
	if err != nil {
		return v, err
	}
	var there string // the log's hash for the posted entry
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestLine)
	lines.Split(withEnd)
	for n := 1; lines.Scan(); n++ {
		text, closed := bytes.CutSuffix(lines.Bytes(), []byte("\n"))
		if !closed && !torn(text, false, Link{Seq: v.Seq}) {
			return v, fmt.Errorf("line %d: it has no end, and does not begin as an entry does", n)
		}
		if !closed {
			v.Torn = true
			break
		}
		l, err := parseLine(text)
		if err == nil {
			err = Check(v.Head, l)
		}
		if err != nil {
			return v, fmt.Errorf("line %d: %w", n, err)
		}
		v.Head = l.Head()
		if v.Seq == seq {
			there = v.Hash
		}
	}
	if err := lines.Err(); err != nil {
		return v, fmt.Errorf("after entry %d: %w", v.Seq, err)
	}
	switch {
	case posted == "" || there == hash:
		return v, nil
	case there == "":
		return v, fmt.Errorf("it ends with entry %d, and entry %d was posted: it was cut or replaced", v.Seq, seq)
	}
	return v, fmt.Errorf("entry %d is %s, and %s was posted: it was replaced", seq, there, hash)
}

// ParseHead parses the posted form of a chain's head, SEQ:HASH.
func ParseHead(posted string) (seq uint64, hash string, err error) {
	if posted == "" {
		return 0, "", nil
	}
	number, hash, _ := strings.Cut(posted, ":")
	seq, err = strconv.ParseUint(number, 10, 64)
	raw, notHex := hex.DecodeString(hash)
	if err != nil || seq == 0 || notHex != nil || len(raw) != sha256.Size {
		return 0, "", fmt.Errorf("%q is not a head of the chain (hint: it is SEQ:HASH, as the bot posted it in the admin "+
			"channel)", posted)
	}
	return seq, strings.ToLower(hash), nil
}

// withEnd splits text into lines that keep their newline, so that a missing one
// shows.
func withEnd(text []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return i + 1, text[:i+1], nil
	}
	if atEOF && len(text) > 0 {
		return len(text), text, nil
	}
	return 0, nil, nil
}
