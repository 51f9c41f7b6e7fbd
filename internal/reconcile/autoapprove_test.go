package reconcile

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

const annARN = "arn:aws:iam::111111111111:user/ann"

// autoBench approves Rita's short reads on fixtures automatically, twice a day. A person has
// approved a request there before.
func autoBench(t *testing.T) *bench {
	b := newBench(t)
	b.rules.Rules[1].Auto = []grant.AutoRule{{Levels: []string{"read"}, MaxTerm: 60, People: grant.People{Users: []string{rita.User}}, PerDay: 2, WeekTotal: 6 * 60}}
	b.rules.PrincipalOwners = map[string][]string{annARN: {rita.User}}
	b.restart()
	old := b.approved("fixtures/a", "read", "build/ann", "1h")
	b.run(2 * time.Hour)
	b.expectState(old, "ended expired")
	return b
}

func TestAutoApproval(t *testing.T) {
	b := autoBench(t)
	first := b.request("fixtures/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	b.expectState(first, "active")
	if ev := b.get(first).Last(grant.EventAutoApprove); ev == nil || ev.Why != "The rule for * approves read for "+
		"1h automatically." {
		t.Errorf("%+v", ev)
	}
	longer := b.request("fixtures/a", "read", "build/ann", "2h")
	nobodys := b.request("fixtures/a", "read", "build/ben", "1h")
	elsewhere := b.request("releases/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	for _, id := range []grant.ID{longer, nobodys, elsewhere} {
		b.expectState(id, "pending")
	}
	// Three that are checked at the same moment count each other; one of them is the second of the
	// day.
	ids := []grant.ID{b.request("fixtures/a", "read", "build/ann", "1h"), b.request("fixtures/b", "read", "build/ann", "1h"), b.request("fixtures/c", "read", "build/ann", "1h")}
	b.run(time.Minute)
	open := 0
	for _, id := range ids {
		if b.get(id).State == grant.Active {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d more were let through; want one", open)
	}
}

// A request is not approved automatically after ten minutes, or after a freeze or an end-all that
// covers it: people decide, and a break-glass is refused.
func TestUnattendedTooLate(t *testing.T) {
	for _, c := range []struct {
		name   string
		wait   time.Duration
		cutoff *grant.Cutoff
		why    string // of the break-glass; "" opens both
	}{
		{"in time", 9 * time.Minute, nil, ""},
		{"too late", 11 * time.Minute, nil, "within ten minutes"},
		{"frozen and unfrozen", time.Minute, &grant.Cutoff{Freeze: true}, "s3share was frozen meanwhile"},
		{"ended", time.Minute, &grant.Cutoff{Scope: grant.Scope{Bucket: "fixtures"}}, "an end-all covered this access meanwhile"},
		{"something else ended", time.Minute, &grant.Cutoff{Scope: grant.Scope{Bucket: "releases"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := autoBench(t)
			b.rules.Rules[1].BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{rita.User}}, MaxTerm: 60, PerDay: 2}
			b.restart()
			auto, urgent := b.request("fixtures/a", "read", "build/ann", "1h"), b.requestBreakGlass("build/ann")
			b.clock.move(c.wait)
			if c.cutoff != nil {
				c.cutoff.At, c.cutoff.By = b.clock.now(), ada.Person
				change := store.Tx{At: b.clock.now()}
				if err := change.AddCutoff(ctx, b.store, *c.cutoff); err != nil {
					t.Fatal(err)
				}
				if err := b.store.Commit(ctx, change); err != nil {
					t.Fatal(err)
				}
			}
			b.run(30 * time.Second)
			if c.why == "" {
				b.expectState(auto, "active")
				b.expectState(urgent, "active")
				return
			}
			b.expectState(auto, "pending")
			b.expectState(urgent, "refused")
			if why := b.get(urgent).Why; !strings.Contains(why, c.why) {
				t.Errorf("refused because: %s", why)
			}
		})
	}
}

func TestAutoApprovalChecksAWSLimits(t *testing.T) {
	b := autoBench(t)
	b.aws.facts.Enforced = true
	b.aws.others = 10 // the user cannot join more groups: refused by the check itself
	id := b.request("fixtures/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	b.expectState(id, "refused")
}

// A request that no rule approves automatically does not wait for lookups of one that may be.
func TestAutoApprovalBlocksNoOtherRequest(t *testing.T) {
	b := newBench(t)
	b.rec.unattended.Lock()
	defer b.rec.unattended.Unlock()
	id := b.request("fixtures/a", "read", "build/ann", "1h")
	checked := make(chan error, 1)
	go func() { checked <- b.rec.check(ctx, id) }()
	select {
	case err := <-checked:
		if err != nil {
			t.Error(err)
		}
		b.expectState(id, "pending")
	case <-time.After(time.Minute):
		t.Fatal("it waits")
	}
}

// freeze stores a freeze.
func (b *bench) freeze() {
	b.Helper()
	b.setFreeze(string(must(json.Marshal(grant.Freeze{By: rita, At: noon, Why: "a leak"}))))
}

func (b *bench) unfreeze() { b.Helper(); b.setFreeze("") }

func (b *bench) setFreeze(text string) {
	b.Helper()
	note, _ := b.store.Document(ctx, store.FreezeKey)
	note.Key, note.JSON = store.FreezeKey, text
	if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{note}}); err != nil {
		b.Fatal(err)
	}
}

