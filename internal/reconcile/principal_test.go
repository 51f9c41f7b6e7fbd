package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/preflight"
	"s3share/internal/store"
)

// The membership lasts as long as a grant of the user needs it, and no longer.
func TestLastGrantRemovesTheMembership(t *testing.T) {
	b := newBench(t)
	first := b.approved("fixtures/a", "read", "build/ann", "8h")
	second := b.approved("releases", "read", "build/ann", "8h")
	b.run(time.Second)
	if n := b.aws.count("Join"); n != 1 {
		t.Errorf("%d joins for two grants of one user", n)
	}
	b.end(first)
	b.run(time.Second)
	b.expectState(first, "ended relinquished")
	b.expectState(second, "active")
	if !slices.Equal(b.aws.build.Members(groupOf), []string{"ann"}) || b.aws.count("Leave") != 0 {
		t.Error("the membership went with the first")
	}
	b.end(second)
	b.run(time.Second)
	b.expectState(second, "ended relinquished")
	if len(b.aws.build.Members(groupOf)) != 0 {
		t.Error("the membership did not go with the last")
	}
	b.expectNoWrites()
}

// Grants of one user end between a read and its record. Each leaving the membership to the others
// would leave it forever.
func TestGrantsOfOneUserEndAtOnce(t *testing.T) {
	for _, when := range []string{"while joining", "while looking"} {
		b := newBench(t)
		b.store.Made = func(c store.Tx) { b.checkCommit(c) }
		var ids []grant.ID
		for _, target := range []string{"fixtures/a", "fixtures/b", "releases"} {
			ids = append(ids, b.approved(target, "read", "build/ann", "8h"))
		}
		end := func() {
			b.clock.move(time.Millisecond)
			for _, id := range ids {
				b.end(id)
			}
		}
		if when == "while joining" {
			b.aws.around["Join"] = func() { b.aws.around["Joined"] = end } // the read-back
		} else {
			b.run(5 * time.Minute)
			b.aws.around["Joined"] = end
			b.sweep()
		}
		b.run(5 * time.Minute)
		for _, id := range ids {
			b.expectState(id, "ended relinquished")
		}
		if len(b.aws.build.Members(groupOf)) != 0 {
			t.Errorf("%s: the membership is left", when)
		}
		b.expectNoWrites()
	}
}

// A missing membership that cannot be reread is neither restored nor flagged.
func TestUnreadableSecondReadOfTheMembership(t *testing.T) {
	for _, stop := range []bool{false, true} {
		b := newBench(t)
		id := b.approved("fixtures", "read", "build/ann", "8h")
		b.run(5 * time.Minute)
		b.aws.build.Leave("ann", groupOf)
		b.aws.calls = nil
		b.paused = func(d time.Duration) bool {
			b.clock.move(d)
			b.aws.errs["Joined"] = awsErr(awsaccess.Retry, "ListGroupsForUser", "Throttling", "Rate exceeded")
			return !stop
		}
		b.sweep()
		if n := b.aws.writes(); n != 0 || len(b.events(id, grant.EventDrift)) != 0 {
			t.Errorf("%d writes, flagged %d times", n, len(b.events(id, grant.EventDrift)))
		}
		b.paused = nil
		delete(b.aws.errs, "Joined")
		b.sweep()
		if len(b.events(id, grant.EventDrift)) != 1 {
			t.Error("not flagged once it could be looked at")
		}
	}
}

// A grant that ends while its membership is added loses it at once.
func TestEndsWhileJoining(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.aws.around["Join"] = func() { b.end(id) }
	b.run(time.Second)
	if len(b.aws.build.Members(groupOf)) != 0 || b.aws.count("Leave") != 1 {
		t.Error("the membership was not undone")
	}
	if i := slices.Index(b.aws.calls, "Join"); b.aws.calls[i+1] != "Leave" {
		t.Errorf("it was not undone at once, but after %q", b.aws.calls[i+1:slices.Index(b.aws.calls, "Leave")])
	}
	b.run(5 * time.Minute)
	b.expectState(id, "ended relinquished")
	b.expectNoWrites()
}

