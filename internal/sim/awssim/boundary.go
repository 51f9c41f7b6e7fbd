package awssim

import "strings"

// Boundary makes a managed policy of the account the permissions boundary of a
// user, or of a role, called "role/NAME". An empty ARN takes the boundary away.
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

// boundaryXML is in the answers of GetUser and GetRole, and in no list.
type boundaryXML struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

func boundaryOf(p *managedPolicy) *boundaryXML {
	if p == nil {
		return nil
	}
	return &boundaryXML{"Policy", p.arn()}
}

// boundary is the permissions boundary of a user or role.
func (c caller) boundary() *managedPolicy {
	switch {
	case c.user != nil:
		return c.user.boundary
	case c.role != nil:
		return c.role.boundary
	}
	return nil
}

// bounded is what a caller's policies say once the boundary has been heard: it
// allows nothing, and what it does not allow is not allowed.
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
