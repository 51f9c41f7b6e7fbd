package grant

import (
	"context"
	"errors"
	"time"
)

// FreezeKey is the key of the note that holds the freeze in force. Its text is
// empty without one.
const FreezeKey = "freeze"

// A Freeze blocks all additions in AWS.
type Freeze struct {
	By  Person
	At  time.Time
	Why string
}

// Frozen returns the freeze that is in force, or nil.
func Frozen(ctx context.Context, store Store) (*Freeze, error) {
	f, _, err := FreezeGuard(ctx, store)
	return f, err
}

// FreezeGuard also returns an Expect for the commit of an addition. The commit
// then fails if a freeze comes between.
func FreezeGuard(ctx context.Context, store Store) (*Freeze, Expect, error) {
	var f *Freeze
	note, err := ReadDocument(ctx, store, FreezeKey, &f)
	if errors.Is(err, ErrUnreadable) { // a freeze may be in force
		f, err = &Freeze{Why: "the stored freeze is damaged"}, nil
	}
	return f, Expect{Key: FreezeKey, Version: note.Version}, err
}

// ExpandsAccess reports whether next wants more from AWS than g: access, a later end, or
// a restored part. A freeze forbids that.
func (g Grant) ExpandsAccess(next Grant) bool {
	asks := func(g Grant) bool { return (g.State == Approved || g.State == Active) && g.DriftedAt.IsZero() }
	return asks(next) && (!asks(g) || next.ExpiresAt.After(g.ExpiresAt))
}
