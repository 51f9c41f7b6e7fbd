package awsaccess

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"s3share/internal/grant"
)

// Membership is the state of a principal's grantee half.
type Membership struct {
	Member bool // it has the group or the policy of [PartKey]
	Others int  // number of other groups or attached policies; AWS limits the sum
}

// Joined reads all groups of a user, or all policies attached to a role.
func (c *Client) Joined(ctx context.Context, p grant.Principal) (Membership, error) {
	op := "ListGroupsForUser"
	if p.Kind == grant.KindRole {
		op = "ListAttachedRolePolicies"
	}
	_, key := PartKey(p)
	var s Membership
	err := c.pages(ctx, p.AccountID, op,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
			var arns []*string
			var more bool
			var next *string
			if p.Kind == grant.KindRole {
				out, err := api.ListAttachedRolePolicies(ctx,
					&iam.ListAttachedRolePoliciesInput{RoleName: aws.String(p.Name), Marker: marker}, opts)
				if err != nil {
					return false, nil, err
				}
				for _, policy := range out.AttachedPolicies {
					arns = append(arns, policy.PolicyArn)
				}
				more, next = out.IsTruncated, out.Marker
			} else {
				out, err := api.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: aws.String(p.Name), Marker: marker},
					opts)
				if err != nil {
					return false, nil, err
				}
				for _, group := range out.Groups {
					arns = append(arns, group.Arn)
				}
				more, next = out.IsTruncated, out.Marker
			}
			for _, arn := range arns {
				if aws.ToString(arn) == key {
					s.Member = true
				} else {
					s.Others++
				}
			}
			return more, next, nil
		})
	if err != nil {
		return Membership{}, err
	}
	return s, nil
}

// MembershipLimit returns IAM's limit of groups per user, or of attached policies per
// role, in p's account. AWS raises the latter on request.
func (c *Client) MembershipLimit(ctx context.Context, p grant.Principal) (int, error) {
	const op = "GetAccountSummary"
	key := string(types.SummaryKeyTypeGroupsPerUserQuota)
	if p.Kind == grant.KindRole {
		key = string(types.SummaryKeyTypeAttachedPoliciesPerRoleQuota)
	}
	most, err := onIAM(ctx, c, p.AccountID, op, read,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (int, error) {
			out, err := api.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}, opts)
			if err != nil {
				return 0, err
			}
			return int(out.SummaryMap[key]), nil
		})
	if err == nil && most <= 0 {
		return 0, c.badReply(op, p.AccountID, "there is no "+key+" in what came back")
	}
	return most, err
}

// A Member is a user in an account's group.
type Member struct {
	ARN      string
	UniqueID string
	Name     string
}

// Members returns all users in an account's group. If the group does not exist
// the error is [Denied] instead of [RecordAbsent], because setup may create it later.
func (c *Client) Members(ctx context.Context, accountID string) ([]Member, error) {
	const op = "GetGroup"
	var members []Member
	var found string
	err := c.pages(ctx, accountID, op,
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
			out, err := api.GetGroup(ctx, &iam.GetGroupInput{GroupName: aws.String(groupName), Marker: marker}, opts)
			if err != nil {
				return false, nil, err
			}
			if out.Group != nil {
				found = aws.ToString(out.Group.Arn)
			}
			for _, u := range out.Users {
				members = append(members, Member{aws.ToString(u.Arn), aws.ToString(u.UserId), aws.ToString(u.UserName)})
			}
			return out.IsTruncated, out.Marker, nil
		})
	if e, ok := err.(*Error); ok && e.Class == Gone {
		e.Class = Denied
	}
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(found, ":"+groupPath) {
		// IAM's names are unique without their paths, so this is a different
		// group.
		return nil, &Error{Class: Denied, Op: op, Account: c.accounts[accountID].label(), Code: "WrongGroup",
			Message: "the group called " + groupName + " is not " + groupPath + " but " + redact(found)}
	}
	return members, nil
}

// pages makes the calls that read a whole list, each with its own time limit. A
// partial list is an error: otherwise the missing members would count as
// removed.
func (c *Client) pages(
	ctx context.Context, accountID, op string,
	page func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (
		more bool, next *string, err error),
) error {
	type position struct {
		more bool
		next *string
	}
	var at position
	for {
		before := at.next
		var err error
		at, err = onIAM(ctx, c, accountID, op, read,
			func(ctx context.Context, api *iam.Client, opts func(*iam.Options)) (position, error) {
				more, next, err := page(ctx, api, opts, before)
				return position{more, next}, err
			})
		switch {
		case err != nil:
			return err
		case !at.more:
			return nil
		case aws.ToString(at.next) == "" || aws.ToString(at.next) == aws.ToString(before):
			return c.badReply(op, accountID, "the list has more pages and does not say where")
		}
	}
}
