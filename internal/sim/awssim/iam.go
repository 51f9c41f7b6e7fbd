package awssim

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

const iamTime = "2006-01-02T15:04:05Z"

// The IAM quotas that are enforced here, by their names in GetAccountSummary.
const (
	groupsPerUser      = 10
	policiesPerRole    = 10
	groupsPerAccount   = 300
	groupPolicySize    = 5120 // characters, not counting white space
	userPolicySize     = 2048
	rolePolicySize     = 10240
	managedPolicySize  = 6144
	managedVersions    = 5
	accessKeysPerUser  = 2
	usersPerAccount    = 5000
	rolesPerAccount    = 1000
	policiesPerAccount = 1500
)

const paging = "Marker MaxItems"

var iamOps = map[string]iamOp{
	"GetUser":                   {onUser, (*iamService).getUser, "", "UserName"},
	"ListUsers":                 {onUsers, (*iamService).listUsers, "", "PathPrefix " + paging},
	"CreateUser":                {onNewUser, (*iamService).createUser, "UserName", "Path"},
	"UpdateUser":                {onUser, (*iamService).updateUser, "UserName", "NewPath NewUserName"},
	"DeleteUser":                {onUser, (*iamService).deleteUser, "UserName", ""},
	"GetGroup":                  {onGroup, (*iamService).getGroup, "GroupName", paging},
	"ListGroupsForUser":         {onUser, (*iamService).listGroupsForUser, "UserName", paging},
	"CreateGroup":               {onNewGroup, (*iamService).createGroup, "GroupName", "Path"},
	"DeleteGroup":               {onGroup, (*iamService).deleteGroup, "GroupName", ""},
	"ListGroups":                {onGroups, (*iamService).listGroups, "", "PathPrefix " + paging},
	"AddUserToGroup":            {onGroup, (*iamService).addUserToGroup, "GroupName UserName", ""},
	"RemoveUserFromGroup":       {onGroup, (*iamService).removeUserFromGroup, "GroupName UserName", ""},
	"ListGroupPolicies":         {onGroup, (*iamService).listGroupPolicies, "GroupName", paging},
	"GetGroupPolicy":            {onGroup, (*iamService).getGroupPolicy, "GroupName PolicyName", ""},
	"PutGroupPolicy":            {onGroup, (*iamService).putGroupPolicy, "GroupName PolicyName PolicyDocument", ""},
	"DeleteGroupPolicy":         {onGroup, (*iamService).deleteGroupPolicy, "GroupName PolicyName", ""},
	"ListAttachedGroupPolicies": {onGroup, (*iamService).listAttachedGroupPolicies, "GroupName", "PathPrefix " + paging},
	"GetRole":                   {onRole, (*iamService).getRole, "RoleName", ""},
	"ListRoles":                 {onRoles, (*iamService).listRoles, "", "PathPrefix " + paging},
	"AttachRolePolicy":          {onRole, (*iamService).attachRolePolicy, "RoleName PolicyArn", ""},
	"DetachRolePolicy":          {onRole, (*iamService).detachRolePolicy, "RoleName PolicyArn", ""},
	"ListAttachedRolePolicies":  {onRole, (*iamService).listAttachedRolePolicies, "RoleName", "PathPrefix " + paging},
	"GetPolicy":                 {onPolicy, (*iamService).getPolicy, "PolicyArn", ""},
	"GetPolicyVersion":          {onPolicy, (*iamService).getPolicyVersion, "PolicyArn VersionId", ""},
	"GetAccountSummary":         {func(*request) string { return "*" }, (*iamService).getAccountSummary, "", ""},
}

// The ARN that an operation needs permission for. For a missing entity it is
// built from the given name without a path, because IAM authorises first.

func onUser(q *request) string {
	if !q.params.Has("UserName") && q.caller.user != nil {
		return q.caller.user.arn()
	}
	if u := q.users()[lower(q.params.Get("UserName"))]; u != nil {
		return u.arn()
	}
	return q.arnOf("user/" + q.params.Get("UserName"))
}

