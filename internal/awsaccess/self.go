package awsaccess

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

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
