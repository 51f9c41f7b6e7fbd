package boltstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"s3share/internal/audit"
	"s3share/internal/grant"
)

// recordSchema is the version of the form in which records are stored. A newer
// one is refused: an older bot must not write what it would only half understand.
const recordSchema = 1

// stored is the form of every record: its version beside it, so that comparing
// needs no decoding of the rest.
type stored[T any] struct {
	Schema  int    `json:"schema"`
	Version uint64 `json:"version"`
	Record  T      `json:"record"`
}

// A lease is who may commit under a name, and until when.
type lease struct {
	Owner string    `json:"owner"`
	Epoch uint64    `json:"epoch"`
	Until time.Time `json:"until"`
}

// link is the form of an entry of the chain.
type link struct {
	Prev []byte `json:"prev"`
	Hash []byte `json:"hash"`
	Body []byte `json:"body"`
}

func encode[T any](version uint64, record T) ([]byte, error) {
	return json.Marshal(stored[T]{Schema: recordSchema, Version: version, Record: record})
}

func decode[T any](text []byte) (record T, version uint64, err error) {
	var s stored[T]
	if err := json.Unmarshal(text, &s); err != nil {
		return record, 0, fmt.Errorf("reading a record: %w", err)
	}
	if s.Schema != recordSchema {
		return record, 0, fmt.Errorf("a record has schema %d and this bot knows %d", s.Schema, recordSchema)
	}
	return s.Record, s.Version, nil
}

// versionOf returns the version of a stored record, 0 if there is none.
func versionOf(text []byte) (uint64, error) {
	if text == nil {
		return 0, nil
	}
	_, version, err := decode[json.RawMessage](text)
	return version, err
}

func decodeGrant(text []byte) (grant.Grant, error) {
	g, version, err := decode[grant.Grant](text)
	g.Version = version
	return g, err
}

// The times at which loops need a grant are stored as loop, 0, instant, for each
// of them.
func encodeWakes(at map[grant.Loop]time.Time) (text []byte) {
	for _, l := range slices.Sorted(maps.Keys(at)) {
		text = append(append(append(text, l...), 0), instant(at[l])...)
	}
	return text
}

func decodeWakes(text []byte) (map[grant.Loop]time.Time, error) {
	at := map[grant.Loop]time.Time{}
	for len(text) > 0 {
		loop, rest, whole := bytes.Cut(text, []byte{0})
		if !whole || len(rest) < 8 {
			return nil, errors.New("reading when loops need a grant: it was cut short")
		}
		at[grant.Loop(loop)] = fromInstant(rest[:8])
		text = rest[8:]
	}
	return at, nil
}

func encodeLink(l audit.Link) ([]byte, error) {
	return json.Marshal(link{Prev: l.Prev[:], Hash: l.Hash[:], Body: l.Body})
}

func decodeLink(seq uint64, text []byte) (audit.Link, error) {
	var in link
	if err := json.Unmarshal(text, &in); err != nil {
		return audit.Link{}, fmt.Errorf("reading entry %d of the audit chain: %w", seq, err)
	}
	l := audit.Link{Seq: seq, Body: in.Body}
	if len(in.Prev) != len(l.Prev) || len(in.Hash) != len(l.Hash) {
		return audit.Link{}, fmt.Errorf("entry %d of the audit chain has no hash", seq)
	}
	copy(l.Prev[:], in.Prev)
	copy(l.Hash[:], in.Hash)
	return l, nil
}
