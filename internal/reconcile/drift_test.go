package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// A change outside s3share is not restored silently. The grant is flagged, asks for no access, and
// a person decides.
func TestDrift(t *testing.T) {
	const (
		missing = "Statement `S3ShareT0000001` is missing from the policy of s3://fixtures/ in nonprod (changed outside s3share)."
		altered = "Statement `S3ShareT0000001` in the policy of s3://fixtures/ in nonprod does not match the approved access (changed outside s3share)."
	)
	for _, c := range []struct {
		name   string
		half   grant.Half
		why    string
		change func(b *bench, id grant.ID)
	}{
		{"the statement is removed", grant.OwnerHalf, missing,
			func(b *bench, id grant.ID) { b.removeStatements(fixtures, id) }},
		{"the policy is deleted", grant.OwnerHalf, missing,
			func(b *bench, _ grant.ID) { b.setPolicy(fixtures) }},
		{"its end is moved", grant.OwnerHalf, altered,
			func(b *bench, _ grant.ID) {
				b.replaceInPolicy(fixtures, "2026-11-02T20:00:00Z", "2027-11-02T20:00:00Z")
			}},
		{"an action is added", grant.OwnerHalf, altered,
			func(b *bench, _ grant.ID) {
				b.replaceInPolicy(fixtures, `"s3:GetObject",`, `"s3:GetObject","s3:PutObject",`)
			}},
		{"it is there twice", grant.OwnerHalf, altered,
			func(b *bench, _ grant.ID) {
				st := string(b.policyOf(fixtures).Statements()[0].Raw())
				b.setPolicy(fixtures, st, st)
			}},
		{"another hides under its other Sid", grant.OwnerHalf, altered,
			func(b *bench, id grant.ID) {
				b.addStatements(fixtures, fmt.Sprintf(`{"Sid":"S3Share%sList","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/cas"},"Action":"s3:*","Resource":"arn:aws:s3:::fixtures/*"}`, id))
			}},
		{"the user is taken out of the group", grant.GranteeHalf, "User ann is missing from the group in build (changed outside s3share).",
			func(b *bench, _ grant.ID) { b.aws.build.Leave("ann", groupOf) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			id := b.approved("fixtures", "read", "build/ann", "8h")
			b.run(5 * time.Minute)
			c.change(b, id)
			b.sweep()
			b.run(5 * time.Minute)
			drift := b.events(id, grant.EventDrift)
			if len(drift) != 1 || drift[0].Half != c.half || drift[0].Why != c.why {
				t.Fatalf("flagged as %+v, want %q", drift, c.why)
			}
			if !preflight.Absent(b.policyOf(fixtures), id) || len(b.aws.build.Members(groupOf)) != 0 {
				t.Error("what nobody asks for any more is still there")
			}
			b.expectNoWrites()
			b.apply(id, grant.Restore{By: ada, Today: b.today(id)})
			b.run(time.Minute)
			if !b.can("ann", "a.txt") || !hasStatements(b.policyOf(fixtures), b.get(id), b.get(id).ExpiresAt) {
				t.Error("it was not put back")
			}
			if n := len(b.events(id, grant.EventResumed)); n != 1 {
				t.Errorf("%d events say that access resumed", n)
			}
			b.expectNoWrites()
			b.end(id)
			b.run(5 * time.Minute)
			b.expectState(id, "ended relinquished")
			if !preflight.Absent(b.policyOf(fixtures), id) {
				t.Error("something is left")
			}
		})
	}
}

// End is the other answer to a drift.
func TestDriftThenEnd(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.run(5 * time.Minute)
	b.removeStatements(fixtures, id)
	b.sweep()
	b.apply(id, grant.End{By: ada, Today: b.today(id)})
	b.run(5 * time.Minute)
	b.expectState(id, "ended revoked")
	b.expectNoWrites()
}

// A flagged grant does not affect the other grants of its user and bucket.
func TestDriftOfOne(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures/a", "read", "build/ann", "8h")
	other := b.approved("fixtures/b", "read", "build/ann", "8h")
	b.run(5 * time.Minute)
	b.removeStatements(fixtures, id)
	b.sweep()
	b.run(5 * time.Minute)
	if len(b.events(other, grant.EventDrift)) != 0 || !b.can("ann", "b/x.txt") || b.can("ann", "a/x.txt") {
		t.Error("not exactly the other is open")
	}
}

