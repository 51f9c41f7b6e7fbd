package awssim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A question asks whether a caller may do an action in a given context.
type question struct {
	caller   caller
	action   string
	resource string
	ctx      values
}

// ask builds the question for a call. The keys in more do not override global
// keys.
func (a *access) ask(c caller, action, resource string, owner *Account, now time.Time, more values) question {
	ctx := values{
		"aws:currenttime":      {now.UTC().Format(time.RFC3339Nano)},
		"aws:epochtime":        {strconv.FormatInt(now.Unix(), 10)},
		"aws:securetransport":  {"true"},
		"aws:sourceip":         {"127.0.0.1"},
		"aws:principalaccount": {c.account.id},
		"aws:userid":           {c.userid()},

		"aws:viaawsservice":         {"false"},
		"aws:principalisawsservice": {"false"},
	}
	if c.temporary {
		ctx["aws:multifactorauthpresent"] = []string{"false"} // absent for long-term keys
		ctx["aws:tokenissuetime"] = []string{c.issued.UTC().Format(time.RFC3339)}
	}
	if strings.HasPrefix(action, "s3:") {
		ctx["s3:authtype"], ctx["s3:signatureversion"] = []string{"REST-HEADER"}, []string{"AWS4-HMAC-SHA256"}
		ctx["s3:tlsversion"] = []string{"1.3"}
		for k, v := range more {
			if k == "s3:authtype" {
				ctx[k] = v
			}
		}
	}
	switch {
	case c.user != nil:
		ctx["aws:username"] = []string{c.user.name}
		ctx["aws:principalarn"] = []string{c.user.arn()}
		ctx["aws:principaltype"] = []string{"User"}
	case c.role != nil:
		ctx["aws:principalarn"] = []string{c.role.arn()}
		ctx["aws:principaltype"] = []string{"AssumedRole"}
	default:
		ctx["aws:principalarn"] = []string{c.arn()}
		ctx["aws:principaltype"] = []string{"Account"}
	}
	if a.cfg.OrgID != "" {
		ctx["aws:principalorgid"] = []string{a.cfg.OrgID}
		ctx["aws:resourceorgid"] = []string{a.cfg.OrgID}
	}
	if owner != nil {
		ctx["aws:resourceaccount"] = []string{owner.id}
		if strings.HasPrefix(action, "s3:") {
			ctx["s3:resourceaccount"] = []string{owner.id}
		}
	}
	for k, v := range more {
		if _, global := ctx[k]; !global {
			ctx[k] = v
		}
	}
	return question{c, action, resource, ctx}
}

// covers reports whether a statement applies to the action, the resource and
// the context. It ignores the principal.
func (s *statement) covers(q question, modern bool) bool {
	if s.actions != nil && !slices.ContainsFunc(s.actions, q.actionLike) ||
		slices.ContainsFunc(s.notActions, q.actionLike) {
		return false
	}
	like := func(pattern string) bool {
		p, ok := expand(pattern, modern, q.ctx)
		return ok && glob(p, q.resource)
	}
	// A variable without a value voids its statement, in either direction of
	// comparison: "not present", in the IAM user guide's chapter on variables.
	likeOrVoid := func(pattern string) bool {
		p, ok := expand(pattern, modern, q.ctx)
		return !ok || glob(p, q.resource)
	}
	if s.resources != nil && !slices.ContainsFunc(s.resources, like) ||
		slices.ContainsFunc(s.notResources, likeOrVoid) {
		return false
	}
	return !slices.ContainsFunc(s.conditions, func(c condition) bool { return !c.holds(q.ctx, modern) })
}

func (q question) actionLike(pattern string) bool { return globFold(pattern, q.action) }

// reach tells how a statement's principals match a caller.
type reach int

const (
	notAtAll  reach = iota
	delegated       // matches the caller's account, whose policies must allow as well
	directly
)

// reaches compares the principals of a stored policy with the caller.
func (s *statement) reaches(c caller) reach {
	if s.notPrincipals != nil {
		if !s.allow && c.boundary() != nil {
			return directly // for any listed principal: IAM user guide, NotPrincipal
		}
		for _, p := range s.notPrincipals {
			if p.matches(c) == directly {
				return notAtAll
			}
		}
		return directly
	}
	best := notAtAll
	for _, p := range s.principals {
		best = max(best, p.matches(c))
	}
	return best
}

