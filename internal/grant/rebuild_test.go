package grant

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// essence is the part of a grant that its audit entries must preserve.
type essence struct {
	State                                            State
	Outcome                                          Outcome
	Why, Reason                                      string
	Requester, Beneficiary, Principal, ID            string
	Bucket, Owner, Prefix                            string
	Level                                            Level
	Term                                             Term
	Revision, Missing, Events                        int
	AskedAt, LapsesAt, StartAt, ExpiresAt, DriftedAt time.Time
	EndedAt, OwnerCleared, GranteeCleared            time.Time
	Urgent, Scheduled, Extending                     bool
	OwnerConfirmed, GranteeConfirmed                 bool
	OwnerWas, GranteeWas                             bool
}

func essenceOf(g Grant) essence {
	e := essence{
		State: g.State, Outcome: g.Outcome, Why: g.Why, Reason: g.Reason,
		Requester: g.Requester.User, Beneficiary: g.Beneficiary.User, Principal: g.Principal.ARN, ID: g.Principal.UniqueID,
		Bucket: g.Bucket.Name, Owner: g.Bucket.AccountID, Prefix: g.Prefix, Level: g.Level, Term: g.Term,
		Revision: g.Revision, Events: len(g.History),
		AskedAt: g.AskedAt, LapsesAt: g.LapsesAt, StartAt: g.StartAt.Truncate(time.Second), ExpiresAt: g.ExpiresAt, DriftedAt: g.DriftedAt,
		EndedAt: g.EndedAt, OwnerCleared: g.Owner.RemovedAt, GranteeCleared: g.Grantee.RemovedAt,
		Urgent: g.BreakGlass && !g.State.Open(), Scheduled: g.Scheduled, Extending: g.PendingExtension != nil,
		OwnerConfirmed: g.Half(OwnerHalf).IsConfirmed(), GranteeConfirmed: g.Half(GranteeHalf).IsConfirmed(),
		OwnerWas: g.Half(OwnerHalf).WasConfirmed(), GranteeWas: g.Half(GranteeHalf).WasConfirmed(),
	}
	if g.StartAt.IsZero() || g.State.Open() {
		e.StartAt = time.Time{}
	}
	return e
}

// Every grant can be rebuilt from its audit entries.
func TestRebuildAnyGrant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var entries []Recorded
		add := func(all ...Entry) {
			for _, e := range all {
				entries = append(entries, Recorded{Ref{Seq: uint64(len(entries) + 1)}, e})
			}
		}
		for _, ev := range w.g.History {
			add(newEntry(w.g, ev))
		}
		for range evenly([]int{5, 20, 40, 60}).Draw(t, "steps") {
			next := w.step(t)
			add(NewEntries(w.g, next)...)
			w.g = next
		}
		rules := theRules()
		have, err := rules.Rebuild(w.g.ID, entries)
		if err != nil {
			t.Fatalf("after %v: %v", kinds(w.g), err)
		}
		if diff := cmp.Diff(essenceOf(w.g), essenceOf(have), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("after %v it is rebuilt as something else (-was +rebuilt):\n%s", kinds(w.g), diff)
		}
		if asks := w.g.WantsAccess(w.now); asks != have.WantsAccess(w.now) {
			t.Fatalf("after %v: asks %v, and rebuilt %v", kinds(w.g), asks, have.WantsAccess(w.now))
		}
		due := have.Owner.NextAttemptAt
		if have.State.InAWS() && due.IsZero() {
			t.Fatalf("after %v nothing looks at AWS again", kinds(w.g))
		}
	})
}

func TestRebuildWithoutTheRequest(t *testing.T) {
	write := Recorded{Ref{Seq: 500}, Entry{Kind: "write", Grant: "7K2M9QXA"}}
	if g, err := theRules().Rebuild("7K2M9QXA", []Recorded{write}); !errors.Is(err, ErrNoEntries) {
		t.Errorf("without its request it became %+v, %v", g, err)
	}
}
