package awsaccess

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"s3share/internal/grant"
)

func onceIAM(o *iam.Options) { o.RetryMaxAttempts = 1 }

// The names that setup gives to the group and the managed policy.
const (
	groupName = "s3share"
	path      = "/s3share/"
)

// PartKey returns what the grantee half of a principal is in AWS.
func PartKey(p grant.Principal) (grant.PartKind, string) {
	partition := partitionOf(p.ARN)
	if p.Kind == grant.KindRole {
		return grant.Attachment, "arn:" + partition + ":iam::" + p.AccountID + ":policy" + path + groupName
	}
	return grant.Membership, "arn:" + partition + ":iam::" + p.AccountID + ":group" + path + groupName
}

func partitionOf(arn string) string {
	for i := len("arn:"); i < len(arn); i++ {
		if arn[i] == ':' {
			return arn[len("arn:"):i]
		}
	}
	return "aws"
}

// Principal returns the ARN and the unique id of a user or role as AWS has them.
func (c *Client) Principal(ctx context.Context, p grant.Principal) (arn, uniqueID string, err error) {
	if p.Kind == grant.KindRole {
		err = c.in(ctx, p.AccountID, "GetRole", false, func(ctx context.Context, a *account) error {
			out, err := a.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &p.Name})
			if err == nil {
				arn, uniqueID = aws.ToString(out.Role.Arn), aws.ToString(out.Role.RoleId)
			}
			return err
		})
		return arn, uniqueID, err
	}
	err = c.in(ctx, p.AccountID, "GetUser", false, func(ctx context.Context, a *account) error {
		out, err := a.iam.GetUser(ctx, &iam.GetUserInput{UserName: &p.Name})
		if err == nil {
			arn, uniqueID = aws.ToString(out.User.Arn), aws.ToString(out.User.UserId)
		}
		return err
	})
	return arn, uniqueID, err
}

// Standing is whether a principal has the grantee half, and how many groups or
// policies it has in all.
type Standing struct {
	Joined bool
	Others int
}

// Joined reads the groups of a user, or the policies attached to a role.
func (c *Client) Joined(ctx context.Context, p grant.Principal) (s Standing, err error) {
	_, key := PartKey(p)
	if p.Kind == grant.KindRole {
		err = c.in(ctx, p.AccountID, "ListAttachedRolePolicies", false, func(ctx context.Context, a *account) error {
			s = Standing{}
			pages := iam.NewListAttachedRolePoliciesPaginator(a.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &p.Name})
			for pages.HasMorePages() {
				out, err := pages.NextPage(ctx)
				if err != nil {
					return err
				}
				for _, policy := range out.AttachedPolicies {
					s.Others++
					s.Joined = s.Joined || aws.ToString(policy.PolicyArn) == key
				}
			}
			return nil
		})
		return s, err
	}
	err = c.in(ctx, p.AccountID, "ListGroupsForUser", false, func(ctx context.Context, a *account) error {
		s = Standing{}
		pages := iam.NewListGroupsForUserPaginator(a.iam, &iam.ListGroupsForUserInput{UserName: &p.Name})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, group := range out.Groups {
				s.Others++
				s.Joined = s.Joined || aws.ToString(group.Arn) == key
			}
		}
		return nil
	})
	return s, err
}

// Join makes a user a member of the group, or attaches the policy to a role. It
// is sent once.
func (c *Client) Join(ctx context.Context, p grant.Principal) error {
	if p.Kind == grant.KindRole {
		_, key := PartKey(p)
		return c.in(ctx, p.AccountID, "AttachRolePolicy", true, func(ctx context.Context, a *account) error {
			_, err := a.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &p.Name, PolicyArn: &key}, onceIAM)
			return err
		})
	}
	return c.in(ctx, p.AccountID, "AddUserToGroup", true, func(ctx context.Context, a *account) error {
		_, err := a.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: &p.Name, GroupName: aws.String(groupName)}, onceIAM)
		return err
	})
}

// Leave undoes Join. What is gone already is gone. It is sent once.
func (c *Client) Leave(ctx context.Context, p grant.Principal) error {
	var err error
	if p.Kind == grant.KindRole {
		_, key := PartKey(p)
		err = c.in(ctx, p.AccountID, "DetachRolePolicy", true, func(ctx context.Context, a *account) error {
			_, err := a.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &p.Name, PolicyArn: &key}, onceIAM)
			return err
		})
	} else {
		err = c.in(ctx, p.AccountID, "RemoveUserFromGroup", true, func(ctx context.Context, a *account) error {
			_, err := a.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{UserName: &p.Name, GroupName: aws.String(groupName)}, onceIAM)
			return err
		})
	}
	if ClassOf(err) == Gone {
		return nil
	}
	return err
}

// A Member is a user in the account's group.
type Member struct{ ARN, UniqueID, Name string }

// Members returns everybody in the account's group.
func (c *Client) Members(ctx context.Context, accountID string) (members []Member, err error) {
	err = c.in(ctx, accountID, "GetGroup", false, func(ctx context.Context, a *account) error {
		members = nil
		pages := iam.NewGetGroupPaginator(a.iam, &iam.GetGroupInput{GroupName: aws.String(groupName)})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, u := range out.Users {
				members = append(members, Member{ARN: aws.ToString(u.Arn), UniqueID: aws.ToString(u.UserId), Name: aws.ToString(u.UserName)})
			}
		}
		return nil
	})
	return members, err
}

// Calls returns the IAM actions that the bot's roles need, and no more: in an
// owner account, and in a grantee account.
func Calls() map[string][]string {
	return map[string][]string{
		"owner": {"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetEncryptionConfiguration", "s3:GetBucketOwnershipControls"},
		"grantee": {"iam:GetUser", "iam:GetRole", "iam:ListGroupsForUser", "iam:ListAttachedRolePolicies", "iam:GetGroup",
			"iam:AddUserToGroup", "iam:RemoveUserFromGroup", "iam:AttachRolePolicy", "iam:DetachRolePolicy"},
	}
}