// A rule with heal restores the grant, and people are told.
func TestDriftHealed(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	id := b.approved("healed-1", "read", "build/ann", "8h")
	b.run(5 * time.Minute)
	for _, change := range []func(){func() { b.removeStatements("healed-1", id) }, func() { b.aws.build.Leave("ann", groupOf) }} {
		change()
		b.sweep()
		b.run(time.Minute)
		if !hasStatements(b.policyOf("healed-1"), b.get(id), b.get(id).ExpiresAt) || len(b.aws.build.Members(groupOf)) != 1 || !b.get(id).DriftedAt.IsZero() {
			t.Error("not healed")
		}
	}
	d, p, resumed := b.events(id, grant.EventDrift), b.events(id, grant.EventRestore), b.events(id, grant.EventResumed)
	if len(d) != 2 || len(p) != 2 || len(resumed) != 2 {
		t.Errorf("%d changes, %d restores and %d resumptions are told", len(d), len(p), len(resumed))
	}
}

// A rule with heal does not restore a grant that today's rules forbid; people decide.
func TestNothingIsHealedAgainstTodaysRules(t *testing.T) {
	for name, narrow := range map[string]func(b *bench, rule *grant.Rule){
		"another level": func(_ *bench, rule *grant.Rule) { rule.Levels = []string{"write"} },
		"delegated": func(b *bench, _ *grant.Rule) {
			b.addStatements("healed-1", strings.ReplaceAll(delegation(""), "fixtures", "healed-1"))
		},
	} {
		b := newBench(t)
		b.aws.bucket("healed-1")
		id := b.approved("healed-1", "read", "build/ann", "8h")
		b.run(5 * time.Minute)
		b.removeStatements("healed-1", id)
		narrow(b, &b.rec.rules.Rules[0])
		b.sweep()
		b.run(time.Minute)
		d := b.events(id, grant.EventDrift)
		if len(b.events(id, grant.EventRestore)) > 0 || len(d) != 1 || !strings.Contains(d[0].Why, "The rule restores such changes, but today this access would be refused: ") {
			t.Errorf("%s: told %+v", name, d)
		}
		if hasStatements(b.policyOf("healed-1"), b.get(id), b.get(id).ExpiresAt) {
			t.Errorf("%s: it is put back", name)
		}
	}
}

// A freeze during the second read of a drift prevents the restore; people decide.
func TestNothingIsHealedWhileFrozen(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	id := b.approved("healed-1", "read", "build/ann", "8h")
	b.run(5 * time.Minute)
	b.removeStatements("healed-1", id)
	pause := b.rec.pause
	b.rec.pause = func(ctx context.Context, d time.Duration) bool {
		if frozen, _ := store.Frozen(ctx, b.store); frozen == nil {
			b.freeze()
		}
		return pause(ctx, d)
	}
	b.sweep()
	b.run(time.Minute)
	if p := b.events(id, grant.EventRestore); len(p) != 0 || b.get(id).DriftedAt.IsZero() {
		t.Errorf("%d repairs while frozen, changed at %s", len(p), b.get(id).DriftedAt)
	}
}

// A restored grant is active only after AWS has shown both halves again.
func TestRestoreHasToBeConfirmed(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	id := b.approved("healed-1", "read", "build/ann", "8h")
	b.run(5 * time.Minute)
	if b.get(id).IsRestoring() {
		t.Error("nobody has changed it, and it is being put back")
	}
	b.removeStatements("healed-1", id)
	for b.get(id).Last(grant.EventRestore) == nil {
		b.sweep()
	}
	b.freeze()
	b.run(time.Minute)
	if !b.get(id).IsRestoring() {
		t.Error("nothing is written, and it is not being put back")
	}
	b.unfreeze()
	b.run(3 * time.Minute)
	if g := b.get(id); g.IsRestoring() || !hasStatements(b.policyOf("healed-1"), g, g.ExpiresAt) {
		t.Error("it is not as it was")
	}
}

