package grant

import (
	"errors"
	"slices"
	"testing"
	"time"
)

const (
	notRequested = "No extension of this access is waiting for a decision. It may have been decided already."
	expired      = "This access has expired, and can't be extended. Submit a new request."
)

// free is an active grant with an extension that needs no approval.
func free(term Term) Grant {
	rule := theRule()
	rule.FreeExtension = 2 * 60
	return must(in(Active).Apply(RequestExtension{By: member(rita), Today: Today{Rule: &rule}, Term: term}, noon.Add(30*time.Minute)))
}

func TestRequestExtension(t *testing.T) {
	at := func(d time.Duration) func(*Grant, *facts) {
		return func(g *Grant, a *facts) { a.at = g.ExpiresAt.Add(d) }
	}
	term := func(n Term) func(*Grant, *facts) { return func(_ *Grant, a *facts) { a.term = n } }
	for _, c := range []struct {
		name string
		edit func(*Grant, *facts)
		want string
	}{
		{"by an hour", term(60), ""},
		{"by all that the rule allows", term(72 * 60), ""},
		{"by more", term(72*60 + 1), "3d1m is longer than the limit of 3d for my-shared-bucket-20932. Extend it " +
			"by 3d or less."},
		{"by nothing", term(0), "An extension has to be longer than zero. Try 45m, 8h or 3d."},
		{"by less than nothing", term(-60), "An extension has to be longer than zero. Try 45m, 8h or 3d."},
		{"a second before it expires", at(-time.Second), ""},
		{"as it expires", at(0), expired},
		{"afterwards", at(time.Hour), expired},
		{"up to the total", func(_ *Grant, a *facts) { a.Rule.MaxTotal = 9 * 60 }, ""},
		{"past the total", func(_ *Grant, a *facts) { a.Rule.MaxTotal, a.term = 9*60, 61 },
			"Access to my-shared-bucket-20932 can last 9h in total, and this extension exceeds that. Extend it " +
				"by 1h or less."},
		{"when the total is used up", func(_ *Grant, a *facts) { a.Rule.MaxTotal = 8 * 60 },
			"Access to my-shared-bucket-20932 can last 8h in total, and this extension exceeds that. Submit a " +
				"new request when it has ended."},
		{"by default, twice the longest term", func(_ *Grant, a *facts) { a.Rule.MaxTerm = 8 * 60; a.term = 8 * 60 }, ""},
		{"and no more", func(g *Grant, a *facts) {
			a.Rule.MaxTerm, a.term = 8*60, 8*60
			g.ExpiresAt = g.ExpiresAt.Add(time.Minute)
		},
			"Access to my-shared-bucket-20932 can last 16h in total, and this extension exceeds that. Extend it " +
				"by 7h59m or less."},
		{"while one is waiting", func(g *Grant, _ *facts) { *g = more(*g, 60) }, "An extension of 1h is already " +
			"waiting for a decision. `/s3share cancel 7K2M9QXA` cancels it; then request another."},
		{"without the ticket that the rule wants", func(_ *Grant, a *facts) { a.Rule.ReasonPattern, a.why = "OPS-[0-9]+", "just because" },
			"The reason has to match OPS-[0-9]+. Name the ticket, or ask the operators of s3share what a reason " +
				"needs."},
		{"without a reason where the rule wants a ticket", func(_ *Grant, a *facts) { a.Rule.ReasonPattern, a.why = "OPS-[0-9]+", "" }, "A " +
			"reason is missing. Say what the access is for, after the duration."},
		{"with the ticket", func(_ *Grant, a *facts) { a.Rule.ReasonPattern, a.why = "OPS-[0-9]+", "OPS-12 still building" }, ""},
		{"while it is paused", func(g *Grant, _ *facts) { *g = drifted(*g) },
			"Access is paused: it was changed outside s3share. Extend it once an approver has restored it."},
	} {
		next, err := attempt(EventRequestExtension, member(rita), c.edit)
		if said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
		if err == nil && (next.PendingExtension == nil || next.Missing() != 1 || next.Revision != 1) {
			t.Errorf("%s: %+v waits, revision %d", c.name, next.PendingExtension, next.Revision)
		}
	}
}

