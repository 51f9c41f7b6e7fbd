package grant

import (
	"context"
	"errors"
	"slices"
	"time"
)

// What a store says of a change that it did not make, and of a record that it
// does not have or cannot read. Any other error of Commit means that the outcome
// is unknown: read again before deciding.
var (
	ErrConflict  = errors.New("a record has changed since it was read")
	ErrDuplicate = errors.New("this was committed before")
	ErrFenced    = errors.New("another worker holds the lease")
	ErrNotFound  = errors.New("no such record")
	// ErrUnreadable says that a record is stored, and is damaged. See [Unreadable].
	ErrUnreadable = errors.New("the stored record is damaged")
)

// A Store keeps and compares; it has no opinions. Every rule is above it.
type Store interface {
	// Commit stores everything in c, or nothing: ErrConflict if a record has
	// changed since the version it was made from, ErrDuplicate if one of c's
	// causes was committed before, ErrFenced if its lease is another's.
	Commit(ctx context.Context, c Change) error
	// Get returns one grant, or ErrNotFound.
	Get(ctx context.Context, id ID) (Grant, error)
	// Delivery returns how far telling people about a grant has come; a new
	// one, of version 0, if nothing was told yet.
	Delivery(ctx context.Context, id ID) (Delivery, error)
	// Note returns a note, or ErrNotFound.
	Note(ctx context.Context, key string) (Note, error)
	// Due returns the ids that a loop needs at now, the longest due first.
	Due(ctx context.Context, l Loop, now time.Time, limit int) ([]ID, error)
	// List returns the grants that q asks for, the newest request first.
	List(ctx context.Context, q Query) ([]Grant, error)
	// Count returns how many grants q asks for, without reading them. Its limit
	// does not count.
	Count(ctx context.Context, q Query) (int, error)
	// Committed reports whether any of the causes was committed. A store keeps a
	// cause for a day at least, so that at tells it which days to look at.
	Committed(ctx context.Context, at time.Time, causes ...string) (bool, error)
	// Acquire takes or renews a lease for ttl and returns its epoch, which
	// grows with each change of owner; ErrFenced while it is another's.
	Acquire(ctx context.Context, lease, owner string, now time.Time, ttl time.Duration) (epoch uint64, err error)
	// Chain returns entries of the audit chain after a number, the oldest first,
	// each held to its hash; the error names the first that does not hold.
	Chain(ctx context.Context, after uint64, limit int) ([]Recorded, error)
	// Unreadable names the stored records that are damaged, as far as reads have
	// met them. Everything else goes on without them: Get, Delivery and Note
	// return ErrUnreadable for such a record, with the version under which a
	// delivery or a note can be replaced; Due, List and Count leave it out.
	Unreadable(ctx context.Context) []Unreadable
	// Head returns the end of the audit chain, without reading the rest.
	Head(ctx context.Context) (Head, error)
	// Verify reads the whole audit chain and returns its head; the error names
	// the first entry that does not hold.
	Verify(ctx context.Context) (Head, error)
	Close() error
}

// An Unreadable names a stored record that is damaged.
type Unreadable struct {
	ID   ID     // of its grant; "" if it belongs to none, or nobody can tell
	What string // RecordOfGrant, RecordOfDelivery, RecordOfNote with its key, or RecordOfMany
	Why  string // for the people who run the bot
}

// What can be damaged.
const (
	RecordOfGrant    = "grant"
	RecordOfDelivery = "delivery"
	RecordOfNote     = "note "
	RecordOfMany     = "file" // a page: nobody can tell which records it had
)

