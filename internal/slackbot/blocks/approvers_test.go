package blocks

import "testing"

// A status names the approvers who can still approve, and counts those whom it has no place for.
func TestMissingApprovers(t *testing.T) {
	g := lives(t)["quorum"] // Ada has approved, of two
	if got := missingApprovers(g, named); got != "<@U0BOB>" {
		t.Errorf("after Ada's approval: %q", got)
	}
	g.Decisions = nil
	if got := missingApprovers(g, named); got != "<@U0ADA> and <@U0BOB>" {
		t.Errorf("both are needed: %q", got)
	}
	g.Rule.Approvers.Users = append(g.Rule.Approvers.Users, "U0EVE", "U0RITA", "U0INES")
	if got := missingApprovers(g, named); got != "2 of <@U0ADA>, <@U0BOB>, <@U0EVE> and <@U0INES>" {
		t.Errorf("without the requester: %q", got)
	}
	g.Rule.Approvals = 1
	if got := missingApprovers(g, 2); got != "<@U0ADA>, <@U0BOB> or 2 more" {
		t.Errorf("with place for two: %q", got)
	}
}