// If Terraform removes the statement on each run, it is restored three times a day; then a person
// decides.
func TestRestoresStopAfterThreeADay(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	id := b.approved("healed-1", "read", "build/ann", "24h")
	b.run(time.Minute)
	for range 20 {
		b.setPolicy("healed-1")
		b.sweep()
		b.run(30 * time.Minute)
	}
	drift, healed := b.events(id, grant.EventDrift), b.events(id, grant.EventRestore)
	if len(healed) != 3 || len(drift) != 4 || b.get(id).DriftedAt.IsZero() {
		t.Errorf("put back %d times after %d changes; flagged: %v", len(healed), len(drift), !b.get(id).DriftedAt.IsZero())
	}
	want := "Statement `S3Share" + string(id) + "` is missing from the policy of s3://healed-1/ in nonprod (changed outside s3share). This is change 4 in a day: another program, such as Terraform, keeps writing there."
	if last := drift[len(drift)-1]; last.Why != want {
		t.Errorf("people are told %q, want %q", last.Why, want)
	}
	b.expectNoWrites()
	b.apply(id, grant.Restore{By: ada, Today: b.today(id)})
	b.run(time.Minute)
	if !hasStatements(b.policyOf("healed-1"), b.get(id), b.get(id).ExpiresAt) {
		t.Error("a person's word does not count")
	}
}

// A stale read that lacks a new statement is no drift.
func TestSlowReadIsNoDrift(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.run(time.Second)
	b.aws.stale[fixtures], b.aws.staleUntil = "", b.clock.now().Add(4*time.Second)
	b.sweep()
	if len(b.events(id, grant.EventDrift)) != 0 {
		t.Error("a slow read was taken for a change")
	}
	if n := b.aws.count("PutBucketPolicy"); n != 1 {
		t.Errorf("%d writes", n)
	}
}

// While reads are stale for some seconds, nothing is announced.
func TestStaleReads(t *testing.T) {
	b := newBench(t)
	b.aws.lag = 5 * time.Second
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.turn()
	// for both halves, one after the other
	if d := b.events(id, grant.EventApplied)[0].At.Sub(noon); d < 10*time.Second || d > 16*time.Second {
		t.Errorf("said to be granted after %s", d)
	}
	if n := b.aws.count("PutBucketPolicy"); n != 1 {
		t.Errorf("%d writes", n)
	}
	b.aws.lag = 40 * time.Second // longer than a pass waits
	b.end(id)
	at := b.clock.now()
	b.run(5 * time.Minute)
	b.expectState(id, "ended relinquished")
	if d := b.get(id).EndedAt.Sub(at); d < 40*time.Second {
		t.Errorf("said to be ended after %s", d)
	}
}

// A write with an unknown outcome is followed by an early end. It may still arrive, so the end is
// confirmed at the second read, a minute later.
func TestEarlyEndAfterAnUnansweredWrite(t *testing.T) {
	b := newBench(t)
	b.aws.errs["PutBucketPolicy"] = awsErr(awsaccess.Unknown, "PutBucketPolicy", "NoAnswer", "timed out")
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.run(10 * time.Second)
	b.expectState(id, "approved")
	delete(b.aws.errs, "PutBucketPolicy")
	g := b.get(id)
	b.end(id)
	at := b.clock.now()
	b.run(30 * time.Second)
	b.expectState(id, "ending relinquished")
	late := with(policy.Document{}, g) // the write arrives after all
	if err := b.aws.nonprod.SetPolicy(fixtures, string(late.Bytes())); err != nil {
		t.Fatal(err)
	}
	b.run(2 * time.Minute)
	b.expectState(id, "ended relinquished")
	if !preflight.Absent(b.policyOf(fixtures), id) {
		t.Error("what landed late is still there")
	}
	if d := b.get(id).EndedAt.Sub(at); d < time.Minute {
		t.Errorf("believed after %s", d)
	}
}