// The same for the statement, which is removed without waiting for its read-back.
func TestEndsWhileWritten(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.aws.around["PutBucketPolicy"] = func() { b.clock.move(time.Millisecond); b.end(id) }
	start := b.clock.now()
	b.aws.around["DeleteBucketPolicy"] = func() {
		if d := b.clock.now().Sub(start); d > time.Second {
			t.Errorf("taken back after %s", d)
		}
	}
	b.run(5 * time.Minute)
	b.expectState(id, "ended relinquished")
	b.expectNoWrites()
}

func TestRole(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/role/deployer", "1h")
	b.run(time.Second)
	b.expectState(id, "active")
	if got := b.aws.build.Attached("deployer"); !slices.Equal(got, []string{"arn:aws:iam::111111111111:policy/s3share/s3share"}) {
		t.Errorf("attached are %q", got)
	}
	b.run(time.Hour)
	b.expectState(id, "ended expired")
	if len(b.aws.build.Attached("deployer")) != 0 {
		t.Error("the policy is still attached")
	}
	b.expectNoWrites()
}

// A deleted principal counts as removed; another of the same name gets no access.
func TestPrincipalGone(t *testing.T) {
	for _, c := range []struct {
		name, why string
		become    func(b *bench)
		members   []string
	}{
		{"deleted", "arn:aws:iam::111111111111:user/ann does not exist any more.", func(b *bench) { b.aws.build.DeleteUser("ann") }, nil},
		{"made again", "arn:aws:iam::111111111111:user/ann was deleted and created again, and access does not " +
			"carry over.",
			func(b *bench) { b.aws.build.DeleteUser("ann"); b.aws.build.User("ann") }, nil},
		{"made again, and added to the group by others", "arn:aws:iam::111111111111:user/ann was deleted and " +
			"created again, and access does not carry over.",
			func(b *bench) {
				b.aws.build.DeleteUser("ann")
				b.aws.build.User("ann")
				b.aws.build.Join("ann", groupOf)
			}, []string{"ann"}},
		{"renamed", "arn:aws:iam::111111111111:user/ann is now called arn:aws:iam::111111111111:user/anna. " +
			"Request access for the new name.",
			func(b *bench) { b.aws.build.RenameUser("ann", "anna") }, nil},
		{"renamed, and another made", "arn:aws:iam::111111111111:user/ann is now called " +
			"arn:aws:iam::111111111111:user/anna. Request access for the new name.",
			func(b *bench) { b.aws.build.RenameUser("ann", "anna"); b.aws.build.User("ann") }, nil},
		{"moved to another path", "arn:aws:iam::111111111111:user/ann is now called " +
			"arn:aws:iam::111111111111:user/x/ann. Request access for the new name.",
			func(b *bench) { b.aws.renamed["ann"] = "arn:aws:iam::111111111111:user/x/ann" }, nil},
	} {
		for _, first := range []string{"owner", "grantee"} {
			t.Run(c.name+", seen by the "+first+" half first", func(t *testing.T) {
				b := newBench(t)
				other := b.approved("fixtures/b", "read", "build/ben", "8h")
				id := b.approved("fixtures/a", "read", "build/ann", "8h")
				b.run(2 * time.Minute)
				c.become(b)
				if first == "owner" {
					b.rec.passBucket(ctx, b.get(id).Bucket) //nolint:errcheck // there is none
				} else {
					b.rec.passPrincipal(ctx, b.get(id).Principal) //nolint:errcheck // there is none
				}
				b.sweep()
				b.run(10 * time.Minute)
				b.expectState(id, "ended failed")
				if g := b.get(id); g.Why != c.why && !(first == "owner" && strings.HasSuffix(g.Why, " does not exist any more.")) {
					t.Errorf("it ended because %q, want %q", g.Why, c.why)
				}
				if len(b.events(id, grant.EventDrift)) != 0 {
					t.Error("it was taken for somebody's change")
				}
				b.expectState(other, "active")
				if got := b.aws.build.Members(groupOf); !slices.Equal(got, append(slices.Clone(c.members), "ben")) {
					t.Errorf("in the group are %q", got)
				}
				if !preflight.Absent(b.policyOf(fixtures), id) {
					t.Error("the statement is left")
				}
				b.expectNoWrites()
			})
		}
	}
}

