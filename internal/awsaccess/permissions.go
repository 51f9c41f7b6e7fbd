package awsaccess

import "s3share/internal/grant"

// Calls returns the exact list of actions that the role of each half needs. A
// test compares the roles of the setup templates with it. Without one of the
// actions, only the calls that need it fail.
//
// ListUsers and ListRoles only fill the choices of the request form, and may be
// left out. Without GetAccountSummary the bot assumes at most 10 groups per
// user; that a role has its maximum of policies shows only when attaching.
// Without GetBucketAcl, GetBucketRequestPayment or GetBucketAbac, the card says
// that this was not read.
//
// GetCallerIdentity needs no permission. The grantee role should be limited to
// the group /s3share/s3share and, for attaching and detaching, by iam:PolicyARN
// to the policy s3share/s3share.
func Calls() map[string][]string {
	return map[string][]string{
		string(grant.OwnerHalf): {
			"s3:GetBucketPolicy",
			"s3:PutBucketPolicy",
			"s3:DeleteBucketPolicy",
			"s3:GetEncryptionConfiguration",
			"s3:GetBucketOwnershipControls",
			"s3:GetBucketAcl",
			"s3:GetBucketRequestPayment",
			"s3:GetBucketAbac",
		},
		string(grant.GranteeHalf): {
			"iam:ListUsers",
			"iam:ListRoles",
			"iam:GetUser",
			"iam:GetRole",
			"iam:ListGroupsForUser",
			"iam:ListAttachedRolePolicies",
			"iam:GetAccountSummary",
			"iam:GetGroup",
			"iam:AddUserToGroup",
			"iam:RemoveUserFromGroup",
			"iam:AttachRolePolicy",
			"iam:DetachRolePolicy",
		},
	}
}
