package awsaccess

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Self returns the ARN of the user, or of the role behind the session, whose
// credentials the bot was started with, and with which it assumes the roles of
// all accounts. It is asked of STS near one of them, once: whom a process runs as
// does not change.
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

// behind returns the ARN of the role that a session is of, without its path,
// which a session does not tell; any other ARN as it is.
func behind(arn string) string {
	start, session, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return arn
	}
	role, _, _ := strings.Cut(session, "/")
	return strings.Replace(start, ":sts:", ":iam:", 1) + ":role/" + role
}
