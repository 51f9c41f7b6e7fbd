package store

import (
	"context"
	"errors"

	"s3share/internal/grant"
)

// FreezeKey is the key of the note that holds the freeze in force. Its text is
// empty without one.
const FreezeKey = "freeze"

// Frozen returns the freeze that is in force, or nil.
func Frozen(ctx context.Context, store DocumentReader) (*grant.Freeze, error) {
	f, _, err := FreezeGuard(ctx, store)
	return f, err
}

// FreezeGuard also returns an Expect for the commit of an addition. The commit
// then fails if a freeze comes between.
func FreezeGuard(ctx context.Context, store DocumentReader) (*grant.Freeze, Expect, error) {
	var f *grant.Freeze
	note, err := ReadDocument(ctx, store, FreezeKey, &f)
	if errors.Is(err, ErrUnreadable) { // a freeze may be in force
		f, err = &grant.Freeze{Why: "the stored freeze is damaged"}, nil
	}
	return f, Expect{Key: FreezeKey, Version: note.Version}, err
}
