package awssim

import "strings"

const iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"

// iamService is IAM.
type iamService struct {
	*core
	access *access
}

// serve authorises and serves a call.
func (i *iamService) serve(q *request) (reply, *apiError) {
	op := iamOps[q.op]
	if err := checkParams(q, op.needs); err != nil {
		return reply{}, err
	}
	q.resource = op.on(q)
	ctx := values{}
	if arn := q.params.Get("PolicyArn"); arn != "" && strings.HasSuffix(q.op, "RolePolicy") {
		ctx["iam:policyarn"] = []string{arn}
	}
	ask := i.access.ask(q.caller, "iam:"+q.op, q.resource, q.caller.account, q.now, ctx)
	if d := i.access.decide(ask, q.caller.account, finding{}, q.now); !d.Allowed {
		return reply{}, d.denial(ask, q.resource, true)
	}
	result, err := op.do(i, q)
	if err != nil {
		return reply{}, err
	}
	return queryReply(q.op, iamNamespace, q.id, result), nil
}

// An iamOp is one operation of IAM: the ARN it needs permission for, its
// implementation, and its required and optional parameters. Its action has the
// operation's name.
type iamOp struct {
	on    func(*request) string
	do    func(*iamService, *request) (any, *apiError)
	needs string
	takes string
}

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
