package awssim

import (
	"slices"
	"strings"
)

type xmlRole struct {
	Path, RoleName, RoleId, Arn, CreateDate, AssumeRolePolicyDocument string
	MaxSessionDuration                                                int
	PermissionsBoundary                                               *boundaryXML `xml:",omitempty"` // in GetRole only
}

func (i *iamService) roleXML(r *role) xmlRole {
	return xmlRole{r.path, r.name, r.id, r.arn(), iamDate(r.created),
		encodeDocument(i.render(&r.trust)), int(maxSession.Seconds()), nil}
}

func (i *iamService) getRole(q *request) (any, *apiError) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	x := i.roleXML(r)
	x.PermissionsBoundary = boundaryOf(r.boundary)
	return struct{ Role xmlRole }{x}, nil
}

func (i *iamService) listRoles(q *request) (any, *apiError) {
	roles, prefix := q.caller.account.roles, q.params.Get("PathPrefix")
	names := named(roles, func(r *role) string { return r.name },
		func(r *role) bool { return strings.HasPrefix(r.path, prefix) })
	names, end, err := i.iamPage(names, q)
	var result struct {
		Roles []xmlRole `xml:"Roles>member"`
		pageEnd
	}
	for _, name := range names {
		result.Roles = append(result.Roles, i.roleXML(roles[lower(name)]))
	}
	result.pageEnd = end
	return result, err
}

// attachRolePolicy succeeds for an attached policy too.
func (i *iamService) attachRolePolicy(q *request) (any, *apiError) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	arn := q.params.Get("PolicyArn")
	p := q.caller.account.managed(arn)
	attached := r.attached.newest()
	switch {
	case r.protected():
		return nil, r.unmodifiable()
	case p == nil:
		return nil, noSuch("Policy %s does not exist or is not attachable.", arn)
	case slices.Contains(attached, p):
		return nil, nil
	case len(attached) >= policiesPerRole:
		return nil, conflict("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d", policiesPerRole)
	}
	r.attached.write(with(attached, p), q.now, i.cfg.Settle)
	return nil, nil
}

func (i *iamService) detachRolePolicy(q *request) (any, *apiError) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	arn := q.params.Get("PolicyArn")
	p := q.caller.account.managed(arn)
	switch {
	case r.protected():
		return nil, r.unmodifiable()
	case p == nil || !slices.Contains(r.attached.newest(), p):
		return nil, noSuch("Policy %s was not found.", arn)
	}
	r.attached.write(without(r.attached.newest(), p), q.now, i.cfg.Settle)
	return nil, nil
}

// protected reports whether the role belongs to an AWS service or was created
// by Identity Center for a permission set.
func (r *role) protected() bool {
	return strings.HasPrefix(r.path, "/aws-service-role/") || strings.HasPrefix(r.path, "/aws-reserved/")
}

func (r *role) unmodifiable() *apiError {
	return &apiError{status: 400, code: "UnmodifiableEntity",
		message: "Cannot perform the operation on the protected role '" +
			r.name + "' - this role is only modifiable by AWS"}
}

type xmlAttached struct{ PolicyName, PolicyArn string }

type attachedList struct {
	Policies []xmlAttached `xml:"AttachedPolicies>member"`
	pageEnd
}

func attachedXML(list []xmlAttached, end pageEnd) attachedList { return attachedList{list, end} }

func (i *iamService) listAttachedRolePolicies(q *request) (any, *apiError) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	byName := map[string]*managedPolicy{}
	for _, p := range r.attached.seen(q.now, i.cfg.Settle) {
		if strings.HasPrefix(p.path, q.params.Get("PathPrefix")) {
			byName[p.name] = p
		}
	}
	names, end, err := i.iamPage(sortedKeys(byName), q)
	var list []xmlAttached
	for _, name := range names {
		list = append(list, xmlAttached{name, byName[name].arn()})
	}
	return attachedXML(list, end), err
}

// managed returns the policy whose ARN the request has.
func (q *request) managed() (*managedPolicy, *apiError) {
	arn := q.params.Get("PolicyArn")
	if p := q.caller.account.managed(arn); p != nil {
		return p, nil
	}
	return nil, noSuch("Policy %s was not found.", arn)
}

func (i *iamService) getPolicy(q *request) (any, *apiError) {
	p, err := q.managed()
	if err != nil {
		return nil, err
	}
	attachments := 0
	for _, r := range p.account.roles {
		if slices.Contains(r.attached.newest(), p) {
			attachments++
		}
	}
	for _, u := range p.account.users {
		if slices.Contains(u.attached, p) {
			attachments++
		}
	}
	type xmlPolicy struct {
		PolicyName, PolicyId, Arn, Path, DefaultVersionId, CreateDate, UpdateDate string
		AttachmentCount                                                           int
		IsAttachable                                                              bool
	}
	date := iamDate(p.created)
	return struct{ Policy xmlPolicy }{xmlPolicy{
		p.name, p.id, p.arn(), p.path, "v1", date, date, attachments, true,
	}}, nil
}

// getPolicyVersion has one version, v1. Replacing the text replaces that
// version.
func (i *iamService) getPolicyVersion(q *request) (any, *apiError) {
	p, err := q.managed()
	if err != nil {
		return nil, err
	}
	if v := q.params.Get("VersionId"); v != "v1" {
		return nil, noSuch("Policy %s version %s does not exist or is not attachable.", p.arn(), v)
	}
	type xmlVersion struct {
		Document, VersionId, CreateDate string
		IsDefaultVersion                bool
	}
	return struct{ PolicyVersion xmlVersion }{xmlVersion{
		encodeDocument(p.text), "v1", iamDate(p.created), true,
	}}, nil
}