// A user with a grant under the new name keeps the membership.
func TestRenamedAndAskedAgain(t *testing.T) {
	b := newBench(t)
	old := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(2 * time.Minute)
	b.aws.build.RenameUser("ann", "anna")
	id := b.approved("releases", "read", "build/anna", "8h")
	b.run(5 * time.Minute)
	b.sweep()
	b.run(5 * time.Minute)
	if g := b.get(old); g.State != grant.Ended {
		t.Errorf("the old one is %s", g.State)
	}
	b.expectState(id, "active")
	if got := b.aws.build.Members(groupOf); !slices.Equal(got, []string{"anna"}) {
		t.Errorf("in the group are %q", got)
	}
	if len(b.events(id, grant.EventDrift)) != 0 {
		t.Error("our own doing was taken for somebody else's")
	}
}

func TestPrincipalGoneBeforeItWasApplied(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.aws.build.DeleteUser("ann")
	b.aws.build.User("ann")
	b.run(5 * time.Minute)
	b.expectState(id, "ended failed", "arn:aws:iam::111111111111:user/ann was deleted and created again, and "+
		"access does not carry over.")
	if b.can("ann", "a.txt") || b.aws.count("Join") != 0 {
		t.Error("the namesake got something")
	}
	b.expectNoWrites()
}

// The group or policy of the setup is missing: the setup may still create it.
func TestGroupMissing(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.aws.errs["Join"] = awsErr(awsaccess.Gone, "AddUserToGroup", "NoSuchEntity", "The group with name s3share cannot be found.")
	b.run(5 * time.Minute)
	b.expectState(id, "approved")
	want := "the group or the policy that setup makes in build is missing (AddUserToGroup in nonprod: NoSuchEntity: The group with name s3share cannot be found.)"
	if stuck := b.events(id, grant.EventStalled); len(stuck) != 1 || stuck[0].Why != want || stuck[0].Half != grant.GranteeHalf {
		t.Errorf("people are told %+v, want %q", stuck, want)
	}
	b.aws.errs = map[string]error{}
	b.run(5 * time.Minute)
	b.expectState(id, "active")
}

func TestTooManyGroups(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "8h")
	b.aws.errs["Join"] = awsErr(awsaccess.MembershipLimit, "AddUserToGroup", "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
	b.run(5 * time.Minute)
	b.expectState(id, "ended failed", "arn:aws:iam::111111111111:user/ann has reached AWS's limit of groups or "+
		"attached policies.")
}

// A group member without a grant is reported once and left alone.
func TestStrangerInTheGroup(t *testing.T) {
	b := newBench(t)
	id := b.approved("fixtures", "read", "build/ann", "1h")
	b.run(time.Second)
	b.aws.build.Join("cas", groupOf)
	for range 3 {
		b.sweep()
		b.restart()
	}
	want := "cas (arn:aws:iam::111111111111:user/cas) is in /s3share/s3share, but s3share did not add it. Remove it unless you added it on purpose."
	if !slices.Equal(b.alerts, []string{want}) {
		t.Errorf("alerts %q, want one", b.alerts)
	}
	if !slices.Equal(b.aws.build.Members(groupOf), []string{"ann", "cas"}) {
		t.Error("somebody was taken out")
	}
	b.aws.build.Leave("cas", groupOf)
	b.sweep()
	b.aws.build.Join("cas", groupOf)
	b.sweep()
	if gone := "Resolved: the unknown member left the group, or access was granted to it"; !slices.Equal(b.alerts, []string{want, gone, want}) {
		t.Errorf("alerts %q after they left and came again", b.alerts)
	}
	b.run(2 * time.Hour)
	b.expectState(id, "ended expired")
	if !slices.Equal(b.aws.build.Members(groupOf), []string{"cas"}) {
		t.Error("the end of a grant touched somebody else")
	}
}

