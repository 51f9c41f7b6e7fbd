package journal

import (
	"context"
	"errors"
	"time"
)

// A Record is one act as received, before it is carried out.
type Record struct {
	Seq     uint64    // set by Append; 1, 2, 3 … in order of receipt
	At      time.Time // receipt of the envelope, in UTC, with nanoseconds
	Keys    []string  // idempotency keys: of the trigger and the envelope
	Closing bool      // the act only closes access: accepted even when the disk is full
	Body    []byte    // the caller's own encoding, at most MaxBody bytes; opaque here
}

// MaxBody is the size of the largest body that a journal accepts. Slack's largest payloads are
// about 250 KB.
const MaxBody = 1 << 20

var (
	// ErrFull means that there is no space for the act. A Closing act can use the reserved space,
	// and gets ErrFull only when that is used up too. The act is not kept.
	ErrFull = errors.New("the journal is full")
	// ErrTooLarge means that the keys and the body are larger than MaxBody.
	ErrTooLarge = errors.New("the act is too large for the journal")
	// ErrClosed means that the journal was closed. The act is not kept.
	ErrClosed = errors.New("the journal is closed")
)

// A Journal keeps acts from before their acknowledgement until they are done. It is safe for
// concurrent use.
type Journal interface {
	// Append returns once r is durable. One sync serves all waiting appends. It copies the slices
	// of r. After ErrFull, ErrTooLarge or ErrClosed, r is not kept. After any other error, also of
	// ctx, the outcome is unknown and the act must not be acknowledged: it is not among the undone
	// acts, but a restart may find it.
	Append(ctx context.Context, r Record) (seq uint64, err error)
	// Done marks an act as carried out and answered. It needs no sync: after a crash the act may be
	// replayed, and the store recognizes it by its idempotency keys. Marking an act twice is no
	// error; marking an act that was never appended is.
	Done(seq uint64) error
	// Undone returns the acts not yet done, in order of Seq. It is complete as soon as the journal
	// is open. The caller must not change the slices of the records.
	Undone() []Record
	// Oldest returns the receipt time of the undone act with the lowest Seq, and false if every act
	// is done.
	Oldest() (at time.Time, ok bool)
	// Probe returns nil if an act that is not Closing could be appended now. It makes a synced
	// write that keeps no act. It shows whether a journal works again after a failed Append. An
	// error of ctx is no answer.
	Probe(ctx context.Context) error
	// Close waits for the appends in flight. Undone acts stay for the next opening.
	Close() error
}
