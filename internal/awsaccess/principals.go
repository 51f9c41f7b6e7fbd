package awsaccess

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"s3share/internal/grant"
)

// Names of the group and the managed policy that setup creates in a grantee
// account.
const (
	groupName  = "s3share"
	groupPath  = "group/s3share/s3share"
	policyPath = "policy/s3share/s3share"
)

// PartKey returns the part of a principal's grantee half in AWS: a user's
// membership of the account's group, or a role's attachment of the account's
// managed policy. The key is the ARN of that group or policy.
func PartKey(p grant.Principal) (kind grant.PartKind, key string) {
	partition := "aws"
	if arn := strings.SplitN(p.ARN, ":", 3); len(arn) == 3 && arn[1] != "" {
		partition = arn[1]
	}
	in := "arn:" + partition + ":iam::" + p.AccountID + ":"
	if p.Kind == grant.KindRole {
		return grant.Attachment, in + policyPath
	}
	return grant.Membership, in + groupPath
}

// Principal returns IAM's ARN and unique id of the user or role with p's name
// in p's account. The ARN has the path in IAM, whatever p's path is.
func (c *Client) Principal(ctx context.Context, p grant.Principal) (arn, uniqueID string, err error) {
	op := "GetUser"
	if p.Kind == grant.KindRole {
		op = "GetRole"
	}
	id, err := onIAM(ctx, c, p.AccountID, op, read,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (identity, error) {
			if p.Kind == grant.KindRole {
				out, err := api.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(p.Name)}, opts)
				if err != nil || out.Role == nil {
					return identity{}, err
				}
				return identity{aws.ToString(out.Role.Arn), aws.ToString(out.Role.RoleId)}, nil
			}
			out, err := api.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(p.Name)}, opts)
			if err != nil || out.User == nil {
				return identity{}, err
			}
			return identity{aws.ToString(out.User.Arn), aws.ToString(out.User.UserId)}, nil
		})
	if err != nil {
		return "", "", err
	}
	if id.arn == "" || id.unique == "" {
		return "", "", c.badReply(op, p.AccountID, "there is no ARN or no unique id in what came back")
	}
	return id.arn, id.unique, nil
}

type identity struct{ arn, unique string }

// Join gives p the grantee half: the membership or attachment of [PartKey]. It
// succeeds if p has it already, and is sent once, without retries. [RecordAbsent] may
// also mean that the group or the policy is missing; call [Client.Principal] to
// find out.
func (c *Client) Join(ctx context.Context, p grant.Principal) error {
	if p.Kind == grant.KindRole {
		_, policy := PartKey(p)
		_, err := onIAM(ctx, c, p.AccountID, "AttachRolePolicy", write,
			func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (*iam.AttachRolePolicyOutput, error) {
				return api.AttachRolePolicy(ctx,
					&iam.AttachRolePolicyInput{RoleName: aws.String(p.Name), PolicyArn: aws.String(policy)}, opts)
			})
		return err
	}
	_, err := onIAM(ctx, c, p.AccountID, "AddUserToGroup", write,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (*iam.AddUserToGroupOutput, error) {
			return api.AddUserToGroup(ctx,
				&iam.AddUserToGroupInput{UserName: aws.String(p.Name), GroupName: aws.String(groupName)}, opts)
		})
	return err
}

// Leave removes the grantee half from p. It succeeds if p does not have it or
// does not exist. A renamed user keeps the membership under the new name, so
// only a read-back proves the removal. It is sent once, without retries.
func (c *Client) Leave(ctx context.Context, p grant.Principal) error {
	var err error
	if p.Kind == grant.KindRole {
		_, policy := PartKey(p)
		_, err = onIAM(ctx, c, p.AccountID, "DetachRolePolicy", write,
			func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (*iam.DetachRolePolicyOutput, error) {
				return api.DetachRolePolicy(ctx,
					&iam.DetachRolePolicyInput{RoleName: aws.String(p.Name), PolicyArn: aws.String(policy)}, opts)
			})
	} else {
		_, err = onIAM(ctx, c, p.AccountID, "RemoveUserFromGroup", write,
			func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (*iam.RemoveUserFromGroupOutput, error) {
				return api.RemoveUserFromGroup(ctx,
					&iam.RemoveUserFromGroupInput{UserName: aws.String(p.Name), GroupName: aws.String(groupName)}, opts)
			})
	}
	if ClassOf(err) == Gone {
		return nil
	}
	return err
}

// onIAM makes one IAM call in an account.
func onIAM[T any](
	ctx context.Context, c *Client, accountID, op string, k kind,
	f func(context.Context, *iam.Client, func(*iam.Options)) (T, error),
) (T, error) {
	a, err := c.account(op, accountID)
	if err != nil {
		var none T
		return none, err
	}
	return do(ctx, c, a, op, k, func(ctx context.Context) (T, error) {
		return f(ctx, a.iam, func(o *iam.Options) {
			o.APIOptions = append(o.APIOptions, confirmed(op+"Response"))
			if k == write {
				o.Retryer = aws.NopRetryer{}
			}
		})
	})
}

// badReply is the error of a read with an unusable answer.
func (c *Client) badReply(op, accountID, message string) *Error {
	return &Error{Class: Retry, Op: op, Account: c.accounts[accountID].label(), Code: "BadReply", Message: message}
}

// Self returns the ARN of the user or role that the bot runs as. With these
// credentials it assumes the roles of all accounts. For a session it is the
// role's ARN. Self asks STS once, through the account's client, because the
// identity of a process does not change.
func (c *Client) Self(ctx context.Context, accountID string) (arn string, err error) {
	const op = "GetCallerIdentity"
	if known := c.self.Load(); known != nil {
		return *known, nil
	}
	a, err := c.account(op, accountID)
	if err != nil {
		return "", err
	}
	arn, err = do(ctx, c, a, op, read, func(ctx context.Context) (string, error) {
		out, err := a.sts.GetCallerIdentity(ctx, nil)
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Arn), nil
	})
	if err != nil {
		return "", err
	}
	if arn == "" {
		return "", c.badReply(op, accountID, "there is no ARN in what came back")
	}
	arn = behind(arn)
	c.self.Store(&arn)
	return arn, nil
}

// behind returns the role's ARN for a session's ARN, without the path, which a
// session lacks. Every other ARN is returned unchanged.
func behind(arn string) string {
	start, session, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return arn
	}
	role, _, _ := strings.Cut(session, "/")
	return strings.Replace(start, ":sts:", ":iam:", 1) + ":role/" + role
}

// Boundary returns the ARN of p's permissions boundary; "" if it has none.
func (c *Client) Boundary(ctx context.Context, p grant.Principal) (arn string, err error) {
	op := "GetUser"
	if p.Kind == grant.KindRole {
		op = "GetRole"
	}
	return onIAM(ctx, c, p.AccountID, op, read,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (string, error) {
			if p.Kind == grant.KindRole {
				out, err := api.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(p.Name)}, opts)
				if err != nil || out.Role == nil || out.Role.PermissionsBoundary == nil {
					return "", err
				}
				return aws.ToString(out.Role.PermissionsBoundary.PermissionsBoundaryArn), nil
			}
			out, err := api.GetUser(ctx, &iam.GetUserInput{UserName: aws.String(p.Name)}, opts)
			if err != nil || out.User == nil || out.User.PermissionsBoundary == nil {
				return "", err
			}
			return aws.ToString(out.User.PermissionsBoundary.PermissionsBoundaryArn), nil
		})
}
