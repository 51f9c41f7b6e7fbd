package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// wrote keeps the policies that are written to AWS.
type wrote struct {
	*aws
	all []string
}

func (w *wrote) PutBucketPolicy(ctx context.Context, b grant.Bucket, text string) error {
	w.all = append(w.all, b.Name+" "+text)
	return w.aws.PutBucketPolicy(ctx, b, text)
}

func (w *wrote) Join(ctx context.Context, p grant.Principal) error {
	w.all = append(w.all, "join "+p.ARN)
	return w.aws.Join(ctx, p)
}

// edit edits a stored record, as an edit of the file would: the chain has no entry about it, and
// every loop is due.
func (b *bench) edit(id grant.ID, edit func(*grant.Grant)) {
	b.Helper()
	g := b.get(id)
	edit(&g)
	now := b.clock.now()
	c := store.Tx{At: now, Grants: []grant.Grant{g}}
	for _, l := range []grant.Worker{grant.OwnerWorker, grant.GranteeWorker} {
		c.DueTimes = append(c.DueTimes, grant.DueTime{Worker: l, ID: id, At: now})
	}
	if err := b.store.Commit(ctx, c); err != nil {
		b.Fatal(err)
	}
}

// Each field that opens access is edited in turn, in an approved, an active and a closed grant. The
// edit never reaches AWS: the grant is removed, and the operators are alerted once.
func TestForgedRecordOpensNothing(t *testing.T) {
	far := noon.AddDate(100, 0, 0)
	edits := []struct {
		name string
		edit func(*grant.Grant)
		why  string // a part of the alert
	}{
		{"expiry", func(g *grant.Grant) { g.ExpiresAt = far }, `its expiry is "2126-11-02T12:00:00Z"`},
		{"expiry by a minute", func(g *grant.Grant) { g.ExpiresAt = g.ExpiresAt.Add(time.Minute) }, "its expiry is"},
		{"principal", func(g *grant.Grant) {
			g.Principal.ARN, g.Principal.Name = strings.Replace(g.Principal.ARN, "ann", "cas", 1), "cas"
		}, "its principal is"},
		{"unique id", func(g *grant.Grant) { g.Principal.UniqueID = "AIDAEVE" }, "its principal id is"},
		{"bucket", func(g *grant.Grant) { g.Bucket.Name = releases }, "its bucket is"},
		{"account", func(g *grant.Grant) { g.Bucket.AccountID = granteeID }, "its owner account is"},
		{"prefix", func(g *grant.Grant) { g.Prefix = "" }, "its prefix is"},
		{"object actions", func(g *grant.Grant) { g.Level.Object = []string{"s3:*"} }, "its object actions is"},
		{"bucket actions", func(g *grant.Grant) { g.Level.Bucket = append([]string{"s3:PutBucketPolicy"}, g.Level.Bucket...) }, "its bucket actions is"},
		{"start", func(g *grant.Grant) { g.Scheduled, g.StartAt = true, g.StartAt.Add(-time.Hour) }, "its start is"},
		{"approvals of nothing", func(g *grant.Grant) { g.Approvals = []grant.Ref{{Seq: 1, Hash: g.Approvals[0].Hash}} }, "an entry 1 that the audit log does not have"},
		{"approvals from the future", func(g *grant.Grant) { g.Approvals = append(g.Approvals[:1:1], grant.Ref{Seq: 9999, Hash: "00"}) }, "an entry 9999 that the audit log does not have"},
		{"no approvals, and a later end", func(g *grant.Grant) { g.Approvals, g.ExpiresAt = nil, far }, "its expiry is"},
	}
	for _, state := range []string{"approved", "active"} {
		for _, c := range edits {
			t.Run(state+" "+c.name, func(t *testing.T) {
				b := newBench(t)
				id, other := b.approved("fixtures/a", "read", "build/ann", "8h"), grant.ID("")
				if state == "active" {
					b.run(time.Minute)
					b.expectState(id, "active")
				}
				b.edit(id, c.edit)
				b.restart()
				seen := &wrote{aws: b.aws}
				b.rec.aws = seen
				other = b.approved("fixtures/b", "read", "build/ben", "8h") // it has to be written
				b.run(10 * time.Minute)
				b.sweep()
				b.run(10 * time.Minute)
				b.expectState(id, "ended failed")
				b.expectState(other, "active")
				for _, text := range seen.all {
					if strings.Contains(text, "S3Share"+string(id)) && state == "approved" || strings.Contains(text, "2126") || strings.HasPrefix(text, "join ") && !strings.HasSuffix(text, "/ben") {
						t.Errorf("written: %s", text)
					}
				}
				for _, bucket := range []string{fixtures, releases} {
					if !preflight.Absent(b.policyOf(bucket), id) {
						t.Errorf("it is still in %s", bucket)
					}
				}
				if b.aws.joined(grant.Principal{Kind: grant.KindUser, Name: "ann", AccountID: granteeID, ARN: b.get(id).Principal.ARN}) || b.can("ann", "a/x") {
					t.Error("ann is still in the group, or gets in")
				}
				if len(b.alerts) != 1 || !strings.Contains(b.alerts[0], c.why) || !strings.Contains(b.get(id).Why, c.why) {
					t.Errorf("told %q, and the record says %q; want %q once", b.alerts, b.get(id).Why, c.why)
				}
				b.expectNoWrites()
			})
		}
	}
}

