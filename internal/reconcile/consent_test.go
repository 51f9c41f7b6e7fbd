package reconcile

import (
	"errors"
	"testing"
	"time"

	"s3share/internal/grant"
)

// A request for a person who cannot confirm it is refused at once. AWS is not asked before the
// beneficiary confirms.
func TestCheckOfTheBeneficiary(t *testing.T) {
	eve := grant.Person{Team: rita.Team, User: "UEVE"}
	for standing, want := range map[grant.Standing]string{
		grant.Deactivated: "The Slack account of the person it is for is deactivated.",
		grant.App:         "It was asked for an app, and access is for people. Ask for a person.",
		grant.Guest:       "The person it is for is a guest here, and guests can neither ask for access nor have it.",
		grant.Stranger:    "The person it is for is not of this workspace.",
	} {
		b := newBench(t)
		b.rec.people = people{"UEVE": standing}
		ids := b.requestBatch(grant.Draft{Target: "fixtures/one", MoreTargets: []string{"fixtures/two"}, Principal: "build/ann", Beneficiary: eve})
		b.turn()
		for _, id := range ids {
			b.expectState(id, "refused", want)
		}
		if len(b.aws.calls) > 0 {
			t.Error("AWS was asked")
		}
	}
	b := newBench(t)
	b.rec.people = strangers{errors.New("Slack is down")}
	ids := b.requestBatch(grant.Draft{Target: "fixtures/one", Principal: "build/ann", Beneficiary: eve})
	b.run(time.Minute)
	b.expectState(ids[0], "checking")
	b.rec.people = people{}
	b.run(5 * time.Minute)
	b.expectState(ids[0], "checking")
	if len(b.aws.calls) > 0 {
		t.Error("AWS was asked before she has confirmed it")
	}
	if g := b.get(ids[0]); !g.Check.NextAttemptAt.IsZero() || g.Check.LastError != "" {
		t.Errorf("it is looked at again at %s, after %q", g.Check.NextAttemptAt, g.Check.LastError)
	}
	b.apply(ids[0], grant.Consent{By: grant.Actor{Person: eve, Standing: grant.Member}})
	b.turn()
	b.expectState(ids[0], "pending")
}
