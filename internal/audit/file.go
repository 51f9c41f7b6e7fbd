package audit

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"

	"s3share/internal/grant"
)

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