// Nothing moves before the last approval. Then the expiry moves in place, and
// people are told after AWS has confirmed the later date.
func TestExtend(t *testing.T) {
	now, rule := noon.Add(2*time.Hour), theRule()
	rule.Approvals = 2
	g := more(in(Active), 60)
	yes := func(g Grant, by Actor) (Grant, error) {
		return g.Apply(Extend{By: by, Today: Today{Rule: &rule}, Revision: g.Revision, WarnBefore: []Term{15, 120, 24 * 60}, Others: stillThere()}, now)
	}
	one := must(yes(g, member(ada)))
	if !one.ExpiresAt.Equal(g.ExpiresAt) || one.Missing() != 1 || one.PendingExtension == nil || !one.History[len(one.History)-1].Expiry.IsZero() {
		t.Errorf("one yes of two: until %s, %d missing", one.ExpiresAt, one.Missing())
	}
	if _, err := yes(one, member(ada)); said(err) != "You already approved this; 1 more approval is needed." {
		t.Errorf("the same person again: %v", err)
	}
	if len(g.PendingExtension.Decisions) != 0 {
		t.Error("the yes changed the record that it was made from")
	}
	next := must(yes(one, member(bob)))
	switch ev := next.History[len(next.History)-1]; {
	case !next.ExpiresAt.Equal(g.ExpiresAt.Add(time.Hour)) || !ev.Expiry.Equal(next.ExpiresAt):
		t.Errorf("from %s by an hour to %s", g.ExpiresAt, next.ExpiresAt)
	case next.PendingExtension != nil:
		t.Error("it still waits for a decision")
	case next.Half(OwnerHalf).IsConfirmed() || next.Half(GranteeHalf).IsConfirmed():
		t.Error("AWS holds the old date, and the new one counts as confirmed")
	case !next.Half(OwnerHalf).WasConfirmed():
		t.Error("its absence would no longer be somebody else's doing")
	case !next.Owner.NextAttemptAt.Equal(now) || !next.Grantee.NextAttemptAt.Equal(now):
		t.Error("nobody is woken to write the new date")
	case !slices.Equal(next.Warnings, []time.Duration{2 * time.Hour, 15 * time.Minute}):
		t.Errorf("people are warned %v before the new end", next.Warnings)
	}
	if _, err := yes(next, member(bob)); said(err) != notRequested {
		t.Errorf("a second decision: %v", err)
	}
	next = must(asked(next, OwnerHalf, now).Half(OwnerHalf).RecordPresent(now))
	if next.Last(EventExtended) != nil || !next.IsExtending() {
		t.Error("people are told while one half still has the old date")
	}
	next = must(asked(next, GranteeHalf, now).Half(GranteeHalf).RecordPresent(now))
	if next.Last(EventExtended) == nil || next.IsExtending() || next.State != Active {
		t.Errorf("both halves have the new date, and nobody is told: %v", kinds(next))
	}
	again := must(next.Half(OwnerHalf).RecordPresent(now))
	if n := count(again, EventExtended); n != 1 {
		t.Errorf("people are told %d times", n)
	}
}

// A late decision on an extension is answered with the earlier decision on the
// extension. The decision on the request, which may be the same person's, is
// not mentioned.
func TestExtensionDecidedAlready(t *testing.T) {
	now, rule := noon.Add(time.Hour), theRule()
	g := more(in(Active), 60)
	today := Today{Rule: &rule}
	approved := must(g.Apply(Extend{By: member(bob), Today: today, Revision: 1}, now))
	denied := must(g.Apply(DenyExtension{By: member(bob), Today: today, Revision: 1, Why: "no need"}, now))
	for _, c := range []struct {
		g    Grant
		act  Action
		want string
		by   Person
	}{
		{approved, Deny{By: member(ada), Today: today, Revision: 1, Why: "no need"}, "The extension was " +
			"already approved. `/s3share end 7K2M9QXA` ends the access.", bob},
		{approved, Approve{By: member(ada), Today: today, Revision: 1}, "The extension was already " +
			"approved. `/s3share end 7K2M9QXA` ends the access.", bob},
		{denied, Approve{By: member(ada), Today: today, Revision: 1}, "The extension was already denied.", bob},
		{approved, Deny{By: member(ada), Today: today, Why: "no need"}, "This request was already approved, " +
			"and access is active. `/s3share end 7K2M9QXA` ends it.", ada},
	} {
		_, err := c.g.Apply(c.act, now)
		var no *Refusal
		if !errors.As(err, &no) || no.Error() != c.want || no.By != c.by {
			t.Errorf("%s: %v by %v; want %q by %v", c.act.Kind(), err, no.By, c.want, c.by)
		}
	}
}

