package store

import (
	"context"
	"errors"
	"testing"

	"s3share/internal/grant"
)

// chain is a store with only a chain, and its entries may be damaged.
type chain struct {
	Store
	entries []grant.Recorded
	bad     map[uint64]bool
}

func (c chain) Chain(_ context.Context, after uint64, limit int) (all []grant.Recorded, err error) {
	for _, r := range c.entries {
		switch {
		case r.Seq <= after:
		case c.bad[r.Seq]:
			return all, errors.New("it does not hold")
		case len(all) < limit:
			all = append(all, r)
		}
	}
	return all, nil
}

func TestEntriesOf(t *testing.T) {
	c := chain{bad: map[uint64]bool{}}
	for seq := uint64(1); seq <= 2500; seq++ {
		e := grant.Entry{Kind: "write"}
		if seq%500 == 0 {
			e.Grant = "7K2M9QXA"
		}
		c.entries = append(c.entries, grant.Recorded{Ref: grant.Ref{Seq: seq}, Entry: e})
	}
	for _, step := range []struct {
		bad  uint64
		want int
	}{{0, 5}, {3, 5}, {1000, 4}, {1001, 4}, {2500, 3}} {
		c.bad[step.bad] = true
		have, whole, err := EntriesOf(t.Context(), c, "7K2M9QXA")
		if err != nil || len(have) != step.want || whole != (step.bad == 0) {
			t.Errorf("with entry %d damaged: %d entries, whole %v, %v; want %d", step.bad, len(have), whole, err, step.want)
		}
	}
}
