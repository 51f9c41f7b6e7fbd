package awssim

import "strings"

// Boundary sets the permissions boundary of a user, or of a role given as
// "role/NAME", to a managed policy of the account. An empty ARN removes the
// boundary.
func (a *Account) Boundary(name, policyARN string) {
	defer a.lock()()
	var boundary *managedPolicy
	if policyARN != "" {
		boundary = a.mustManaged(policyARN)
	}
	if roleName, isRole := strings.CutPrefix(name, "role/"); isRole {
		must(a.roles, "role", roleName).boundary = boundary
		return
	}
	must(a.users, "user", name).boundary = boundary
}

// boundaryXML is part of the answers of GetUser and GetRole, but of no list.
type boundaryXML struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

func boundaryOf(p *managedPolicy) *boundaryXML {
	if p == nil {
		return nil
	}
	return &boundaryXML{"Policy", p.arn()}
}

// boundary returns the permissions boundary of a user or role, or nil.
func (c caller) boundary() *managedPolicy {
	switch {
	case c.user != nil:
		return c.user.boundary
	case c.role != nil:
		return c.role.boundary
	}
	return nil
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