// A Change is everything that one decision stores, as a value: no closure, so
// that any engine with conditional writes can make it, and a test can replay it.
type Change struct {
	At         time.Time
	Grants     []Grant    // Version is the one expected now; 0: must not exist. The store adds one
	Deliveries []Delivery // likewise
	Notes      []Note     // likewise
	Expect     []Expect   // records that must be at a version, and are not changed
	Wakes      []Wake     // replaces a loop's due time for a record; the zero time removes it
	Entries    []Entry    // appended to the audit chain, in order; a grant that is stored with them names those that open it
	Causes     []string   // what caused it: a second commit with any of them is a duplicate
	Fence      *Fence     // of a worker that holds a lease
}

// Expect is a grant, or a note, that must be at a version for a change to be
// made; 0: it must not exist.
type Expect struct {
	ID      ID
	Note    string // the key of a note; "" if it is about a grant
	Version uint64
}

// A Fence is the lease under which a worker commits. A commit with a stale
// epoch is refused, however late it arrives.
type Fence struct {
	Lease string
	Epoch uint64
}

// Put adds next to the change: the record, when each loop needs it, and an
// audit entry for each event that old did not have. Slack is woken when there
// is something to tell.
func (c *Change) Put(old, next Grant) {
	c.Grants = append(c.Grants, next)
	c.Wakes = append(c.Wakes, next.Wakes()...)
	for _, ev := range next.History[len(old.History):] {
		c.Entries = append(c.Entries, next.entry(ev))
	}
	asks := next.AsksBeneficiary() && !old.AsksBeneficiary()
	if asks || len(next.History) > len(old.History) && !next.asksOnly() {
		c.wakeSlack(next.ID)
		c.wakeSlack(next.Lead()) // whose card shows it too
	}
}

// asksOnly reports whether all that has happened is that it was asked for: as
// long as it is being checked, there is nothing to tell, and a commit to say that
// would hold up the acks of others.
func (g Grant) asksOnly() bool {
	return len(g.History) == 1 && g.History[0].Kind == Ask && !g.AsksBeneficiary()
}

func (c *Change) wakeSlack(id ID) {
	w := Wake{Loop: SlackLoop, ID: id, At: c.At}
	if !slices.Contains(c.Wakes, w) {
		c.Wakes = append(c.Wakes, w)
	}
}

// A Query asks for grants. Empty fields do not narrow it.
type Query struct {
	Requester string // a Slack user id
	Bucket    string
	Principal string // an ARN
	States    []State
	Limit     int // at most so many; 0: all
}

// A Delivery is how far telling people about one grant has come, and where its
// messages stand. It is a record of its own, so that telling never competes
// with deciding.
type Delivery struct {
	ID      ID
	Version uint64
	Told    int    // how many events of the history have been told
	Posts   []Post // the messages that stand in Slack
	Reply   string // a response URL of the person who asked, while it lasts
	ReplyBy time.Time
	Tries   int    // failures in a row
	Fault   string // the last of them
}

// A Post is a message that the bot posted for a grant. Clicks count only from
// these.
type Post struct {
	Kind      string // card, or another of the kinds that slackbot names
	Event     int    // the index in the history of the event that it tells of
	Recipient string // a Slack user id, or ToChannel, ToAdmins, ToThread
	Channel   string
	TS        string
	Digest    string // of what it last showed

	// Of a card that asks for a decision: the revision that it shows, counted from 1, and
	// since when. Zero: it asks for none.
	Asks  int
	Since time.Time
}

// The recipients of a post that are not one person. A post keeps the role and
// not the channel, because the config may name another channel meanwhile.
const (
	ToChannel = "channel" // the channel of the card
	ToAdmins  = "admins"  // the admin channel
	ToThread  = "thread"  // the thread below the card
)

// A PostKey tells the posts of one grant apart: an event is told to a recipient
// in one post of a kind.
type PostKey struct {
	Event           int
	Kind, Recipient string
}

// Key returns the key of p.
func (p Post) Key() PostKey { return PostKey{p.Event, p.Kind, p.Recipient} }

// A Head is the end of the audit chain.
type Head struct {
	Seq  uint64 // how many entries it has
	Hash string // of the last, hex; "" for an empty chain
	At   time.Time
}
