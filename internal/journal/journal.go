package journal

import (
	"context"
	"errors"
	"time"
)

// A Record is one act as it was received, before anything was done about it.
type Record struct {
	Seq     uint64    // set by Append; 1, 2, 3 … in order of receipt
	At      time.Time // when the envelope was received, kept to the nanosecond, in UTC
	Keys    []string  // idempotency keys: of the trigger and the envelope
	Closing bool      // an act that only closes access: taken even when the disk is full
	Body    []byte    // the caller's own encoding, at most MaxBody bytes; opaque here
}

// MaxBody is the size of the largest body that a journal takes. Slack's largest
// payloads are some 250 KB.
const MaxBody = 1 << 20

var (
	// ErrFull means that there is no space for an act that is not Closing, or for
	// a Closing one either once the reserved space is used up. The act is not kept.
	ErrFull = errors.New("the journal is full")
	// ErrTooLarge means that the keys and the body are larger than MaxBody.
	ErrTooLarge = errors.New("the act is too large for the journal")
	// ErrClosed means that the journal was closed. The act is not kept.
	ErrClosed = errors.New("the journal is closed")
)

// A Journal keeps acts from before their ack until they are done. It is safe for
// concurrent use.
type Journal interface {
	// Append returns once r is durable; one sync serves all that wait. It keeps
	// copies of what r points to. ErrFull, ErrTooLarge and ErrClosed mean that r is
	// not kept. After any other error, that of ctx included, the outcome is
	// unknown: the act must not be acknowledged. It is not among the undone, but a
	// restart may find it.
	Append(ctx context.Context, r Record) (seq uint64, err error)
	// Done marks an act carried out and answered. It needs no sync of its own:
	// after a crash the act may be replayed, and its commit's cause says that it was
	// done. Marking an act twice is no error; marking one that was never appended is.
	Done(seq uint64) error
	// Undone returns the acts not yet done, in order of Seq. It is complete as soon
	// as the journal is open. The caller must not change what the records point to.
	Undone() []Record
	// Oldest returns the receipt time of the undone act with the lowest Seq, and
	// false if every act is done.
	Oldest() (at time.Time, ok bool)
	// Probe returns nil if an act that is not Closing could be appended just now, by a
	// synced write that keeps no act. It is for finding out that a journal whose
	// Append has failed works again. An error of ctx says nothing.
	Probe(ctx context.Context) error
	// Close waits for the appends in flight. Undone acts stay for the next opening.
	Close() error
}