// During a freeze nothing is added, even if it was approved before. Removals continue, and
// additions resume afterwards.
func TestFrozen(t *testing.T) {
	b := autoBench(t)
	open := b.approved("fixtures/b", "read", "build/ann", "2h")
	b.run(time.Minute)
	b.expectState(open, "active")
	b.freeze()
	waits := b.approved("fixtures/c", "read", "build/ben", "8h")
	auto := b.request("fixtures/a", "read", "build/ann", "1h")
	b.aws.calls = nil
	b.run(10 * time.Minute)
	b.expectState(waits, "approved")
	b.expectState(auto, "pending")
	if n := b.aws.writes(); n != 0 {
		t.Errorf("%d writes while frozen", n)
	}
	b.apply(open, grant.End{By: ada, Today: b.today(open)})
	b.run(time.Minute)
	b.expectState(open, "ended revoked")
	b.unfreeze()
	b.run(3 * time.Minute)
	b.expectState(waits, "active")
}

// During a freeze an active grant stays until its expiry in AWS, even if an extension was approved.
// Afterwards the extension is written, and the delay is no drift.
func TestFrozenWhileExtended(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	b.expectState(id, "active")
	had := string(b.policyOf(fixtures).Bytes())
	b.freeze()
	b.extend(id, 60) // committed a moment before
	b.aws.calls = nil
	b.run(10 * time.Minute)
	b.sweep()
	if now := string(b.policyOf(fixtures).Bytes()); now != had || b.aws.writes() != 0 {
		t.Errorf("%d writes while frozen; AWS has %s", b.aws.writes(), now)
	}
	b.unfreeze()
	b.run(3 * time.Minute)
	if g := b.get(id); g.Last(grant.EventExtended) == nil || g.Last(grant.EventDrift) != nil {
		t.Errorf("extended: %v, drifted: %v", g.Last(grant.EventExtended), g.Last(grant.EventDrift))
	}
}

func glassBench(t *testing.T) *bench {
	b := newBench(t)
	b.rules.Rules[1].BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{rita.User}}, MaxTerm: 60, PerDay: 2}
	b.rules.PrincipalOwners = map[string][]string{annARN: {rita.User}}
	b.restart()
	return b
}

func (b *bench) requestBreakGlass(principal string) grant.ID {
	b.Helper()
	g, err := b.rules.Draft("BREAK000", grant.Draft{Target: "fixtures/a", Level: "read", Principal: principal, Term: "1h", Reason: "prod is down", Requester: rita, BreakGlass: true}, 0, b.clock.now())
	if err != nil {
		b.Fatal(err)
	}
	b.put(grant.Grant{}, g)
	return g.ID
}

func TestBreakGlass(t *testing.T) {
	b := glassBench(t)
	id := b.requestBreakGlass("build/ann")
	b.run(time.Minute)
	b.expectState(id, "active")
	if g := b.get(id); !g.NeedsReview() || len(g.Decisions) != 0 {
		t.Errorf("%+v", g.Decisions)
	}
	b.run(26 * time.Hour)
	b.expectState(id, "ended expired")
	if b.get(id).Last(grant.EventRemindReview) == nil {
		t.Error("nobody is reminded of the review")
	}
}

func TestBreakGlassWhileFrozen(t *testing.T) {
	b := glassBench(t)
	id := b.requestBreakGlass("build/ann")
	b.freeze()
	b.run(time.Minute)
	b.expectState(id, "refused")
	if why := b.get(id).Why; why != "s3share is frozen, so nothing can be opened. Ask the responders." {
		t.Error(why)
	}
}

