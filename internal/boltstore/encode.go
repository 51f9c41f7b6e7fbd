package boltstore

import (
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"s3share/internal/audit"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// An encoded change is ready to commit, apart from the checks against the stored state. A change
// that cannot be stored at all fails here, so that it does not fail its group.
type encoded struct {
	store.Tx
	grants, deliveries, notes [][]byte // the encoded records, in the order of the change
	entries                   [][]byte // the encoded audit entries, likewise
	begins                    bool     // it contains a new grant
}

// nameApprovals adds the references of the new audit entries to their grants, and encodes these
// grants again.
func (e *encoded) nameApprovals(refs []grant.Ref) (err error) {
	e.NameApprovals(refs)
	for i, g := range e.Grants {
		if !slices.ContainsFunc(e.Entries, func(entry grant.Entry) bool { return entry.Opens && entry.Grant == g.ID }) {
			continue
		}
		if e.grants[i], err = encodeGrant(g.Version+1, g); err != nil {
			return fmt.Errorf("encoding the grant %q: %w", g.ID, err)
		}
	}
	return nil
}

// longestKey is above every key of the bot and far below bbolt's limit.
const longestKey = 4096

func encodeChange(c store.Tx) (e encoded, err error) {
	e = encoded{Tx: c}
	twice := map[string]bool{}
	add := func(texts *[][]byte, kind, key string, text []byte, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("encoding the %s %q: %w", kind, key, err)
		case key == "" || len(key) > longestKey:
			return fmt.Errorf("%q is no key of a %s", key, kind)
		case twice[kind+" "+key]:
			return store.ErrConflict // the second one does not expect the version that the first one makes
		}
		twice[kind+" "+key] = true
		*texts = append(*texts, text)
		return nil
	}
	for _, g := range c.Grants {
		e.begins = e.begins || g.Version == 0
		text, err := encodeGrant(g.Version+1, g)
		if err := add(&e.grants, "grant", string(g.ID), text, err); err != nil {
			return e, err
		}
	}
	for _, d := range c.Deliveries {
		text, err := encodeDelivery(d.Version+1, d)
		if err := add(&e.deliveries, "delivery", string(d.ID), text, err); err != nil {
			return e, err
		}
	}
	for _, n := range c.Documents {
		text, err := encodeNote(n.Version+1, n)
		if err := add(&e.notes, "note", n.Key, text, err); err != nil {
			return e, err
		}
	}
	for _, entry := range c.Entries {
		text, err := audit.Encode(entry)
		if err != nil {
			return e, fmt.Errorf("encoding an audit entry: %w", err)
		}
		e.entries = append(e.entries, text)
	}
	for _, cause := range c.Causes {
		if cause == "" || len(cause) > longestKey {
			return e, fmt.Errorf("%q is no key of a cause", cause)
		}
	}
	return e, nil
}

var headKey = []byte("head") // in the meta bucket

func putHead(tx *bolt.Tx, head grant.Head) error {
	value, err := encode(metaBucket, headKey, head.Seq, headRecord(head))
	if err != nil {
		return err
	}
	return tx.Bucket(metaBucket).Put(headKey, value)
}
