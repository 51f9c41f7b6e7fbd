package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"s3share/internal/grant"
)

// A Link is one entry with its place in the chain. Its hash covers its number,
// the previous hash and its full contents.
type Link struct {
	Seq  uint64 // 1 for the first
	Prev [32]byte
	Hash [32]byte
	Body []byte // the encoded entry, see [Encode]
}

// schema is the version of the entry format.
const schema = 1

// entry is the JSON of an entry, in the chain and in the file.
type entry struct {
	V     int               `json:"v"`
	At    time.Time         `json:"at"`
	Kind  string            `json:"kind"`
	Grant string            `json:"grant,omitempty"`
	State string            `json:"state,omitempty"`
	Team  string            `json:"team,omitempty"`
	By    string            `json:"by,omitempty"` // absent: the bot
	Why   string            `json:"why,omitempty"`
	Facts map[string]string `json:"facts,omitempty"`
}

// Encode returns the canonical JSON of an entry; encoding/json sorts the facts.
func Encode(e grant.Entry) ([]byte, error) {
	return json.Marshal(entry{
		V: schema, At: e.At.UTC(), Kind: e.Kind, Grant: string(e.Grant), State: string(e.State),
		Team: e.By.Team, By: e.By.User, Why: e.Why, Facts: e.Facts,
	})
}

// Recorded decodes a link. It returns an error if the hash does not match the
// link's number, previous hash and body.
func Recorded(l Link) (r grant.Recorded, err error) {
	if l.sum() != l.Hash {
		return r, fmt.Errorf("entry %d is not what was written", l.Seq)
	}
	var e entry
	if err := json.Unmarshal(l.Body, &e); err != nil {
		return r, fmt.Errorf("reading entry %d of the audit chain: %w", l.Seq, err)
	}
	return grant.Recorded{Ref: l.Ref(), Entry: grant.Entry{
		At: e.At, Kind: e.Kind, Grant: grant.ID(e.Grant), State: grant.State(e.State),
		By: grant.Person{Team: e.Team, User: e.By}, Why: e.Why, Facts: e.Facts,
	}}, nil
}

// Ref returns the reference to l.
func (l Link) Ref() grant.Ref { return grant.Ref{Seq: l.Seq, Hash: hex.EncodeToString(l.Hash[:])} }

// Append returns the link that adds e to the chain after head.
func Append(head grant.Head, e grant.Entry) (Link, error) {
	body, err := Encode(e)
	if err != nil {
		return Link{}, fmt.Errorf("encoding an audit entry: %w", err)
	}
	return Follow(head, body)
}

// Follow returns the link that adds an encoded entry to the chain after head.
func Follow(head grant.Head, body []byte) (Link, error) {
	l := Link{Seq: head.Seq + 1, Body: body}
	if head.Hash != "" {
		prev, err := hex.DecodeString(head.Hash)
		if err != nil || len(prev) != len(l.Prev) {
			return Link{}, fmt.Errorf("the head of the chain %q is not a hash", head.Hash)
		}
		copy(l.Prev[:], prev)
	}
	l.Hash = l.sum()
	return l, nil
}

// sum returns the correct hash of l: SHA-256 over a line of text, the number,
// the previous hash, the length of the body, and the body. Numbers are 8 bytes,
// big-endian.
func (l Link) sum() [32]byte {
	h := sha256.New()
	h.Write([]byte("s3share audit 1\n"))
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], l.Seq)
	h.Write(n[:])
	h.Write(l.Prev[:])
	binary.BigEndian.PutUint64(n[:], uint64(len(l.Body)))
	h.Write(n[:])
	h.Write(l.Body)
	return [32]byte(h.Sum(nil))
}

// Head returns the head of a chain with l as its last link.
func (l Link) Head() grant.Head {
	var at struct {
		At time.Time `json:"at"`
	}
	_ = json.Unmarshal(l.Body, &at) // the time is only shown to people; the hash decides
	return grant.Head{Seq: l.Seq, Hash: hex.EncodeToString(l.Hash[:]), At: at.At}
}

// Check returns an error unless l is the link after head.
func Check(head grant.Head, l Link) error {
	switch {
	case l.Seq != head.Seq+1:
		return fmt.Errorf("entry %d is missing: entry %d stands in its place", head.Seq+1, l.Seq)
	case head.Hash != "" && hex.EncodeToString(l.Prev[:]) != head.Hash, head.Hash == "" && l.Prev != [32]byte{}:
		return fmt.Errorf("entry %d does not follow the one before it", l.Seq)
	case l.sum() != l.Hash:
		return fmt.Errorf("entry %d is not what was written", l.Seq)
	}
	return nil
}

// line is one line of the file.
type line struct {
	Seq   uint64          `json:"seq"`
	Prev  string          `json:"prev"`
	Hash  string          `json:"hash"`
	Entry json.RawMessage `json:"entry"`
}

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