// A report that could not be sent is retried by a later sweep.
func TestUnsentReportOfAStrangerIsRetried(t *testing.T) {
	b := newBench(t)
	b.approved("fixtures", "read", "build/ann", "1h")
	b.run(time.Second)
	b.aws.build.Join("cas", groupOf)
	alerts := b.rec.alerts
	b.rec.alerts = brokenAlerts{alerts}
	b.sweep()
	b.rec.alerts = alerts
	if len(b.alerts) != 0 {
		t.Fatalf("alerts %q", b.alerts)
	}
	for range 2 {
		b.sweep()
	}
	if len(b.alerts) != 1 || !strings.Contains(b.alerts[0], "user/cas) is in /s3share/s3share") {
		t.Errorf("alerts %q, want one", b.alerts)
	}
}

// A member that an ended grant left in the group is removed, however old the grant is.
func TestLeftoverMember(t *testing.T) {
	for _, owns := range []bool{false, true} { // the account shares buckets of its own, too
		b := newBench(t)
		if owns {
			b.rules.Rules = append([]grant.Rule{{Name: "rules[9]", Bucket: "of-build-*", Account: "build"}}, b.rules.Rules...)
			b.restart()
		}
		b.approved("fixtures", "read", "build/ann", "1h")
		b.run(2 * time.Hour)
		b.sweep()
		b.run(72 * time.Hour)
		b.restart()
		b.aws.build.Join("ann", groupOf) // as a slow write would
		b.sweep()
		if len(b.aws.build.Members(groupOf)) != 0 || len(b.alerts) != 0 {
			t.Errorf("the account owns buckets: %v; left in the group; alerts %q", owns, b.alerts)
		}
	}
}

// The group of an account that only owns buckets is not read: there is none, and the role may not
// read it.
func TestGroupOfAnOwnerAccountIsNotRead(t *testing.T) {
	b := newBench(t)
	b.approved("fixtures", "read", "build/ann", "1h")
	b.run(2 * time.Hour)
	before := b.aws.count("Members")
	b.sweep()
	if n := b.aws.count("Members") - before; n != 1 {
		t.Errorf("the groups of %d accounts were read, want that of build", n)
	}
}

// The grantee half of an external account belongs to its admin, who gets the policy to attach.
func TestExternal(t *testing.T) {
	b := newBench(t)
	b.aws.Account("333333333333", "partner").User("pat")
	id := b.approved("fixtures/a", "read", "partner/pat", "1h")
	b.run(time.Second)
	b.expectState(id, "active")
	over := b.events(id, grant.EventDelegated)
	if len(over) != 1 || !strings.Contains(over[0].Why, `"2026-11-02T13:00:00Z"`) || !strings.Contains(over[0].Why, `"Resource":"arn:aws:s3:::fixtures/a/*"`) {
		t.Errorf("handed over %+v", over)
	}
	b.extend(id, 60)
	b.run(time.Second)
	if over = b.events(id, grant.EventDelegated); len(over) != 2 || !strings.Contains(over[1].Why, `"2026-11-02T14:00:00Z"`) {
		t.Errorf("handed over after an extension %+v", over)
	}
	if n := len(b.events(id, grant.EventHalfApplied)); n != 2 || b.get(id).IsExtending() {
		t.Errorf("confirmed %d times; it is being extended: %v", n, b.get(id).IsExtending())
	}
	b.run(2 * time.Hour)
	b.expectState(id, "ended expired")
	if n := b.aws.count("Join", "Leave", "Joined", "Principal", "Members"); n > 2 {
		t.Errorf("%d calls to IAM", n)
	}
	b.expectNoWrites()
}

