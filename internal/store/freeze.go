package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"s3share/internal/grant"
)

// FreezeKey is the key of the document that holds the freeze in force. Its text is
// empty without one.
const FreezeKey = "freeze"

// Frozen returns the freeze that is in force, or nil.
func Frozen(ctx context.Context, s DocumentReader) (*grant.Freeze, error) {
	f, _, err := FreezeGuard(ctx, s)
	return f, err
}

// FreezeGuard also returns an Expect for the commit of an addition. The commit
// then fails if a freeze comes between.
func FreezeGuard(ctx context.Context, s DocumentReader) (*grant.Freeze, Expect, error) {
	var f *grant.Freeze
	note, err := ReadDocument(ctx, s, FreezeKey, &f)
	if errors.Is(err, ErrUnreadable) { // a freeze may be in force
		f, err = &grant.Freeze{Why: "the stored freeze is damaged"}, nil
	}
	return f, Expect{Key: FreezeKey, Version: note.Version}, err
}

// CutoffKey is the key of the document that lists the recent freezes and end-alls.
const CutoffKey = "cutoffs"

// CutOff returns the cutoff that cancels an act on g, or nil. The commit of the
// act must include the returned Expect, so that it fails if a cutoff comes
// between. received is when the act was received. While the stored list is
// damaged, CutOff refuses every act; the next freeze or end-all replaces the
// list.
func CutOff(ctx context.Context, s DocumentReader, g grant.Grant, owners []string, received time.Time) (
	*grant.Cutoff, Expect, error) {
	var all []grant.Cutoff
	note, err := ReadDocument(ctx, s, CutoffKey, &all)
	read := Expect{Key: CutoffKey, Version: note.Version}
	if errors.Is(err, ErrUnreadable) {
		return nil, read, grant.Refuse("Nothing was done: the stored list of freezes and end-alls is damaged, " +
			"so I can't tell whether one covers this access.").
			WithHint("A responder repairs the list with a freeze and an unfreeze.")
	}
	if err != nil {
		return nil, read, fmt.Errorf("looking for a freeze or an end-all: %w", err)
	}
	for _, f := range all {
		if received.Before(f.At) && (f.Freeze || f.Covers(g, owners)) {
			return &f, read, nil
		}
	}
	return nil, read, nil
}

// AddCutoff adds to c that a freeze or an end-all takes effect.
func (c *Tx) AddCutoff(ctx context.Context, s DocumentReader, f grant.Cutoff) error {
	var all []grant.Cutoff
	note, err := ReadDocument(ctx, s, CutoffKey, &all)
	if errors.Is(err, ErrUnreadable) { // the lost cutoffs may cover any earlier act
		all, err = []grant.Cutoff{{At: f.At, By: f.By, Lost: true}}, nil
	}
	if err != nil {
		return fmt.Errorf("reading the freezes and end-alls of the last minutes: %w", err)
	}
	all = slices.DeleteFunc(all, func(old grant.Cutoff) bool { return c.At.Sub(old.At) > grant.CutoffLasts })
	if note, err = note.WithValue(append(all, f)); err != nil {
		return err
	}
	c.Documents = append(c.Documents, note)
	return nil
}

// The documents that stop additions in AWS. The text is the reason; empty means that additions are
// allowed.
const (
	HaltKey    = "halt"            // an old store was restored, and the decision about it is pending
	ChainKey   = "chain broken"    // the audit chain in the store is invalid
	JournalKey = "journal damaged" // acknowledged acts may be lost, and the damage has not been handled
)