// An edit of the state alone opens nothing either, because the chain contradicts it.
func TestForgedState(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(b *bench) grant.ID
		edit func(*grant.Grant)
		why  string
	}{
		{"a pending request", func(b *bench) grant.ID { return b.request("fixtures/a", "read", "build/ann", "8h") },
			func(g *grant.Grant) { g.State, g.ExpiresAt, g.StartAt = grant.Approved, noon.Add(8*time.Hour), noon }, "no audit entry says that it was approved"},
		{"an ended grant", func(b *bench) grant.ID {
			id := b.approved("fixtures/a", "read", "build/ann", "8h")
			b.run(time.Minute)
			b.end(id)
			b.run(5 * time.Minute)
			b.expectState(id, "ended relinquished")
			return id
		}, func(g *grant.Grant) { g.State, g.Outcome, g.History = grant.Approved, "", g.History[:3] }, "says that it has ended"},
		{"a paused grant", func(b *bench) grant.ID {
			id := b.approved("fixtures/a", "read", "build/ann", "8h")
			b.run(time.Minute)
			b.removeStatements(fixtures, id)
			b.run(10 * time.Minute)
			b.sweep()
			if b.get(id).DriftedAt.IsZero() {
				b.Fatal("it is not paused")
			}
			return id
		}, func(g *grant.Grant) {
			g.DriftedAt = time.Time{}
			for i := range g.Parts {
				g.Parts[i].Confirmed = time.Time{}
			}
		}, "says that it is paused"},
		{"another grant's approval", func(b *bench) grant.ID {
			b.approved("fixtures/b", "read", "build/ann", "8h")
			return b.request("fixtures/b", "read", "build/ann", "8h")
		}, func(g *grant.Grant) { g.State = grant.Approved; g.ExpiresAt, g.StartAt = noon.Add(8*time.Hour), noon }, "no audit entry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			id := c.make(b)
			b.alerts = nil
			b.edit(id, c.edit)
			if c.name == "another grant's approval" {
				b.edit(id, func(g *grant.Grant) { g.Approvals = b.get("T0000001").Approvals })
				c.why = `an entry that it names is about "T0000001"`
			}
			b.restart()
			seen := &wrote{aws: b.aws}
			b.rec.aws = seen
			b.run(10 * time.Minute)
			b.sweep()
			b.run(10 * time.Minute)
			for _, text := range seen.all {
				if strings.Contains(text, "S3Share"+string(id)) {
					t.Errorf("written: %s", text)
				}
			}
			if g := b.get(id); g.State != grant.Ended || len(b.alerts) != 1 || !strings.Contains(b.alerts[0], c.why) {
				t.Errorf("%s, told %q; want %q", g.State, b.alerts, c.why)
			}
		})
	}
}

// An extension or a restore approves the stored record again. A record that differs from its
// approval is neither extended nor restored.
func TestForgedRecordIsNotExtendedOrRestored(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	if err := refusalOf(b.rec.Preflight().CheckExtension(ctx, b.get(id))); err != nil {
		t.Fatal(err)
	}
	b.edit(id, func(g *grant.Grant) { g.Prefix = "" })
	var no *grant.Refusal
	for name, err := range map[string]error{"extended": refusalOf(b.rec.Preflight().CheckExtension(ctx, b.get(id))), "put back": refusalOf(b.rec.Preflight().CheckRestore(ctx, b.get(id)))} {
		if !errors.As(err, &no) || !strings.Contains(err.Error(), "differs from its approval") {
			t.Errorf("%s: %v", name, err)
		}
	}
	paused := newBench(t)
	id = paused.approved("healed-a/a", "read", "build/ann", "8h")
	paused.aws.bucket("healed-a")
	paused.run(time.Minute)
	paused.edit(id, func(g *grant.Grant) { g.Prefix = "" })
	paused.removeStatements("healed-a", id)
	paused.sweep() // its rule restores automatically
	paused.run(time.Hour)
	if n := len(paused.events(id, grant.EventRestore)); n > 0 || !preflight.Absent(paused.policyOf("healed-a"), id) {
		t.Errorf("put back %d times, or still there", n)
	}
	paused.expectState(id, "ended failed")
}