// While an act that closes a grant waits, the grant is not opened automatically: people decide about a
// request, and a break-glass waits for that act, at most ten minutes.
func TestUnattendedWaitsForAClosingAct(t *testing.T) {
	b := autoBench(t)
	b.rules.Rules[1].BreakGlass = &grant.BreakGlass{People: grant.People{Users: []string{rita.User}}, MaxTerm: 60, PerDay: 2}
	b.restart()
	closing := true
	b.rec.closing = func(grant.Grant) bool { return closing }
	auto, urgent := b.request("fixtures/a", "read", "build/ann", "1h"), b.requestBreakGlass("build/ann")
	b.run(time.Minute)
	b.expectState(auto, "pending")
	b.expectState(urgent, "checking")
	closing = false // it was refused, or concerns another grant
	b.run(time.Minute)
	b.expectState(urgent, "active")
}

// A break-glass that waits too long for an act that closes it is refused.
func TestBreakGlassWaitsNoLongerThanItCounts(t *testing.T) {
	b := glassBench(t)
	b.rec.closing = func(grant.Grant) bool { return true }
	id := b.requestBreakGlass("build/ann")
	b.run(12 * time.Minute)
	b.expectState(id, "refused")
}

func TestBreakGlassOfAnUnlistedPerson(t *testing.T) {
	b := glassBench(t)
	id := b.requestBreakGlass("build/ann")
	b.rules.Rules[1].BreakGlass.People = grant.People{Users: []string{"U0EVE"}} // changed before the check
	b.restart()
	b.run(time.Minute)
	b.expectState(id, "refused")
}

// An extension replaces the expiry in AWS in place without a gap. People are told after AWS has
// confirmed it.
func TestExtension(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	b.expectState(id, "active")
	b.clock.move(30 * time.Minute)
	b.apply(id, grant.RequestExtension{By: grant.Actor{Person: rita, Standing: grant.Member}, Today: b.today(id), Term: 120})
	b.run(time.Minute)
	before := b.get(id)
	b.aws.calls = nil
	b.apply(id, grant.Extend{By: ada, Today: b.today(id), Revision: before.Revision})
	b.run(time.Minute)
	g := b.get(id)
	if !g.ExpiresAt.Equal(before.ExpiresAt.Add(2*time.Hour)) || g.Last(grant.EventExtended) == nil {
		t.Fatalf("until %s, and told %v", g.ExpiresAt, g.Last(grant.EventExtended))
	}
	if text := string(b.policyOf(fixtures).Bytes()); !strings.Contains(text, g.ExpiresAt.Format(time.RFC3339)) || strings.Contains(text, before.ExpiresAt.Format(time.RFC3339)) {
		t.Errorf("AWS has %s", text)
	}
	if n, joins := b.aws.count("PutBucketPolicy"), b.aws.count("Join")+b.aws.count("Leave"); n != 1 || joins != 0 {
		t.Errorf("%d policy writes and %d of the membership; want one and none", n, joins)
	}
	b.run(90 * time.Minute)
	b.expectState(id, "active")
	b.run(time.Hour)
	b.expectState(id, "ended expired")
}

// A grant with a later start is written to AWS with that start, and opens nothing before.
func TestScheduledStart(t *testing.T) {
	b := newBench(t)
	start := b.clock.now().Add(3 * time.Hour)
	g, err := b.rules.Draft("TATER000", grant.Draft{Target: "fixtures/a", Level: "read", Principal: "build/ann", Term: "1h", Reason: "a test", Requester: rita, Start: start}, 0, b.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	b.put(grant.Grant{}, g)
	b.run(time.Minute)
	b.apply(g.ID, grant.Approve{By: ada, Today: b.today(g.ID)})
	b.run(time.Minute)
	b.expectState(g.ID, "active")
	text := string(b.policyOf(fixtures).Bytes())
	for _, want := range []string{`"DateGreaterThanEquals":{"aws:CurrentTime":"2026-11-02T15:00:00Z"}`, `"DateLessThan":{"aws:CurrentTime":"2026-11-02T16:00:00Z"}`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	b.run(4 * time.Hour)
	b.expectState(g.ID, "ended expired")
}

func TestDeactivatedPerson(t *testing.T) {
	b := newBench(t)
	b.people = people{}
	b.restart()
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.sweep()
	b.expectState(id, "active")
	b.people[rita.User] = grant.Deactivated
	b.sweep() // looked up a moment ago
	b.expectState(id, "active")
	b.clock.move(2 * peopleEvery)
	b.sweep()
	b.run(time.Minute)
	b.expectState(id, "ended failed")
	if why := b.get(id).Why; why != "The Slack account of the beneficiary is deactivated." {
		t.Error(why)
	}
}
