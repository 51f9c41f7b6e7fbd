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