func onGroup(q *request) string {
	if g := q.caller.account.groups[lower(q.params.Get("GroupName"))]; g != nil {
		return g.arn()
	}
	return q.arnOf("group/" + q.params.Get("GroupName"))
}

func onRole(q *request) string {
	if r := q.caller.account.roles[lower(q.params.Get("RoleName"))]; r != nil {
		return r.arn()
	}
	return q.arnOf("role/" + q.params.Get("RoleName"))
}

func onNewUser(q *request) string {
	return q.arnOf("user" + pathOf(q.params) + q.params.Get("UserName"))
}

func onNewGroup(q *request) string {
	return q.arnOf("group" + pathOf(q.params) + q.params.Get("GroupName"))
}

func onGroups(q *request) string { return q.arnOf("group/") }
func onUsers(q *request) string  { return q.arnOf("user/") }
func onRoles(q *request) string  { return q.arnOf("role/") }
func onPolicy(q *request) string { return q.params.Get("PolicyArn") }

func (q *request) arnOf(resource string) string {
	return "arn:aws:iam::" + q.caller.account.id + ":" + resource
}

func (q *request) users() map[string]*user { return q.caller.account.users }

func pathOf(params url.Values) string {
	if p := params.Get("Path"); p != "" {
		return p
	}
	return "/"
}

// The entities that a request names. IAM looks names up case-sensitively.

func (q *request) user() (*user, *apiError) {
	name := q.params.Get("UserName")
	if u := q.users()[lower(name)]; u != nil && u.name == name {
		return u, nil
	}
	return nil, noSuch("The user with name %s cannot be found.", name)
}

func (q *request) group() (*group, *apiError) {
	name := q.params.Get("GroupName")
	if g := q.caller.account.groups[lower(name)]; g != nil && g.name == name {
		return g, nil
	}
	return nil, noSuch("The group with name %s cannot be found.", name)
}

func (q *request) role() (*role, *apiError) {
	name := q.params.Get("RoleName")
	if r := q.caller.account.roles[lower(name)]; r != nil && r.name == name {
		return r, nil
	}
	return nil, noSuch("The role with name %s cannot be found.", name)
}

func (i *iamService) getAccountSummary(q *request) (any, *apiError) {
	type entry struct {
		Key   string `xml:"key"`
		Value int    `xml:"value"`
	}
	a := q.caller.account
	summary := map[string]int{
		"Users": len(a.users), "Groups": len(a.groups), "Roles": len(a.roles), "Policies": len(a.policies),
		"UsersQuota": usersPerAccount, "GroupsQuota": groupsPerAccount, "RolesQuota": rolesPerAccount,
		"PoliciesQuota": policiesPerAccount, "GroupsPerUserQuota": groupsPerUser,
		"AttachedPoliciesPerRoleQuota": policiesPerRole, "AttachedPoliciesPerUserQuota": 10,
		"AttachedPoliciesPerGroupQuota": 10, "GroupPolicySizeQuota": groupPolicySize,
		"UserPolicySizeQuota": userPolicySize, "PolicySizeQuota": managedPolicySize,
		"VersionsPerPolicyQuota": managedVersions, "AccessKeysPerUserQuota": accessKeysPerUser,
	}
	var result struct {
		Entries []entry `xml:"SummaryMap>entry"`
	}
	for _, key := range sortedKeys(summary) {
		result.Entries = append(result.Entries, entry{key, summary[key]})
	}
	return result, nil
}

// named lists the names of the entities that keep accepts, in IAM's order.
func named[T any](m map[string]T, name func(T) string, keep func(T) bool) (names []string) {
	for _, v := range m {
		if keep(v) {
			names = append(names, name(v))
		}
	}
	slices.Sort(names)
	return names
}

// encodeDocument encodes a policy as IAM returns it: URL-encoded by RFC 3986.
func encodeDocument(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func iamDate(t time.Time) string { return t.UTC().Format(iamTime) }