// The bot cannot look up an external principal. The write of the bucket's policy shows whether it
// exists; until then no handover is sent.
func TestExternalUnknown(t *testing.T) {
	b := newBench(t)
	b.aws.Account("333333333333", "partner")
	keep := b.approved("fixtures/b", "read", "build/ann", "8h")
	id := b.approved("fixtures/a", "read", "partner/nobody", "8h")
	b.run(30 * time.Second)
	b.expectState(id, "approved") // it may have been created a moment ago
	b.expectState(keep, "active")
	b.run(5 * time.Minute)
	b.expectState(id, "ended failed", "AWS has no arn:aws:iam::333333333333:user/nobody. Check the name.")
	if len(b.events(id, grant.EventDelegated)) != 0 || len(b.events(id, grant.EventStalled)) != 0 {
		t.Errorf("handed over %d times, stuck %d times", len(b.events(id, grant.EventDelegated)), len(b.events(id, grant.EventStalled)))
	}
	// this says nothing about the principal
	b.aws.errs["PutBucketPolicy"] = awsErr(awsaccess.Retry, "PutBucketPolicy", "SlowDown", "")
	made := b.approved("fixtures/c", "read", "partner/pat", "8h")
	b.run(3 * time.Minute)
	delete(b.aws.errs, "PutBucketPolicy")
	if n := b.get(made).Grantee.NextAttemptAt; !n.IsZero() {
		t.Errorf("the half that waits for the other is looked at %s", n)
	}
	b.run(30 * time.Second)
	b.expectState(made, "approved")
	b.aws.Account("333333333333", "partner").User("pat")
	b.run(2 * time.Minute)
	b.expectState(made, "active")
	b.expectNoWrites()
}

// While an old store awaits a decision, no new handover is sent.
func TestExternalWhileHalted(t *testing.T) {
	b := newBench(t)
	b.aws.Account("333333333333", "partner").User("pat")
	if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{{Key: store.HaltKey, JSON: "ahead"}}}); err != nil {
		t.Fatal(err)
	}
	id := b.approved("fixtures/a", "read", "partner/pat", "1h")
	b.run(10 * time.Minute)
	b.expectState(id, "approved")
	if len(b.events(id, grant.EventDelegated)) != 0 || b.aws.writes() != 0 {
		t.Errorf("handed over, or %d writes", b.aws.writes())
	}
	b.run(2 * time.Hour)
	b.expectState(id, "ended expired")

	// nor if the bucket's half existed before
	again := b.approved("releases", "read", "partner/pat", "1h")
	note := must(b.store.Document(ctx, store.HaltKey))
	halt := func(why string) {
		note.JSON = why
		if err := b.store.Commit(ctx, store.Tx{Documents: []store.Document{note}}); err != nil {
			t.Fatal(err)
		}
		note.Version++
	}
	halt("")
	b.rec.passBucket(ctx, b.get(again).Bucket) //nolint:errcheck // a fault of the bench
	halt("ahead")
	b.run(10 * time.Minute)
	if g := b.get(again); !g.Half(grant.OwnerHalf).IsConfirmed() || len(b.events(again, grant.EventDelegated)) != 0 {
		t.Errorf("the bucket's half is there: %v; handed over %d times", g.Half(grant.OwnerHalf).IsConfirmed(), len(b.events(again, grant.EventDelegated)))
	}
	halt("")
	b.run(2 * time.Minute)
	b.expectState(again, "active")
}

// Only the bucket's policy shows that an external principal was deleted.
func TestExternalGone(t *testing.T) {
	b := newBench(t)
	partner := b.aws.Account("333333333333", "partner")
	partner.User("pat")
	id := b.approved("fixtures/a", "read", "partner/pat", "1h")
	b.run(2 * time.Minute)
	partner.DeleteUser("pat")
	b.sweep()
	b.run(5 * time.Minute)
	b.expectState(id, "ended failed", "arn:aws:iam::333333333333:user/pat does not exist any more.")
	b.expectNoWrites()
}

// The grantee half proceeds while the owner half fails, and the reverse.
func TestHalvesProceedIndependently(t *testing.T) {
	for op, half := range map[string]grant.Half{"GetBucketPolicy": grant.GranteeHalf, "Joined": grant.OwnerHalf} {
		b := newBench(t)
		b.aws.errs[op] = awsErr(awsaccess.Retry, op, "SlowDown", "")
		id := b.approved("fixtures", "read", "build/ann", "8h")
		b.run(time.Minute)
		g := b.get(id)
		if !g.Half(half).IsConfirmed() || g.State != grant.Approved {
			t.Errorf("%s fails: the %s half is not there; the grant is %s", op, half, g.State)
		}
		if len(b.events(id, grant.EventApplied)) != 0 {
			t.Error("said to be granted by one half")
		}
		b.aws.errs = map[string]error{}
		b.run(time.Minute)
		b.expectState(id, "active")
		b.aws.errs[op] = awsErr(awsaccess.Retry, op, "SlowDown", "")
		b.end(id)
		b.run(time.Minute)
		g = b.get(id)
		if g.Half(half).RemovedAt.IsZero() || g.State != grant.Ending {
			t.Errorf("%s fails: the %s half is not gone; the grant is %s", op, half, g.State)
		}
	}
}

