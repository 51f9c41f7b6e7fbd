package commands

import (
	"slices"
	"time"

	"s3share/internal/grant"
)

// A ruleBook answers questions about the rules of today's config. It reads neither Slack nor the
// store.
type ruleBook struct {
	grant.Rules
	now func() time.Time
}

// todayOrOwn returns what today's config says about a grant. If no rule covers its bucket any more,
// the grant's own rule counts: its approvers may still end it.
func (r *ruleBook) todayOrOwn(g grant.Grant) grant.Today {
	today := r.Today(g)
	if today.Rule == nil {
		today.Rule = &g.Rule
	}
	return today
}

// sees reports whether by may see g: their own grants, those that they may decide on, and all
// grants for auditors and responders.
func (r *ruleBook) sees(by grant.Actor, g grant.Grant) bool {
	if g.ConcernsToday(by.Person, r.OwnersOf(g.Principal.ARN)) {
		return true
	}
	return by.Standing == grant.Member &&
		(r.todayOrOwn(g).Rule.Approvers.Include(by) || r.Auditors.Include(by) || r.Responders.Include(by))
}

func (r *ruleBook) visibleTo(by grant.Actor, all []grant.Grant) []grant.Grant {
	return slices.DeleteFunc(slices.Clone(all), func(g grant.Grant) bool { return !r.sees(by, g) })
}

// offersTo returns the rules that let a person request access.
func (r *ruleBook) offersTo(by grant.Actor) []grant.Rule {
	if by.Standing != grant.Member {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Rules.Rules), func(rule grant.Rule) bool {
		if rule.OwnPrincipals || !rule.Requesters.IsEmpty() && !rule.Requesters.Include(by) {
			return !r.OwnsPrincipal(by.User)
		}
		return false
	})
}

// groupsThatSee returns the groups whose members see other people's grants.
func (r *ruleBook) groupsThatSee() []string {
	approvers := func(rule grant.Rule) []string { return rule.Approvers.Groups }
	return r.groupsWith(approvers, r.Auditors.Groups, r.Responders.Groups)
}

// groupsThatRequest returns the groups that rules name as requesters.
func (r *ruleBook) groupsThatRequest() []string {
	return r.groupsWith(func(rule grant.Rule) []string { return rule.Requesters.Groups })
}

// groupsWith returns some groups of each rule and the others, each once.
func (r *ruleBook) groupsWith(of func(grant.Rule) []string, others ...[]string) []string {
	groups := slices.Concat(others...)
	for _, rule := range r.Rules.Rules {
		groups = append(groups, of(rule)...)
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// groupsOf returns the user groups that today's rules name for some grants.
func (r *ruleBook) groupsOf(all []grant.Grant) (groups []string) {
	for _, g := range all {
		rule, _ := r.RuleFor(g)
		for _, group := range rule.Groups() {
			if !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
	}
	return groups
}

// people returns all people in the config: those who may decide on a request, and the owners of
// principals.
func (r *ruleBook) people() (all grant.People) {
	add := func(lists ...grant.People) {
		for _, p := range lists {
			all.Users, all.Groups = append(all.Users, p.Users...), append(all.Groups, p.Groups...)
		}
	}
	add(r.Auditors, r.Responders)
	for _, rule := range r.Rules.Rules {
		add(rule.Approvers, rule.Requesters, rule.Notify, rule.Escalate)
	}
	for _, users := range r.PrincipalOwners {
		add(grant.People{Users: users})
	}
	slices.Sort(all.Users)
	slices.Sort(all.Groups)
	return grant.People{Users: slices.Compact(all.Users), Groups: slices.Compact(all.Groups)}
}

func (r *ruleBook) levelNames() []string {
	var names []string
	for name := range r.Levels {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// approval returns the approval of the extension of g if one is pending, otherwise that of the request.
func (r *ruleBook) approval(g grant.Grant, yes grant.Approve) grant.Action {
	if g.PendingExtension == nil {
		return yes
	}
	return grant.Extend{By: yes.By, Today: yes.Today, Revision: yes.Revision, Others: yes.Others, Found: yes.Found,
		WarnBefore: r.WarnBefore}
}

// likelyApproval returns an approval of g, or of its pending extension. It assumes the best of the
// people who approved before.
func (r *ruleBook) likelyApproval(g grant.Grant, by grant.Actor, revision int) grant.Action {
	today := r.Today(g)
	return r.approval(g, grant.Approve{By: by, Today: today, Revision: revision, Others: likelyApprovers(g, today)})
}

func likelyApprovers(g grant.Grant, today grant.Today) (others []grant.Actor) {
	for _, p := range today.CompletingApprovers(g) {
		others = append(others, optimisticActor(p, today.Rule.Groups()))
	}
	return others
}

// optimisticActor returns p as a member of all the groups, the best answer that Slack could give.
func optimisticActor(p grant.Person, groups ...[]string) grant.Actor {
	return grant.Actor{Person: p, Standing: grant.Member, Groups: slices.Concat(groups...)}
}
