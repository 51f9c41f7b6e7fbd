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
		grant.Deactivated: "The Slack account of the beneficiary is deactivated.",
		grant.App:         "The beneficiary is an app, and access is for people. Request it for a person.",
		grant.Guest:       "The beneficiary is a guest here, and guests can't have access.",
		grant.Stranger:    "The beneficiary is not in this workspace.",
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
