package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// A ledger caches facts about grants from the audit chain. It reads from the oldest requested
// approval to the head.
type ledger struct {
	mu          sync.Mutex
	begun       bool
	whole       bool                      // opened is filled, from the first entry on
	after, upto uint64                    // the entries after `after`, up to `upto`, were read
	closed      map[grant.ID]uint64       // the last entry that closed the grant
	paused      map[grant.ID]uint64       // the last entry that paused the grant
	opened      map[grant.ID][]uint64     // if whole: the entry of each request and those that opened it, in order
	kept        map[uint64]grant.Recorded // some entries, by number
	most        int                       // the number of closed grants that makes the ledger restart
}

const (
	entriesAtOnce = 1000   // entries in one transaction
	entriesKept   = 2000   // entries in memory
	closedKept    = 50_000 // grants, about 100 bytes each; more if active grants need more
)

func newLedger() *ledger {
	l := &ledger{kept: map[uint64]grant.Recorded{}}
	l.forget()
	return l
}

// forget restarts the ledger from the oldest approval in use. After a long time most of its grants
// have ended.
func (l *ledger) forget() {
	l.begun, l.most = false, closedKept
	l.closed, l.paused, l.opened = map[grant.ID]uint64{}, map[grant.ID]uint64{}, map[grant.ID][]uint64{}
}

var errNoEntry = errors.New("the audit chain has no such entry")

// entry returns an entry by its number, or errNoEntry.
func (l *ledger) entry(ctx context.Context, store store.Store, seq uint64) (grant.Recorded, error) {
	if e, there := l.kept[seq]; there {
		return e, nil
	}
	if seq == 0 {
		return grant.Recorded{}, errNoEntry
	}
	all, err := store.Chain(ctx, seq-1, 1)
	switch {
	case err != nil:
		return grant.Recorded{}, fmt.Errorf("reading entry %d of the audit chain: %w", seq, err)
	case len(all) == 0 || all[0].Seq != seq:
		return grant.Recorded{}, errNoEntry
	}
	if len(l.kept) >= entriesKept {
		clear(l.kept)
	}
	l.kept[seq] = all[0]
	return all[0], nil
}

// cover reads the unread entries after a number, up to the head. The range of read entries stays
// contiguous.
func (l *ledger) cover(ctx context.Context, store store.Store, after uint64) error {
	if len(l.closed) > l.most || after == 0 && !l.whole {
		l.forget()
		l.whole = after == 0
	}
	if !l.begun {
		l.begun, l.after, l.upto = true, after, after
		defer l.allowGrowth()
	}
	if l.after > after {
		defer l.allowGrowth()
	}
	for l.after > after {
		from := max(after, l.after-min(l.after, entriesAtOnce))
		if _, err := l.read(ctx, store, from, int(l.after-from)); err != nil {
			return err
		}
		l.after = from
	}
	for {
		n, err := l.read(ctx, store, l.upto, entriesAtOnce)
		if err != nil || n == 0 {
			return err
		}
		l.upto += uint64(n)
	}
}

// allowGrowth lets the ledger grow to twice its size: it needs this much for the active grants.
func (l *ledger) allowGrowth() { l.most = max(closedKept, 2*len(l.closed)) }

// read processes entries after a number, and returns how many there were.
func (l *ledger) read(ctx context.Context, store store.Store, after uint64, limit int) (int, error) {
	all, err := store.Chain(ctx, after, limit)
	if err != nil {
		return 0, fmt.Errorf("reading the audit chain after entry %d: %w", after, err)
	}
	for i, e := range all {
		switch {
		case e.Seq != after+uint64(i)+1:
			return 0, fmt.Errorf("reading the audit chain: entry %d is missing", after+uint64(i)+1)
		case e.Grant == "":
		case e.Closed():
			l.closed[e.Grant] = max(l.closed[e.Grant], e.Seq)
		case e.Paused():
			l.paused[e.Grant] = max(l.paused[e.Grant], e.Seq)
		case e.Opened():
			l.open(e)
		}
		if e.Kind == string(grant.EventRequest) {
			l.open(e)
		}
	}
	return len(all), nil
}

func (l *ledger) open(e grant.Recorded) {
	if !l.whole {
		return
	}
	numbers := l.opened[e.Grant]
	if i, there := slices.BinarySearch(numbers, e.Seq); !there {
		l.opened[e.Grant] = slices.Insert(numbers, i, e.Seq)
	}
}