func TestDecideExtension(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(*facts)
		want string
	}{
		{"a second before the expiry", func(a *facts) { a.at = in(Active).ExpiresAt.Add(-time.Second) }, ""},
		{"in the second of the expiry", func(a *facts) { a.at = in(Active).ExpiresAt }, expired},
		{"past what today's rule allows", func(a *facts) { a.Rule.MaxTerm = 30 }, "1h is longer than the limit " +
			"of 30m for my-shared-bucket-20932. Extend it by 30m or less."},
		{"past what may be had in all", func(a *facts) { a.Rule.MaxTotal = 8 * 60 }, "Access to " +
			"my-shared-bucket-20932 can last 8h in total, and this extension exceeds that. Submit a new request " +
			"when it has ended."},
		{"on a card from before", func(a *facts) { a.revision = 0 }, "This request has changed since that card " +
			"was posted. Decide on the current card."},
	} {
		next, err := attempt(EventExtend, member(bob), func(_ *Grant, a *facts) { c.act(a) })
		if said(err) != c.want || err != nil && !next.ExpiresAt.Equal(in(Active).ExpiresAt) {
			t.Errorf("%s: %q, until %s; want %q", c.name, said(err), next.ExpiresAt, c.want)
		}
	}
	over := must(more(in(Active), 60).Apply(End{By: member(rita)}, noon.Add(time.Hour)))
	if over.PendingExtension != nil {
		t.Error("an extension waits for a decision on a grant that is over")
	}
	denied := must(more(in(Active), 60).Apply(DenyExtension{By: member(ada), Today: Today{Rule: ptr(theRule())}, Revision: 1, Why: "ask again tomorrow"}, noon.Add(time.Hour)))
	if denied.PendingExtension != nil || denied.State != Active || !denied.ExpiresAt.Equal(in(Active).ExpiresAt) {
		t.Errorf("denied: %+v", denied)
	}
	if _, err := denied.Apply(RequestExtension{By: member(rita), Today: Today{Rule: ptr(theRule())}, Term: 30}, noon.Add(time.Hour)); err != nil {
		t.Errorf("asking for less after a no: %v", err)
	}
}

// One short extension needs no approval; the next one does.
func TestFreeExtension(t *testing.T) {
	rule := theRule()
	rule.FreeExtension = 120
	if free(121).PendingExtension.Free {
		t.Error("more than the rule lets go by itself is free")
	}
	g := must(free(120).Apply(ExtendFree{Rule: &rule}, noon.Add(time.Hour)))
	if !g.ExpiresAt.Equal(in(Active).ExpiresAt.Add(2 * time.Hour)) {
		t.Errorf("until %s", g.ExpiresAt)
	}
	g = must(g.Apply(RequestExtension{By: member(rita), Today: Today{Rule: &rule}, Term: 60}, noon.Add(2*time.Hour)))
	if g.PendingExtension.Free {
		t.Error("a second extension is free too")
	}
}