func (p principalRef) matches(c caller) reach {
	root := "arn:aws:iam::" + c.account.id + ":root"
	switch {
	case p.kind != "AWS":
		return notAtAll
	case p.value == "*" || p.value == c.arn() && c.user == nil:
		return directly
	case p.value == root:
		return delegated
	case !c.root && p.value == c.id():
		return directly
	}
	return notAtAll
}

// namesSession reports whether the statement names the session of a role by
// ARN.
func (s *statement) namesSession(c caller) bool {
	return c.role != nil && slices.Contains(s.principals, principalRef{"AWS", c.arn()})
}

// A finding is the result of one side's policies.
type finding struct {
	denied, allowed bool
	delegated       bool // allowed only to the caller's account as a whole
	bySession       bool // allowed to the ARN of the session rather than of its role
	beyond          bool // not allowed because of a permissions boundary
	why             string
}

// A namedPolicy is a policy with its name in a reason.
type namedPolicy struct {
	name string
	doc  document
}

// identitySays evaluates the policies in the caller's account.
func (a *access) identitySays(q question, now time.Time) finding {
	if q.caller.root {
		return finding{allowed: true, why: "it is the root user of its account"}
	}
	return q.caller.bounded(q, a.policiesSay(q, now))
}

func (a *access) policiesSay(q question, now time.Time) finding {
	found := finding{why: "no policy of " + q.caller.arn() + " allows " + q.action}
	for _, p := range a.policiesOf(q.caller, now) {
		for _, st := range p.doc.statements {
			if !st.covers(q, p.doc.modern) {
				continue
			}
			if !st.allow {
				return finding{denied: true, why: st.name() + " of " + p.name + " denies it"}
			}
			if !found.allowed {
				found = finding{allowed: true, why: st.name() + " of " + p.name + " allows it"}
			}
		}
	}
	return found
}

// policiesOf lists the settled identity policies in a fixed order.
func (a *access) policiesOf(c caller, now time.Time) (list []namedPolicy) {
	inline := func(of string, m map[string]policyText) {
		for _, name := range sortedKeys(m) {
			list = append(list, namedPolicy{"the policy " + name + " of " + of, m[name].doc})
		}
	}
	managed := func(ps []*managedPolicy) {
		for _, p := range ps {
			list = append(list, namedPolicy{"the managed policy " + p.name, p.doc})
		}
	}
	if c.role != nil {
		inline("role "+c.role.name, c.role.inline)
		managed(c.role.attached.seen(now, a.cfg.Settle))
	}
	if c.user != nil {
		inline("user "+c.user.name, c.user.inline)
		managed(c.user.attached)
		for _, name := range sortedKeys(c.account.groups) {
			g := c.account.groups[name]
			if slices.Contains(g.members.seen(now, a.cfg.Settle), c.user) {
				inline("group "+g.name, g.inline.seen(now, a.cfg.Settle))
			}
		}
	}
	return list
}

// resourceSays evaluates the policy of the target bucket or role.
func resourceSays(p namedPolicy, q question) finding {
	found := finding{why: p.name + " does not allow " + q.action + " to " + q.caller.arn()}
	for _, st := range p.doc.statements {
		reach := st.reaches(q.caller)
		if reach == notAtAll || !st.covers(q, p.doc.modern) {
			continue
		}
		switch {
		case !st.allow:
			return finding{denied: true, why: st.name() + " of " + p.name + " denies it"}
		case reach == directly && (!found.allowed || found.delegated):
			found = finding{allowed: true, why: st.name() + " of " + p.name + " allows it", bySession: st.namesSession(q.caller)}
		case reach == delegated && !found.allowed:
			found = finding{allowed: true, delegated: true,
				why: st.name() + " of " + p.name + " leaves it to the account " + q.caller.account.id}
		}
	}
	return found
}

// bounded limits a finding on the caller's policies by the permissions
// boundary. A boundary grants nothing; an action outside it is not allowed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (c caller) bounded(q question, found finding) finding {
	p := c.boundary()
	if p == nil || found.denied {
		return found
	}
	within := finding{why: "the permissions boundary " + p.name + " does not allow " + q.action, beyond: true}
	for _, st := range p.doc.statements {
		switch {
		case !st.covers(q, p.doc.modern):
		case !st.allow:
			return finding{denied: true, why: st.name() + " of the permissions boundary " + p.name + " denies it"}
		default:
			within.beyond = false
		}
	}
	if within.beyond {
		return within
	}
	return found
}