// A write that arrives even later, or while the process is down, is found by the recheck after the
// end and by the sweep.
func TestWriteArrivesAfterTheEnd(t *testing.T) {
	for _, later := range []time.Duration{time.Minute, time.Hour} {
		b := newBench(t)
		id := b.approved("fixtures", "read", "build/ann", "8h")
		b.run(time.Second)
		policyThen := b.aws.nonprod.Policy(fixtures)
		b.end(id)
		b.run(time.Second)
		b.expectState(id, "ended relinquished")
		if later > time.Minute {
			b.run(later)
		}
		if err := b.aws.nonprod.SetPolicy(fixtures, policyThen); err != nil {
			t.Fatal(err)
		}
		b.aws.build.Join("ann", groupOf)
		b.restart()
		if later > time.Minute {
			b.sweep()
		} else {
			b.run(3 * time.Minute)
		}
		if !preflight.Absent(b.policyOf(fixtures), id) || len(b.aws.build.Members(groupOf)) != 0 {
			t.Errorf("what landed %s after the end is still there", later)
		}
		if len(b.events(id, grant.EventRemoved)) != 1 {
			t.Error("people are told twice")
		}
	}
}

// A tool restores a saved policy days after a grant was revoked. Until the grant's expiry that is
// access, so it is searched for.
func TestLeftoverBeforeItsExpiry(t *testing.T) {
	b := newBench(t)
	b.approved("releases", "read", "build/ann", "72h") // keeps the membership
	id := b.approved("fixtures", "read", "build/ann", "72h")
	b.run(time.Minute)
	saved := b.aws.nonprod.Policy(fixtures)
	b.end(id)
	b.run(25 * time.Hour)
	b.expectState(id, "ended relinquished")
	if err := b.aws.nonprod.SetPolicy(fixtures, saved); err != nil {
		t.Fatal(err)
	}
	if !b.can("ann", "x.txt") {
		t.Fatal("the policy that was put back gives no access")
	}
	b.sweep()
	b.run(time.Hour)
	if b.can("ann", "x.txt") {
		t.Error("revoked a day ago, and open again")
	}
}

// It is found without a sweep too, because a sweep lists only the latest ended grants.
func TestLeftoverIsFoundWithoutASweep(t *testing.T) {
	b := newBench(t)
	b.approved("releases", "read", "build/ann", "72h") // keeps the membership
	id := b.approved("fixtures", "read", "build/ann", "72h")
	role := b.approved("fixtures/role", "read", "build/role/deployer", "72h")
	b.run(time.Minute)
	saved := b.aws.nonprod.Policy(fixtures)
	b.end(id)
	b.end(role)
	b.run(25 * time.Hour)
	if err := b.aws.nonprod.SetPolicy(fixtures, saved); err != nil {
		t.Fatal(err)
	}
	_, part := awsaccess.PartKey(b.get(role).Principal)
	b.aws.build.AttachToRole("deployer", part)
	b.run(leftoverEvery)
	if b.can("ann", "x.txt") || len(b.aws.build.Attached("deployer")) != 0 {
		t.Error("revoked a day ago, and open again")
	}
	b.run(72 * time.Hour)
	before := len(b.aws.calls)
	b.run(24 * time.Hour)
	if n := len(b.aws.calls) - before; n != 0 {
		t.Errorf("%d calls for what no date can open any more", n)
	}
}

// Only this store's statements are ours, whatever their Sids look like.
func TestForeignStatementsStay(t *testing.T) {
	b := newBench(t)
	var theirs []string
	for _, sid := range []string{"S3ShareZZZZZZZZ", "S3ShareT0000001x", "s3shareT0000001", "S3Share", "S3ShareT0000001ListList", ""} {
		theirs = append(theirs, fmt.Sprintf(`{"Sid":%q,"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/cas"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}`, sid))
	}
	theirs = append(theirs, strings.Replace(theirs[5], `"Sid":"",`, "", 1), theirs[5])
	b.setPolicy(fixtures, theirs...)
	before := b.policyOf(fixtures)
	id := b.approved("fixtures", "read", "build/ann", "1h")
	if id != "T0000001" {
		t.Fatal(id)
	}
	b.run(3 * time.Hour)
	b.expectState(id, "ended expired")
	if !policy.Equivalent(before, b.policyOf(fixtures)) {
		t.Errorf("left is %s", b.policyOf(fixtures).Bytes())
	}
}