// The config no longer calls an account external, and a principal has grants of both kinds: each
// pass handles its own kind.
func TestFormerlyExternalAccount(t *testing.T) {
	b := newBench(t)
	b.rules.Accounts[1].External = true
	b.restart()
	theirs := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.expectState(theirs, "active")
	b.rules.Accounts[1].External = false
	b.restart()
	ours := b.approved("releases", "read", "build/ann", "8h")
	b.store.Made = func(c store.Tx) {
		for _, g := range c.Grants {
			if g.ID == ours && g.State == grant.Ended && b.aws.joined(g.Principal) {
				b.Error("said to have ended, and still a member")
			}
		}
	}
	b.run(time.Minute)
	b.expectState(ours, "active")
	b.end(theirs)
	b.end(ours)
	b.run(2 * time.Minute)
	b.expectState(theirs, "ended relinquished")
	b.expectState(ours, "ended relinquished")
	if got := b.aws.build.Members(groupOf); len(got) != 0 {
		t.Errorf("in the group are %q", got)
	}
}

// A membership that another grant needs is left to that grant only after the bucket is closed.
// Until then the ended grant is still open and not reported as ended.
func TestMembershipIsLeftToAnother(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	ends := b.approved("healed-1", "read", "build/ann", "8h")
	stays := b.approved("fixtures/a", "read", "build/ann", "8h")
	b.run(time.Minute)
	b.expectState(ends, "active")
	b.expectState(stays, "active")
	b.aws.errs["PutBucketPolicy"] = awsErr(awsaccess.Denied, "PutBucketPolicy", "AccessDenied", "no")
	b.aws.errs["DeleteBucketPolicy"] = b.aws.errs["PutBucketPolicy"]
	b.end(ends)
	b.run(10 * time.Minute)
	b.sweep()
	b.expectState(ends, "ending relinquished")
	if n := len(b.events(ends, grant.EventHalfRemoved)); n > 0 {
		t.Errorf("%d halves are said to be gone, and the access is open", n)
	}
	clear(b.aws.errs)
	b.run(10 * time.Minute)
	b.expectState(ends, "ended relinquished")
	b.expectState(stays, "active")
	gone := b.events(ends, grant.EventHalfRemoved)
	if len(gone) != 2 || gone[0].Half != grant.OwnerHalf || gone[1].Why != "Kept: another grant of ann needs it." {
		t.Errorf("gone: %+v", gone)
	}
	b.end(stays)
	b.run(time.Minute)
	b.expectState(stays, "ended relinquished")
	if len(b.aws.build.Members(groupOf)) > 0 {
		t.Error("it is left in the group")
	}
}

// If the other grant ends first, a grant that waits for its bucket does not keep the membership.
func TestMembershipIsRemovedWhileABucketFails(t *testing.T) {
	b := newBench(t)
	b.aws.bucket("healed-1")
	ends := b.approved("healed-1", "read", "build/ann", "8h")
	other := b.approved("fixtures/a", "read", "build/ann", "1h")
	b.run(time.Minute)
	b.aws.errs["DeleteBucketPolicy"] = awsErr(awsaccess.Denied, "DeleteBucketPolicy", "AccessDenied", "no")
	b.end(ends)
	b.run(2 * time.Hour)
	b.expectState(other, "ending expired")
	if gone := b.events(ends, grant.EventHalfRemoved); len(gone) != 1 || gone[0].Half != grant.GranteeHalf || gone[0].Why != "" || len(b.aws.build.Members(groupOf)) > 0 {
		t.Errorf("gone: %+v, in the group: %v", gone, b.aws.build.Members(groupOf))
	}
}
