package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

func (b *bench) damage(id grant.ID) {
	b.Helper()
	b.store.Damage(id)
}

// has reports whether a policy has statements of a grant.
func (b *bench) has(bucket string, id grant.ID) bool {
	return !preflight.Absent(b.policyOf(bucket), id)
}

func (b *bench) countAlerts(words ...string) int {
	n := 0
	for _, text := range b.alerts {
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			n++
		}
	}
	return n
}

func statementsOf(doc policy.Document, id grant.ID) (raw []string) {
	for _, st := range doc.Statements() {
		if preflight.IsOf(st, id) {
			raw = append(raw, string(st.Raw()))
		}
	}
	return raw
}

// A revoked grant with a damaged record is closed at once, because its audit entries contain the
// end.
func TestDamagedRecordOfAnEndedGrant(t *testing.T) {
	b := newBench(t)
	b.addStatements(fixtures, foreign)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.apply(id, grant.End{By: ada, Today: b.today(id)})
	b.damage(id)
	b.sweep()
	b.run(time.Minute)
	if b.has(fixtures, id) || b.can("ann", "a/x") || slices.Contains(b.aws.build.Members(groupOf), "ann") {
		t.Errorf("it is still open: %s, %v", b.aws.nonprod.Policy(fixtures), b.aws.build.Members(groupOf))
	}
	if !strings.Contains(b.aws.nonprod.Policy(fixtures), `"Theirs"`) {
		t.Error("somebody else's statement went with it")
	}
	if b.countAlerts("`"+string(id)+"`", "its access is removed", "bot store repair") != 1 {
		t.Errorf("told: %q", b.alerts)
	}
	b.restart()
	b.expectNoWrites()
	if len(b.alerts) != 1 {
		t.Errorf("told again: %q", b.alerts)
	}
}

// A damaged record affects no other: grants on its bucket end and expire, nothing is added there,
// and its own statements stay unchanged until its expiry.
func TestDamagedRecordOfOpenAccess(t *testing.T) {
	b := newBench(t)
	b.addStatements(fixtures, foreign)
	lost := b.approved("fixtures/a", "read", "build/ann", "8h")
	ends := b.approved("fixtures/b", "read", "build/ben", "8h")
	expires := b.approved("fixtures/c", "read", "build/ben", "1h")
	elsewhere := b.approved("releases", "read", "build/ann", "2h")
	b.run(time.Minute)
	before := statementsOf(b.policyOf(fixtures), lost)
	b.damage(lost)
	b.end(ends)
	waits := b.approved("fixtures/d", "read", "build/cas", "8h")
	other := b.approved("releases/x", "read", "build/cas", "8h")
	b.sweep()
	b.run(2 * time.Hour)
	b.expectState(ends, "ended relinquished")
	b.expectState(expires, "ended expired")
	b.expectState(elsewhere, "ended expired")
	b.expectState(waits, "approved")
	b.expectState(other, "active")
	if b.has(fixtures, waits) {
		t.Error("something was added beside the damaged record")
	}
	if after := statementsOf(b.policyOf(fixtures), lost); !slices.Equal(before, after) || len(after) == 0 {
		t.Errorf("its statements were %q and are %q", before, after)
	}
	if !slices.Contains(b.aws.build.Members(groupOf), "ann") || !b.can("ann", "a/x") {
		t.Error("the membership that it needs went with another grant")
	}
	if b.countAlerts("`"+string(lost)+"`", "stays as it is until 2026-11-02 20:00 UTC", "/s3share end "+string(lost), "Nothing is added on fixtures") != 1 {
		t.Errorf("told: %q", b.alerts)
	}
	b.expectNoWrites()
	b.run(6*time.Hour - b.clock.now().Sub(noon.Add(2*time.Hour))) // its expiry
	b.sweep()
	b.run(time.Minute)
	if b.has(fixtures, lost) || slices.Contains(b.aws.build.Members(groupOf), "ann") {
		t.Errorf("it is left after its date: %s, %v", b.aws.nonprod.Policy(fixtures), b.aws.build.Members(groupOf))
	}
	b.expectNoWrites()
}

// A typed end is an entry of the chain, although the record cannot be changed.
func TestEndOfADamagedActiveRecord(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	g := b.get(id)
	b.damage(id)
	b.sweep()
	if !b.has(fixtures, id) {
		t.Fatal("it was closed before anybody ended it")
	}
	next := must(g.Apply(grant.End{By: ada, Today: grant.Today{Rule: &g.Rule}}, b.clock.now()))
	var c store.Tx
	c.Put(g, next)
	if err := b.store.Commit(ctx, store.Tx{At: b.clock.now(), Entries: c.Entries}); err != nil {
		t.Fatal(err)
	}
	b.sweep()
	if b.has(fixtures, id) || slices.Contains(b.aws.build.Members(groupOf), "ann") {
		t.Error("it is still open")
	}
}

// A damaged record without audit entries may be on any bucket: nothing is added, and statements
// with its id stay.
func TestDamagedRecordWithoutEntries(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	ends := b.approved("releases", "read", "build/ben", "8h")
	b.run(time.Minute)
	b.store.ForgetEntries(id)
	b.damage(id)
	b.end(ends)
	waits := b.approved("releases/x", "read", "build/ben", "8h")
	b.sweep()
	b.run(time.Hour)
	b.expectState(ends, "ended relinquished")
	b.expectState(waits, "approved")
	if !b.has(fixtures, id) || b.has(releases, waits) || !slices.Contains(b.aws.build.Members(groupOf), "ann") {
		t.Errorf("policies %s and %s, members %v", b.aws.nonprod.Policy(fixtures), b.aws.nonprod.Policy(releases), b.aws.build.Members(groupOf))
	}
	if b.countAlerts("`"+string(id)+"`", "does not say which access it was") != 1 {
		t.Errorf("told: %q", b.alerts)
	}
}

// A grant that is missing from the index keeps its access.
func TestGrantMissingFromTheList(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	other := b.approved("fixtures/b", "read", "build/ben", "1h")
	b.run(time.Minute)
	b.store.Hide(id)
	b.run(2 * time.Hour)
	b.expectState(other, "ended expired")
	if !b.has(fixtures, id) {
		t.Error("its statement was removed")
	}
}

// A damaged note about the last write is rebuilt: the end is confirmed at the second read.
func TestDamagedNoteOfWrites(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.store.DamageNote("carried " + ownerID + " " + fixtures)
	b.restart()
	b.end(id)
	b.run(time.Second)
	if b.get(id).State != grant.Ending || b.has(fixtures, id) {
		t.Errorf("it is %s", b.get(id).State)
	}
	b.run(20 * time.Minute)
	b.expectState(id, "ended relinquished")
	b.expectNoWrites()
}