// While a restored old store awaits a decision, ended access is removed and nothing is added.
func TestHalted(t *testing.T) {
	for _, key := range []string{store.HaltKey, store.ChainKey, store.JournalKey} {
		t.Run(key, func(t *testing.T) { whileHalted(t, key) })
	}
}

func whileHalted(t *testing.T, key string) {
	b := newBench(t)
	before := b.approved("fixtures/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	halt := store.Document{Key: key, JSON: "the audit log is ahead"}
	if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{halt}}); err != nil {
		t.Fatal(err)
	}
	altered := b.approved("fixtures/c", "read", "build/ben", "8h")
	role := b.approved("fixtures/d", "read", "build/role/deployer", "8h")
	b.aws.calls = nil
	b.run(30 * time.Minute)
	b.expectState(altered, "approved")
	b.expectState(role, "approved")
	b.expectState(before, "active")
	if n := b.aws.writes(); n != 0 {
		t.Errorf("%d writes while halted", n)
	}
	if n := b.aws.count("GetBucketPolicy"); n > 40 {
		t.Errorf("%d reads in half an hour of waiting", n)
	}
	// for example by an extension that the old store does not know
	b.replaceInPolicy(fixtures, "2026-11-02T13:00:00Z", "2026-11-02T23:00:00Z")
	b.sweep()
	if !preflight.Absent(b.policyOf(fixtures), before) {
		t.Error("what the record does not allow for is still there")
	}
	b.run(time.Hour)
	b.expectState(before, "ended expired")
	if len(b.aws.build.Members(groupOf)) != 0 || b.aws.count("Join") != 0 {
		t.Error("not removed, or something was added")
	}
	note := must(b.store.Document(ctx, key))
	note.JSON = ""
	if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{note}}); err != nil {
		t.Fatal(err)
	}
	b.run(2 * time.Minute)
	b.expectState(altered, "active")
	b.expectState(role, "active")
	b.expectNoWrites()
}

// While it is unknown whether the store is old, nothing is added.
func TestUnreadableHaltStopsAdditions(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.fault = func(_ int, op string, _ bool) fault {
		if op == "Note" {
			return refused
		}
		return works
	}
	b.run(time.Minute)
	b.expectState(id, "approved")
	if n := b.aws.writes(); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// replaceInPolicy edits a policy by hand.
func (b *bench) replaceInPolicy(bucket, old, with string) {
	b.Helper()
	text := b.aws.nonprod.Policy(bucket)
	if !strings.Contains(text, old) {
		b.Fatalf("there is no %s in %s", old, text)
	}
	if err := b.aws.nonprod.SetPolicy(bucket, strings.ReplaceAll(text, old, with)); err != nil {
		b.Fatal(err)
	}
}

// Pauses are 5 s in the first minute, then grow to at most 5 minutes. People are told after two
// minutes, and not again for hours.
func TestPauses(t *testing.T) {
	b := newBench(t)
	b.aws.errs["GetBucketPolicy"] = awsErr(awsaccess.Denied, "GetBucketPolicy", "AccessDenied", "Access Denied")
	id := b.approved("fixtures", "read", "build/ann", "8h")
	var tries []time.Duration
	b.store.Made = func(c store.Tx) {
		if g := c.Grants[0]; g.Owner.Attempts > len(tries) {
			tries = append(tries, b.clock.now().Sub(noon))
		}
	}
	b.run(7 * time.Hour)
	var pauses []time.Duration
	for i := range tries[1:] {
		pauses = append(pauses, tries[i+1]-tries[i])
	}
	if slices.Max(pauses) != 5*time.Minute || slices.Min(pauses) != 5*time.Second || !slices.IsSorted(pauses) || tries[12] > time.Minute {
		t.Errorf("pauses %v", pauses)
	}
	if stuck := b.events(id, grant.EventStalled); len(stuck) != 2 || stuck[0].At.Sub(noon) < 2*time.Minute || stuck[0].At.Sub(noon) > 4*time.Minute {
		t.Errorf("told %d times: %+v", len(stuck), stuck)
	}
	if g := b.get(id); !strings.HasSuffix(g.Owner.LastError, "AccessDenied: Access Denied") || g.Owner.NextAttemptAt.IsZero() {
		t.Errorf("the record says %+v", g.Owner)
	}
}
