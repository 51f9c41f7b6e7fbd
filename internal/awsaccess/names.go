package awsaccess

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Names lists the ARNs of an account's users and roles, for people to choose
// from. Nothing is decided by it: a role that may not list them still grants.
func (c *Client) Names(ctx context.Context, accountID string) ([]string, error) {
	users, err := c.Users(ctx, accountID)
	if err != nil {
		return nil, err
	}
	roles, err := c.Roles(ctx, accountID)
	return append(users, roles...), err
}

// Users lists the ARNs of an account's users.
func (c *Client) Users(ctx context.Context, accountID string) (arns []string, err error) {
	err = c.pages(ctx, accountID, "ListUsers", func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
		out, err := api.ListUsers(ctx, &iam.ListUsersInput{Marker: marker}, opts)
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

// Roles lists the ARNs of an account's roles.
func (c *Client) Roles(ctx context.Context, accountID string) (arns []string, err error) {
	err = c.pages(ctx, accountID, "ListRoles", func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
		out, err := api.ListRoles(ctx, &iam.ListRolesInput{Marker: marker}, opts)
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
