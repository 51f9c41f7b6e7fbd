package store

import (
	"context"
	"errors"
	"time"

	"s3share/internal/grant"
)

// Errors of a store. Every other error of Commit means that the outcome is
// unknown: read again before deciding.
var (
	ErrConflict  = errors.New("a record has changed since it was read")
	ErrDuplicate = errors.New("this was committed before")
	ErrFenced    = errors.New("another worker holds the lease")
	ErrNotFound  = errors.New("no such record")
	// ErrUnreadable says that a record is stored but damaged. See [Unreadable].
	ErrUnreadable = errors.New("the stored record is damaged")
)

// A Getter reads single grants. Every [Store] is one.
type Getter interface {
	// Get returns one grant, or ErrNotFound.
	Get(ctx context.Context, id grant.ID) (grant.Grant, error)
}

// A DocumentReader reads documents. Every [Store] is one.
type DocumentReader interface {
	// Document returns a document, or ErrNotFound.
	Document(ctx context.Context, key string) (Document, error)
}

// A ChainReader reads the audit chain. Every [Store] is one.
type ChainReader interface {
	// Chain returns audit entries after a number, oldest first, each verified
	// by its hash. The error names the first invalid one.
	Chain(ctx context.Context, after uint64, limit int) ([]grant.Recorded, error)
}

// A Store keeps records and compares versions. All rules are above it.
type Store interface {
	// Commit stores everything in tx, or nothing. It returns ErrConflict if a
	// record has changed since the version it was made from, ErrDuplicate if
	// one of its causes was committed before, and ErrFenced if another worker
	// holds the lease.
	Commit(ctx context.Context, tx Tx) error
	Getter
	// Delivery returns the delivery record of a grant; a new one, of version 0,
	// if nothing was delivered yet.
	Delivery(ctx context.Context, id grant.ID) (Delivery, error)
	DocumentReader
	// Due returns the ids that are due for a worker at now, longest due first.
	Due(ctx context.Context, l grant.Worker, now time.Time, limit int) ([]grant.ID, error)
	// List returns the grants that match q, newest request first.
	List(ctx context.Context, q Query) ([]grant.Grant, error)
	// Count returns the number of grants that match q, without reading them. It
	// ignores q's limit.
	Count(ctx context.Context, q Query) (int, error)
	// Committed reports whether any of the causes was committed. A store keeps a cause
	// for at least a day, and longer by KeepCauses; at selects the days to search.
	Committed(ctx context.Context, at time.Time, causes ...string) (bool, error)
	// KeepCauses says for how long causes may be asked about: oldest returns when the
	// oldest act was received that may still be carried out again, and false if there is
	// none. The store keeps every cause from the day before. It is called before the
	// first commit of an act, and must not block.
	KeepCauses(oldest func() (at time.Time, ok bool))
	// Acquire takes or renews a lease for ttl. It returns the lease's epoch, which
	// grows with each change of owner, or ErrFenced while another owner holds it.
	Acquire(ctx context.Context, lease, owner string, now time.Time, ttl time.Duration) (epoch uint64, err error)
	ChainReader
	// Unreadable lists the damaged records that reads have met. Get, Delivery
	// and Document return ErrUnreadable for such a record, with the version that
	// replaces a delivery or a document. Due, List and Count leave it out.
	Unreadable(ctx context.Context) []Unreadable
	// Head returns the end of the audit chain, without reading the rest.
	Head(ctx context.Context) (grant.Head, error)
	// Verify reads the whole audit chain and returns its head. The error names
	// the first invalid entry.
	Verify(ctx context.Context) (grant.Head, error)
	Close() error
}

// An Unreadable identifies a damaged stored record.
type Unreadable struct {
	ID   grant.ID // of its grant; "" if it has none, or the damage hides it
	What string   // RecordOfGrant, RecordOfDelivery, RecordOfDocument with its key, or RecordOfMany
	Why  string   // for operators
}

// Values of Unreadable.What.
const (
	RecordOfGrant    = "grant"
	RecordOfDelivery = "delivery"
	RecordOfDocument = "note "
	RecordOfMany     = "file" // a page of the file: the records in it are unknown
)

// A Query selects grants. Empty fields select all.
type Query struct {
	Requester string // a Slack user id
	Bucket    string
	Principal string // an ARN
	States    []grant.State
	Limit     int // at most this many; 0: all
}
