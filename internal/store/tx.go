package store

import (
	"slices"
	"time"

	"s3share/internal/grant"
)

// A Tx is everything that one decision stores. It is a value without
// closures, so that any engine with conditional writes can commit it, and a
// test can repeat it.
type Tx struct {
	At         time.Time
	Grants     []grant.Grant   // Version is the current one; 0: must not exist. The store adds one
	Deliveries []Delivery      // likewise
	Documents  []Document      // likewise
	Expect     []Expect        // records that must have a version, and stay unchanged
	DueTimes   []grant.DueTime // replaces a worker's due time for a record; the zero time removes it
	Entries    []grant.Entry   // appended to the audit chain in order; grants stored with them refer to those that open
	Causes     []string        // idempotency keys: a second commit with any of them is a duplicate
	Fence      *Fence          // of a worker that holds a lease
}

// Expect is a grant or a document that must have a version when a change is
// committed; 0: it must not exist.
type Expect struct {
	ID      grant.ID
	Key     string // the key of a document; "" for a grant
	Version uint64
}

// A Fence is the lease of the committing worker. A commit with a stale epoch is
// refused, at any later time.
type Fence struct {
	Lease string
	Epoch uint64
}

// Put adds next to the change: the record, its due times, and an audit entry
// for each new event. It wakes the notices of the grant if there is something to tell.
func (c *Tx) Put(old, next grant.Grant) {
	c.Grants = append(c.Grants, next)
	c.DueTimes = append(c.DueTimes, grant.DueTimes(next)...)
	c.Entries = append(c.Entries, grant.NewEntries(old, next)...)
	if grant.HasNews(old, next) {
		c.wakeNotices(next.ID, c.At)
		c.wakeNotices(next.BatchLead(), c.At) // the lead's card shows it too
	} else if old.ID == "" && grant.IsOnlyRequested(next) && next.IsBatchLead() {
		c.wakeNotices(next.ID, c.At.Add(grant.NewsDelay))
	}
}

func (c *Tx) wakeNotices(id grant.ID, at time.Time) {
	w := grant.DueTime{Worker: grant.NoticeWorker, ID: id, At: at}
	if !slices.Contains(c.DueTimes, w) {
		c.DueTimes = append(c.DueTimes, w)
	}
}

// NameApprovals adds to each grant of c the references of its entries that open
// access. refs are the references of c.Entries, in the same order. It changes
// copies, so the caller's grants stay as they are.
func (c *Tx) NameApprovals(refs []grant.Ref) {
	if !slices.ContainsFunc(c.Entries, func(e grant.Entry) bool { return e.Opens }) {
		return
	}
	c.Grants = slices.Clone(c.Grants)
	for i, e := range c.Entries {
		at := slices.IndexFunc(c.Grants, func(g grant.Grant) bool { return g.ID == e.Grant })
		if e.Opens && at >= 0 {
			g := &c.Grants[at]
			g.Approvals = append(slices.Clip(g.Approvals), refs[i])
		}
	}
}
