package awsaccess

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxReply is the largest answer that is read, in bytes. The largest real one
// is a page of 1,000 roles with their trust policies. Each policy has up to
// 2,048 characters, or 4,096 with a raised quota, and is three times as long in
// URL encoding.
const maxReply = 16 << 20

// roots are the XML root elements of S3's answers; "" means an empty body.
// IAM's are named after the operation.
var roots = map[string]string{
	"PutBucketPolicy":            "",
	"DeleteBucketPolicy":         "",
	"GetBucketEncryption":        "ServerSideEncryptionConfiguration",
	"GetBucketOwnershipControls": "OwnershipControls",
}

// errBadReply is a success that does not come from AWS: a proxy's page, or half
// an answer.
var errBadReply = errors.New("the answer is not one that AWS gives to this call")

// confirmed accepts a success only if the answer has the form that AWS
// documents. The SDK ignores the answer to a write, and reads an answer without
// XML as an empty list. So a proxy's page would pass for a completed write or
// for an absent membership.
func confirmed(root string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("ConfirmReply", func(
			ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
		) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleDeserialize(ctx, in)
			r, ok := out.RawResponse.(*smithyhttp.Response)
			if err != nil || !ok || r.StatusCode < 200 || r.StatusCode > 299 {
				return out, meta, err
			}
			body, err := io.ReadAll(io.LimitReader(r.Body, maxReply))
			r.Body.Close()
			r.Body = io.NopCloser(bytes.NewReader(body))
			if err == nil {
				err = checkReply(body, root)
			}
			return out, meta, err
		}), middleware.After)
	}
}

func checkReply(body []byte, root string) error {
	if root == "" {
		if len(bytes.TrimSpace(body)) > 0 {
			return errBadReply
		}
		return nil
	}
	var reply struct{ XMLName xml.Name }
	if err := xml.Unmarshal(body, &reply); err != nil {
		return fmt.Errorf("%w: %w", errBadReply, err)
	}
	if reply.XMLName.Local != root {
		return errBadReply
	}
	return nil
}
