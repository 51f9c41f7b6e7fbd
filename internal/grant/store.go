package grant

import (
	"context"
	"errors"
	"slices"
	"time"
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
	Get(ctx context.Context, id ID) (Grant, error)
}

// A Store keeps records and compares versions. All rules are above it.
type Store interface {
	// Commit stores everything in c, or nothing. It returns ErrConflict if a
	// record has changed since the version it was made from, ErrDuplicate if
	// one of c's causes was committed before, and ErrFenced if another worker
	// holds the lease.
	Commit(ctx context.Context, c Tx) error
	Getter
	// Delivery returns the delivery record of a grant; a new one, of version 0,
	// if nothing was delivered yet.
	Delivery(ctx context.Context, id ID) (Delivery, error)
	// Note returns a note, or ErrNotFound.
	Document(ctx context.Context, key string) (Document, error)
	// Due returns the ids that are due for a loop at now, longest due first.
	Due(ctx context.Context, l Worker, now time.Time, limit int) ([]ID, error)
	// List returns the grants that match q, newest request first.
	List(ctx context.Context, q Query) ([]Grant, error)
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
	// Chain returns audit entries after a number, oldest first, each verified
	// by its hash. The error names the first invalid one.
	Chain(ctx context.Context, after uint64, limit int) ([]Recorded, error)
	// Unreadable lists the damaged records that reads have met. Get, Delivery
	// and Note return ErrUnreadable for such a record, with the version that
	// replaces a delivery or a note. Due, List and Count leave it out.
	Unreadable(ctx context.Context) []Unreadable
	// Head returns the end of the audit chain, without reading the rest.
	Head(ctx context.Context) (Head, error)
	// Verify reads the whole audit chain and returns its head. The error names
	// the first invalid entry.
	Verify(ctx context.Context) (Head, error)
	Close() error
}

// An Unreadable identifies a damaged stored record.
type Unreadable struct {
	ID   ID     // of its grant; "" if it has none, or the damage hides it
	What string // RecordOfGrant, RecordOfDelivery, RecordOfNote with its key, or RecordOfMany
	Why  string // for operators
}

// Values of Unreadable.What.
const (
	RecordOfGrant    = "grant"
	RecordOfDelivery = "delivery"
	RecordOfDocument = "note "
	RecordOfMany     = "file" // a page of the file: the records in it are unknown
)

// A Tx is everything that one decision stores. It is a value without
// closures, so that any engine with conditional writes can commit it, and a
// test can repeat it.
type Tx struct {
	At         time.Time
	Grants     []Grant    // Version is the current one; 0: must not exist. The store adds one
	Deliveries []Delivery // likewise
	Documents  []Document // likewise
	Expect     []Expect   // records that must have a version, and stay unchanged
	DueTimes   []DueTime  // replaces a loop's due time for a record; the zero time removes it
	Entries    []Entry    // appended to the audit chain in order; grants stored with them refer to those that open
	Causes     []string   // idempotency keys: a second commit with any of them is a duplicate
	Fence      *Fence     // of a worker that holds a lease
}

// Expect is a grant or a note that must have a version when a change is
// committed; 0: it must not exist.
type Expect struct {
	ID      ID
	Key     string // the key of a note; "" for a grant
	Version uint64
}

// A Fence is the lease of the committing worker. A commit with a stale epoch is
// refused, at any later time.
type Fence struct {
	Lease string
	Epoch uint64
}

// Put adds next to the change: the record, its due times, and an audit entry
// for each new event. It wakes the Slack loop if there is something to tell.
func (c *Tx) Put(old, next Grant) {
	c.Grants = append(c.Grants, next)
	c.DueTimes = append(c.DueTimes, next.DueTimes()...)
	c.Entries = append(c.Entries, next.NewEntries(old)...)
	if next.HasNews(old) {
		c.wakeSlack(next.ID)
		c.wakeSlack(next.BatchLead()) // the lead's card shows it too
	}
}

func (c *Tx) wakeSlack(id ID) {
	w := DueTime{Worker: SlackWorker, ID: id, At: c.At}
	if !slices.Contains(c.DueTimes, w) {
		c.DueTimes = append(c.DueTimes, w)
	}
}

// A Query selects grants. Empty fields select all.
type Query struct {
	Requester string // a Slack user id
	Bucket    string
	Principal string // an ARN
	States    []State
	Limit     int // at most this many; 0: all
}

// A Delivery records which events of one grant were told, and where its
// messages are. It is a record of its own, so that telling never conflicts with
// deciding.
type Delivery struct {
	ID        ID
	Version   uint64
	Told      int    // how many events of the history were told
	Posts     []Post // the messages in Slack
	Reply     string // a response URL of the requester, while it is valid
	ReplyBy   time.Time
	Attempts  int    // failures in a row
	LastError string // the latest failure
}

// A Post is a message that the bot posted for a grant. Only clicks on these
// count.
type Post struct {
	Kind      string // card, or another of the kinds that slackbot names
	Event     int    // index in the history of the event that it tells
	Recipient string // a Slack user id, or ToChannel, ToAdmins, ToThread
	Channel   string
	TS        string
	Digest    string // of its current content

	// Of a card that asks for a decision: the revision shown, counted from 1,
	// and since when. Zero for other cards.
	DecisionRevision int
	Since            time.Time
}

// Recipients of a post that are roles. A post keeps the role and not the
// channel, because the config may name another channel later.
const (
	ToChannel = "channel" // the channel of the card
	ToAdmins  = "admins"  // the admin channel
	ToThread  = "thread"  // the thread below the card
)

// A PostKey identifies a post of a grant: one event is told to one recipient in
// one post of a kind.
type PostKey struct {
	Event           int
	Kind, Recipient string
}

// Key returns the key of p.
func (p Post) Key() PostKey { return PostKey{p.Event, p.Kind, p.Recipient} }

// A Head is the end of the audit chain.
type Head struct {
	Seq  uint64 // the number of entries
	Hash string // of the last entry, hex; "" for an empty chain
	At   time.Time
}