func TestJudgeExtension(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Rules, *Grant)
		want string
	}{
		{"as before", func(*Rules, *Grant) {}, ""},
		{"no rule any more", func(r *Rules, _ *Grant) { r.Rules = nil }, NoSuchBucket("my-shared-bucket-20932").Error()},
		{"a rule of another account", func(r *Rules, g *Grant) { g.Bucket.AccountID = "999999999999" }, NoSuchBucket("my-shared-bucket-20932").Error()},
		{"a level that is allowed no more", func(r *Rules, _ *Grant) { r.Rules[0].Levels = []string{"write"} }, "my-shared-bucket-20932 " +
			"can't be shared at the level read. Choose write."},
		{"a level that means less", func(r *Rules, _ *Grant) { r.Levels["read"] = Level{Name: "read", Object: []string{"s3:GetObject"}} }, "The " +
			"level read allows less today than when this was requested. Submit a new request."},
		{"a level that means more", func(r *Rules, g *Grant) { g.Level.Object = []string{"s3:GetObject"} }, ""},
		{"a level by a pattern", func(r *Rules, _ *Grant) {
			r.Levels["read"] = Level{Name: "read", Object: []string{"S3:Get*"}, Bucket: []string{"s3:*"}}
		}, ""},
		{"a prefix that is allowed no more", func(r *Rules, _ *Grant) { r.Rules[0].Prefixes = []string{"other/*"} }, "my-shared-bucket-20932/builds " +
			"can't be shared. Name a folder that matches other/*."},
		{"too long in all", func(r *Rules, _ *Grant) { r.Rules[0].MaxTotal = 8*60 + 30 }, "Access to " +
			"my-shared-bucket-20932 can last 8h30m in total, and this extension exceeds that. Extend it by 30m or " +
			"less."},
		{"no approver left", func(r *Rules, _ *Grant) { r.Rules[0].Approvers = People{Users: []string{rita.User}} },
			"Too few people could approve this: it needs 1 of the approvers of my-shared-bucket-20932, and there are 0, not counting " +
				"the people it concerns. Ask the operators of s3share to name more approvers."},
	} {
		r, g := theRules(), in(Active)
		c.edit(&r, &g)
		if _, err := r.EvaluateExtension(g, 60); said(err) != c.want {
			t.Errorf("%s: %q; want %q", c.name, said(err), c.want)
		}
	}
}

func count(g Grant, k EventKind) (n int) {
	for _, ev := range g.History {
		if ev.Kind == k {
			n++
		}
	}
	return n
}

func ptr[T any](v T) *T { return &v }

// The extension's requester and the people on the grant's side can withdraw it.
// The grant stays as it is, and another extension can be requested.
func TestCancelExtension(t *testing.T) {
	rule := theRule()
	rule.Approvals = 2
	byAda := must(in(Active).Apply(RequestExtension{By: member(ada), Today: Today{Rule: &rule}, Term: 60}, noon))
	const others = "Only the requester can cancel an extension. An approver can deny it."
	for _, c := range []struct {
		name string
		g    Grant
		by   Actor
		want string
	}{
		{"the one who asked", more(in(Active), 60), member(rita), ""},
		{"the beneficiary", more(in(Active), 60), member(bea), ""},
		{"an approver", more(in(Active), 60), member(ada), others},
		{"an approver who asked", byAda, member(ada), ""},
		{"another approver", byAda, member(bob), others},
		{"the requester, of what an approver asked", byAda, member(rita), ""},
		{"a guest", more(in(Active), 60), Actor{Person: rita, Standing: Guest}, "Guests can't request or approve " +
			"access. Ask a full member of this workspace."},
		{"the bot", more(in(Active), 60), Actor{}, unknown},
		{"without a pending extension", in(Active), member(rita), "No extension of this access is waiting for a " +
			"decision. `/s3share end 7K2M9QXA` ends the access."},
	} {
		next, err := c.g.Apply(CancelExtension{By: c.by}, noon.Add(time.Hour))
		if said(err) != c.want {
			t.Errorf("taken back by %s: %q; want %q", c.name, said(err), c.want)
		}
		if err == nil && (next.PendingExtension != nil || next.State != Active || !next.ExpiresAt.Equal(c.g.ExpiresAt)) {
			t.Errorf("taken back by %s: %+v, until %s", c.name, next.PendingExtension, next.ExpiresAt)
		}
		if err == nil {
			must(next.Apply(RequestExtension{By: member(rita), Today: Today{Rule: &rule}, Term: 30}, noon.Add(2*time.Hour)))
			if _, err := next.Apply(Extend{By: member(bob), Today: Today{Rule: &rule}, Revision: next.Revision}, noon.Add(2*time.Hour)); said(err) != notRequested {
				t.Errorf("what was taken back is approved: %v", err)
			}
		}
	}
}

// A grant that was changed outside s3share is not extended, by an approver or by its rule.
func TestPausedGrantIsNotExtended(t *testing.T) {
	g, rule := drifted(free(60)), theRule()
	const want = "Access is paused: it was changed outside s3share. Restore or end it first."
	for _, a := range []Action{
		Extend{By: member(ada), Today: Today{Rule: &rule}, Revision: g.Revision}, ExtendFree{Rule: &rule},
	} {
		if _, err := g.Apply(a, noon.Add(time.Hour)); said(err) != want {
			t.Errorf("%T: %q; want %q", a, said(err), want)
		}
	}
}