// While the chain is unreadable, nothing is added, active grants stay, and expired ones are
// removed.
func TestUnreadableChainAddsNothing(t *testing.T) {
	b := newBench(t)
	open, over := b.approved("fixtures/a", "read", "build/ann", "8h"), b.approved("fixtures/b", "read", "build/ben", "8h")
	b.run(time.Minute)
	b.restart()
	b.rec.store = unreadableChain{faulty{b.store, b}}
	waits := b.approved("fixtures/c", "read", "build/cas", "8h")
	b.end(over)
	b.run(time.Minute)
	b.sweep()
	b.run(5 * time.Minute)
	b.expectState(open, "active")
	b.expectState(waits, "approved")
	b.expectState(over, "ended relinquished")
	if preflight.Absent(b.policyOf(fixtures), open) || !preflight.Absent(b.policyOf(fixtures), waits) || b.aws.count("Join") != 2 {
		t.Errorf("joined %d times, %s", b.aws.count("Join"), b.policyOf(fixtures).Bytes())
	}
	b.restart()
	b.run(10 * time.Minute)
	b.expectState(waits, "active")
	if len(b.alerts) > 0 {
		t.Errorf("told %q", b.alerts)
	}
}

type unreadableChain struct{ faulty }

func (unreadableChain) Chain(context.Context, uint64, int) ([]grant.Recorded, error) {
	return nil, errDisk
}

// A grant whose record names no entries is compared with the chain's entries about it.
func TestRecordWithoutEntryNumbers(t *testing.T) {
	b := newBench(t)
	good, bad := b.approved("fixtures/a", "read", "build/ann", "8h"), b.approved("fixtures/b", "read", "build/ben", "8h")
	b.edit(good, func(g *grant.Grant) { g.Approvals = nil })
	b.edit(bad, func(g *grant.Grant) { g.Approvals, g.Level.Object = nil, []string{"s3:*"} })
	b.restart()
	b.run(10 * time.Minute)
	b.expectState(good, "active")
	b.expectState(bad, "ended failed")
	b.extend(good, 60)
	b.run(10 * time.Minute)
	if g := b.get(good); len(g.Approvals) != 1 || !g.Half(grant.OwnerHalf).IsConfirmed() {
		t.Errorf("extended, it names %v", g.Approvals)
	}
}

// The ledger reads each entry once, forwards and backwards, from the oldest approval in use. It
// reads again only to find the opening entries of each grant.
func TestLedgerReadsOnce(t *testing.T) {
	b := newBench(t)
	var c store.Tx
	for n := range 2*entriesAtOnce + 50 {
		c.Entries = append(c.Entries, grant.Entry{At: noon, Kind: "end", Grant: grant.ID(fmt.Sprint("G", n%7)), State: grant.Ending})
	}
	if err := b.store.Commit(ctx, c); err != nil {
		t.Fatal(err)
	}
	s := &countingChain{Store: b.store}
	l := newLedger()
	for _, after := range []uint64{2000, 2040, 990, 0, 0} {
		if err := l.cover(ctx, s, after); err != nil {
			t.Fatal(err)
		}
	}
	if s.entries != (2050-990)+2050 || l.after != 0 || l.upto != 2*entriesAtOnce+50 {
		t.Errorf("%d entries read, covering %d to %d", s.entries, l.after, l.upto)
	}
	if l.closed["G0"] != 2045 { // 2044 is a multiple of 7
		t.Errorf("G0 was closed by %d", l.closed["G0"])
	}
}

// A ledger forgets ended grants after many entries, and reads them again if they are requested.
func TestLedgerForgets(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	l := b.rec.ledger
	l.most = 1
	for n := range 3 {
		l.closed[grant.ID(fmt.Sprint("G", n))] = 1
	}
	b.extend(id, 60)
	b.run(time.Minute)
	if l.most != closedKept || l.closed["G1"] != 0 || l.closed[id] != 0 {
		t.Errorf("it may know %d, and knows %v", l.most, l.closed)
	}
	b.end(id)
	b.edit(id, func(g *grant.Grant) { g.State = grant.Active })
	b.run(5 * time.Minute)
	if len(b.alerts) != 1 || !strings.Contains(b.alerts[0], "says that it has ended") {
		t.Errorf("told %q", b.alerts)
	}
}

type countingChain struct {
	store.Store
	entries int
}

func (c *countingChain) Chain(ctx context.Context, after uint64, limit int) ([]grant.Recorded, error) {
	all, err := c.Store.Chain(ctx, after, limit)
	c.entries += len(all)
	return all, err
}
