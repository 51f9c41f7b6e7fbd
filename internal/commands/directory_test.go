package commands

import (
	"context"
	"strings"
	"testing"
	"time"

	"s3share/internal/grant"
)

func TestApprovalsOfPeopleWhoLeftAreVoid(t *testing.T) {
	const unknown = "Nothing was done: Slack couldn't confirm that the earlier approvers still may approve."
	for _, c := range []struct {
		standing grant.Standing
		bob      string // expected answer
		left     int    // approvals still missing
	}{
		{grant.Member, "will be notified when access is active", 0},
		{grant.Deactivated, "1 more approval is needed. One earlier approval no longer counts: its approver may not decide any more.", 1},
		{grant.Guest, "1 more approval is needed.", 1},
		{grant.Unknown, unknown, 1},
	} {
		o := newOffice(t, 2)
		id := o.pending()
		o.slash(by("UADA"), "approve "+id)
		o.becomes("UADA", c.standing)
		if got := o.slash(by("UBOB"), "approve "+id); !strings.Contains(got, c.bob) {
			t.Errorf("Ada is %q: Bob is told %q", c.standing, got)
		}
		if g := o.get(id); g.Missing() != c.left || (g.State == grant.Approved) != (c.left == 0) {
			t.Errorf("Ada is %q: %s, and %d are missing", c.standing, g.State, g.Missing())
		}
	}
}

func TestApprovalOfAFormerGroupMember(t *testing.T) {
	o := newOffice(t, 2)
	id := o.pending()
	o.answers(by("UGINA"), "approve "+id, "1 more approval is needed.")
	o.becomes("UGINA", grant.Member)
	o.answers(by("UADA"), "approve "+id, "1 more approval is needed. One earlier approval no longer counts")
	o.answers(by("UBOB"), "approve "+id, "will be notified when access is active")
}

func TestExtensionApprovalsOfPeopleWhoLeftAreVoid(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	o.configure(func(c *Config) { c.Rules.Rules[0].Approvals = 2 })
	o.slash(by("UBOB"), "extend "+id+" 1h")
	o.becomes("UBOB", grant.Deactivated)
	o.answers(by("UADA"), "approve "+id, "1 more approval is needed. One earlier approval no longer counts")
	o.becomes("UADA", grant.Unknown)
	o.answers(by("UGINA"), "approve "+id, "Slack couldn't confirm that the earlier approvers still may approve")
}

func TestApprovalChecksRequesterAndBeneficiaryAgain(t *testing.T) {
	for _, c := range []struct {
		user     string
		standing grant.Standing
		want     string
	}{
		{"URITA", grant.Deactivated, "The Slack account of the requester is deactivated, so this can't be " +
			"approved. Deny it."},
		{"URITA", grant.Guest, "This can't be approved any more: today's rules don't let the requester request " +
			"my-bucket. Deny it."},
		{"URITA", grant.Unknown, "Nothing was done: Slack couldn't confirm that the requester may still have " +
			"this. Try again in a minute."},
		{"UEVE", grant.Deactivated, "The Slack account of the beneficiary is deactivated"},
	} {
		o := newOffice(t, 1)
		waits := o.pendingFor("UEVE")
		o.becomes(c.user, c.standing)
		for how, got := range map[string]string{
			"approve": o.slash(by("UADA"), "approve "+waits),
			"change":  o.narrow("UADA", waits, o.get(waits).Revision, Smaller{Term: "1h", Approve: true}),
		} {
			if !strings.Contains(got, c.want) {
				t.Errorf("%s is %q: %s: %q", c.user, c.standing, how, got)
			}
		}
		if g := o.get(waits); g.State != grant.Pending || g.Revision != 0 {
			t.Errorf("%s is %q, and it is %s", c.user, c.standing, g.State)
		}
		o.answers(by("UADA"), "deny "+waits+" nobody is there", "Denied")
	}
}

func TestExtensionNeedsTheRightToRequest(t *testing.T) {
	o := newOffice(t, 1)
	id := o.active()
	o.slash(by("URITA"), "extend "+id+" 1h")
	o.configure(func(c *Config) { c.Rules.Rules[0].Requesters = grant.People{Users: []string{"UEVE"}} })
	o.answers(by("UADA"), "approve "+id, "today's rules don't let the requester of the extension request "+
		"my-bucket. Deny it.")
	o.slash(by("UADA"), "deny "+id+" not any more")
	o.answers(by("UADA"), "extend "+id+" 1h", "today's rules don't let the requester request my-bucket.")
}

// counting counts Slack's lookups of each person.
type counting struct {
	People
	asked map[string]int
}

func (c counting) Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error) {
	c.asked[p.User]++
	return c.People.Actor(ctx, p, groups, since)
}

func TestDecisionAsksSlackOncePerPerson(t *testing.T) {
	o := newOffice(t, 2)
	id := string(o.pendingBatch("my-bucket/builds,my-other/builds,mythird/builds")[0].BatchLead())
	o.slash(by("UADA"), "approve "+id)
	o.becomes("UADA", grant.Deactivated)
	slack := counting{o.config.People, map[string]int{}}
	o.configure(func(c *Config) { c.People = slack })
	o.answers(by("UBOB"), "approve "+id, "1 more approval is needed. One earlier approval no longer counts")
	for _, user := range []string{"UBOB", "UADA", "URITA"} {
		if slack.asked[user] > 2 { // a typed command adds one lookup, for the grants that the caller may see
			t.Errorf("Slack was asked %d times about %s", slack.asked[user], user)
		}
	}
	for _, g := range o.all() {
		if g.State != grant.Pending || g.Missing() != 1 {
			t.Errorf("%s is %s, and %d are missing", g.ID, g.State, g.Missing())
		}
	}
	o.answers(by("UGINA"), "approve "+id, "Approved all 3 grants of")
}
