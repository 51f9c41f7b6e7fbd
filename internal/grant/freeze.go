package grant

import (
	"context"
	"errors"
	"time"
)

// FreezeNote is the note that says, unless its text is empty, that nothing is
// added in AWS, and who wants it so.
const FreezeNote = "freeze"

// A Freeze is why nothing is added for now.
type Freeze struct {
	By  Person
	At  time.Time
	Why string
}

// Frozen returns the freeze that is in force, or nil.
func Frozen(ctx context.Context, store Store) (*Freeze, error) {
	f, _, err := FrozenAs(ctx, store)
	return f, err
}

// FrozenAs also returns what a change has to expect so that it is made only while
// that is so: what it adds cannot slip past a freeze that comes between.
func FrozenAs(ctx context.Context, store Store) (*Freeze, Expect, error) {
	var f *Freeze
	note, err := ReadNote(ctx, store, FreezeNote, &f)
	if errors.Is(err, ErrUnreadable) { // it may have been in force
		f, err = &Freeze{Why: "the stored freeze is damaged"}, nil
	}
	return f, Expect{Note: FreezeNote, Version: note.Version}, err
}

// Adds reports whether next asks AWS for more than g did, which a freeze forbids:
// access, a later end, or what somebody else took out.
func (g Grant) Adds(next Grant) bool {
	asks := func(g Grant) bool { return (g.State == Approved || g.State == Active) && g.DriftedAt.IsZero() }
	return asks(next) && (!asks(g) || next.ExpiresAt.After(g.ExpiresAt))
}
