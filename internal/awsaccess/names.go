package awsaccess

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// mostOfAPage is how many users or roles IAM returns at once, if it is asked to:
// 100 otherwise.
const mostOfAPage = 1000

// Names lists the ARNs of an account's users and roles, for people to choose
// from. With an error it returns what was read until then. Nothing is decided by
// it: a role that may not list them still grants.
func (c *Client) Names(ctx context.Context, accountID string) ([]string, error) {
	users, errUsers := c.Users(ctx, accountID)
	roles, errRoles := c.Roles(ctx, accountID)
	if errUsers != nil {
		return append(users, roles...), errUsers
	}
	return append(users, roles...), errRoles
}

// Users lists the ARNs of an account's users, with an error those read until then.
func (c *Client) Users(ctx context.Context, accountID string) (arns []string, err error) {
	err = c.pages(ctx, accountID, "ListUsers", func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
		out, err := api.ListUsers(ctx, &iam.ListUsersInput{Marker: marker, MaxItems: aws.Int32(mostOfAPage)}, opts)
		if err != nil {
			return false, nil, err
		}
		for _, u := range out.Users {
			arns = append(arns, aws.ToString(u.Arn))
		}
		return out.IsTruncated, out.Marker, nil
	})
	return arns, err
}

// Roles lists the ARNs of an account's roles, with an error those read until then.
func (c *Client) Roles(ctx context.Context, accountID string) (arns []string, err error) {
	err = c.pages(ctx, accountID, "ListRoles", func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
		out, err := api.ListRoles(ctx, &iam.ListRolesInput{Marker: marker, MaxItems: aws.Int32(mostOfAPage)}, opts)
		if err != nil {
			return false, nil, err
		}
		for _, r := range out.Roles {
			arns = append(arns, aws.ToString(r.Arn))
		}
		return out.IsTruncated, out.Marker, nil
	})
	return arns, err
}
