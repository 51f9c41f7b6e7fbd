package awsaccess

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// mostOfAPage is the largest page of users or roles that IAM returns on demand;
// its default is 100.
const mostOfAPage = 1000

// Names returns the ARNs of an account's users and roles, for people to choose
// from. On an error it also returns the ARNs read so far. No decision depends
// on it: grants work without this permission.
func (c *Client) Names(ctx context.Context, accountID string) ([]string, error) {
	users, errUsers := c.Users(ctx, accountID)
	roles, errRoles := c.Roles(ctx, accountID)
	if errUsers != nil {
		return append(users, roles...), errUsers
	}
	return append(users, roles...), errRoles
}

// Users returns the ARNs of an account's users; on an error, those read so far.
func (c *Client) Users(ctx context.Context, accountID string) (arns []string, err error) {
	err = c.pages(ctx, accountID, "ListUsers",
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
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

// Roles returns the ARNs of an account's roles; on an error, those read so far.
func (c *Client) Roles(ctx context.Context, accountID string) (arns []string, err error) {
	err = c.pages(ctx, accountID, "ListRoles",
		func(ctx context.Context, api *iam.Client, opts func(*iam.Options), marker *string) (bool, *string, error) {
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
