package grant

import (
	"testing"
	"time"
)

// A responder can settle a grant, with a reason, after its expiry.
func TestSettle(t *testing.T) {
	ending := in(Ending)
	after := ending.ExpiresAt.Add(time.Minute)
	for _, c := range []struct {
		name string
		g    Grant
		act  Settle
		at   time.Time
		want string
	}{
		{"a responder, after the date", ending, Settle{By: member(ada), Responder: true, Why: "the account is closed"}, after, ""},
		{"at the very date", ending, Settle{By: member(ada), Responder: true, Why: "the account is closed"}, ending.ExpiresAt, ""},
		{"before the date", ending, Settle{By: member(ada), Responder: true, Why: "the account is closed"}, ending.ExpiresAt.Add(-time.Second),
			"`" + string(ending.ID) + "` can't be settled before it expires: until " + ending.ExpiresAt.Format("2006-01-02 15:04 UTC") + ", AWS may still let test.user in."},
		{"an approver", ending, Settle{By: member(ada), Why: "the account is closed"}, after, "Only a responder can settle a grant."},
		{"a guest", ending, Settle{By: Actor{Person: ada, Standing: Guest}, Responder: true, Why: "gone"}, after, "Guests " +
			"can't request or approve access."},
		{"the bot", ending, Settle{Why: "gone"}, after, "Nothing was done: Slack couldn't confirm who you are."},
		{"without a reason", ending, Settle{By: member(ada), Responder: true}, after, "A reason is missing. Say " +
			"why AWS can't confirm the removal."},
		{"one that is active", in(Active), Settle{By: member(ada), Responder: true, Why: "gone"}, after, "This " +
			"request was already approved, and access is active."},
	} {
		got, err := c.g.Apply(c.act, c.at)
		if e := said(err); len(c.want) > 0 && (len(e) < len(c.want) || e[:len(c.want)] != c.want) || c.want == "" && err != nil {
			t.Errorf("%s: %q, want %q", c.name, said(err), c.want)
		}
		if err == nil && (got.State != Ended || got.Outcome != Settled || got.Why == "" || !got.Half(OwnerHalf).IsUnsettled()) {
			t.Errorf("%s: %s, %s", c.name, got.State, got.Outcome)
		}
	}
}

// A settled grant is looked up until AWS answers, and its outcome stays.
func TestSettledGrantIsLookedUpUntilAWSAnswers(t *testing.T) {
	g := in(Ending)
	g.Grantee.RemovedAt = noon
	g, err := g.Apply(Settle{By: member(ada), Responder: true, Why: "the account is closed"}, g.ExpiresAt.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if g.Owner.NextAttemptAt.IsZero() || !g.Grantee.NextAttemptAt.IsZero() {
		t.Errorf("looked for at %v and %v, want the owner half alone", g.Owner.NextAttemptAt, g.Grantee.NextAttemptAt)
	}
	for _, at := range []time.Time{g.Owner.NextAttemptAt, NextSettledLook(g.EndedAt)} {
		if want := g.EndedAt.Add(settledEvery); !at.Equal(want) {
			t.Errorf("looked up next at %v, want %v", at, want)
		}
	}
	g = g.Half(OwnerHalf).RecordAnswer(g.EndedAt.Add(time.Hour))
	if g.Half(OwnerHalf).IsUnsettled() || !g.Owner.NextAttemptAt.IsZero() || g.Outcome != Settled {
		t.Errorf("after the answer: %v, next %v, outcome %s", g.Half(OwnerHalf).IsUnsettled(), g.Owner.NextAttemptAt, g.Outcome)
	}
}
