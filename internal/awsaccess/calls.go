package awsaccess

import "s3share/internal/grant"

// Calls returns the actions that the role of each half needs, and no more: the
// roles that setup makes are held against it. Without an action the calls that
// need it are refused and nothing else is.
//
// ListUsers and ListRoles are for the request form alone, which offers what they
// return; they can be left out. Without GetAccountSummary, 10 is taken for the most
// groups of a user, and that a role has as many policies as it may shows at the
// attaching.
//
// Without GetBucketAcl, GetBucketRequestPayment or GetBucketAbac a card says what
// could not be read.
//
// GetCallerIdentity needs no permission. The grantee role's are to be narrowed
// to the group /s3share/s3share and, for attaching and detaching, by
// iam:PolicyARN to the policy s3share/s3share.
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
