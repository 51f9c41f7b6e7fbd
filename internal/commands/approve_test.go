package commands

import (
	"strings"
	"sync"
	"testing"

	"s3share/internal/grant"
)

func TestDecisions(t *testing.T) {
	type step struct{ who, text, want string }
	for name, steps := range map[string][]step{
		"the requester": {{"URITA", "approve", "You can't approve " +
			"your own request."}, {"URITA", "deny ID no", "You " +
			"can't deny your own request."}},
		"the owner of the principal":    {{"UTEST", "approve", "You can't approve this request: test.user is yours."}},
		"a guest":                       {{"UGUEST", "approve", "Guests can't"}},
		"a person of another workspace": {{"UNOBODY", "approve", "Only members of this workspace"}},
		"a member without a role": {{"UEVE", "approve", "You are not an approver of"}, {"UEVE", "cancel", "Only " +
			"the requester"}},
		"a second approver":    {{"UADA", "approve", "Approved"}, {"UBOB", "approve", "already approved"}, {"UBOB", "deny ID no", "already approved"}},
		"an approver by group": {{"UGINA", "approve", "Approved"}},
		"deny":                 {{"UADA", "deny", "A reason is missing."}, {"UADA", "deny ID 'tis wrong", "Denied"}, {"UADA", "approve", "already denied"}},
		"cancel":               {{"URITA", "cancel", "Cancelled"}, {"UADA", "approve", "already cancelled"}},
		"the end of a request": {{"UADA", "end", "waiting for a decision"}},
		"an approver ends": {{"UADA", "approve", "Approved"}, {"UEVE", "end", "Only " +
			"the requester, an approver or a responder"}, {"UBOB", "end", "Ending `"}, {"URITA", "end", "already ending"}},
		"the requester ends": {{"UADA", "approve", "Approved"}, {"URITA", "end ID done", "Ending your access. I'll confirm in a direct message when AWS has removed it."}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, 1)
			id := o.pending()
			for _, st := range steps {
				text := st.text + " " + id
				if strings.Contains(st.text, "ID") {
					text = strings.Replace(st.text, "ID", id, 1)
				}
				o.answers(by(st.who), text, st.want)
			}
		})
	}
}

func TestQuorum(t *testing.T) {
	o := newOffice(t, 2)
	id := o.pending()
	o.answers(by("UADA", "c1"), "approve "+id, "Approved; 1 more approval is needed.")
	o.answers(by("UADA", "c1"), "approve "+id, "Approved; 1 more approval is needed.")
	o.answers(by("UADA", "c2"), "approve "+id, "You already approved this")
	o.answers(by("UBOB", "c3"), "approve "+id, "Approved")
	o.answers(by("UBOB", "c3"), "approve "+id, "Approved")
}

func TestApproversAtOnce(t *testing.T) {
	for quorum := 1; quorum <= 2; quorum++ {
		o := newOffice(t, quorum)
		id := o.pending()
		var wg sync.WaitGroup
		for _, u := range []string{"UADA", "UBOB"} {
			wg.Go(func() { o.slash(by(u), "approve "+id) })
		}
		wg.Wait()
		if g := o.all()[0]; g.State != grant.Approved || len(g.Decisions) != quorum {
			t.Errorf("quorum %d: %s after %d decisions", quorum, g.State, len(g.Decisions))
		}
	}
}

func TestNothingIsAllowedWithoutSlack(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	o.configure(func(c *Config) { c.People = people(nil) })
	for _, text := range []string{"approve " + id, "deny " + id + " no", "cancel " + id} {
		o.answers(by("UADA"), text, "Slack couldn't confirm who you are")
	}
	o.answers(by("UADA"), "show "+id, "There is no grant")
	o.answers(by("UADA"), "list all", "There is no request or access that you can see.")
}

// An owner of the principal by today's config does not decide, although the record does not name them.
func TestOwnersOfTodayDoNotDecide(t *testing.T) {
	o := newOffice(t, 1)
	request, extension := o.pending(), o.extending()
	o.configure(func(c *Config) {
		c.Rules.PrincipalOwners = map[string][]string{"arn:aws:iam::111111111111:user/test.user": {"UBOB"}}
	})
	o.answers(by("UBOB"), "approve "+request, "You can't approve this request: test.user is yours.")
	o.answers(by("UBOB"), "deny "+request+" no", "You can't deny this request: test.user is yours.")
	o.answers(by("UBOB"), "approve "+extension, "You can't approve the extension of this access: test.user is yours.")
}

func TestCurrentRuleDecides(t *testing.T) {
	o := newOffice(t, 1)
	id := o.pending()
	levels := o.config.Rules.Levels
	o.configure(func(c *Config) {
		c.Rules.Levels = map[string]grant.Level{"read": {Name: "read", Object: []string{"s3:GetObject"}}}
	})
	o.answers(by("UADA"), "approve "+id, "The rules have changed since this was requested. The level read allows less "+
		"today than when this was requested.")
	o.configure(func(c *Config) { c.Rules.Levels = levels })
	o.configure(func(c *Config) { c.Rules.Rules[0].MaxTerm = 60 })
	o.answers(by("UADA"), "approve "+id, "The rules have changed since this was requested. 8h is longer")
	o.configure(func(c *Config) { c.Rules.Rules = nil })
	o.answers(by("UADA"), "approve "+id, "No rule covers my-bucket any more")
}

// A redelivered approval of a request that others denied does not call it approved.
func TestRedeliveredApprovalOfADeniedRequest(t *testing.T) {
	o := newOffice(t, 2)
	id := o.pending()
	o.answers(by("UADA", "c1"), "approve "+id, "1 more approval is needed")
	o.answers(by("UBOB"), "deny "+id+" no", "Denied")
	o.answers(by("UADA", "c1"), "approve "+id, "`"+id+"` was not approved")
}
