package store

import (
	"context"
	"fmt"

	"s3share/internal/grant"
)

// EntriesOf returns the audit entries of a grant, oldest first, and reads the
// whole chain. It skips an invalid entry and returns whole as false: that entry
// may have been the grant's.
func EntriesOf(ctx context.Context, s ChainReader, id grant.ID) (entries []grant.Recorded, whole bool, err error) {
	entries, _, whole, err = EntriesSince(ctx, s, id, 0)
	return entries, whole, err
}

// EntriesSince is [EntriesOf] for the entries after a number. upTo is the last
// number read.
func EntriesSince(ctx context.Context, s ChainReader, id grant.ID, after uint64) (
	entries []grant.Recorded, upTo uint64, whole bool, err error) {
	const atOnce, badAtMost = 1000, 1000
	whole = true
	for bad := 0; ; {
		some, err := s.Chain(ctx, after, atOnce)
		for _, r := range some {
			if after = r.Seq; r.Grant == id {
				entries = append(entries, r)
			}
		}
		switch {
		case ctx.Err() != nil:
			return entries, after, false, ctx.Err()
		case err != nil:
			whole = false
			if after, bad = after+1, bad+1; bad > badAtMost {
				return entries, after, false, fmt.Errorf("reading what the audit chain has about %s: %w", id, err)
			}
		case len(some) == 0:
			return entries, after, whole, nil
		}
	}
}
