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

// maxReply bounds what is read of an answer. The longest is a page of 1,000 roles
// with their trust policies, each of up to 2,048 characters, or 4,096 where the
// quota was raised, three times as long in the encoding of URLs.
const maxReply = 16 << 20

// roots are the XML elements that answers of S3 consist of; "" is no body at all.
// Those of IAM are called after the operation.
var roots = map[string]string{
	"PutBucketPolicy":            "",
	"DeleteBucketPolicy":         "",
	"GetBucketEncryption":        "ServerSideEncryptionConfiguration",
	"GetBucketOwnershipControls": "OwnershipControls",
}

// errBadReply is a success that is not AWS's: a proxy's page, or half an answer.
var errBadReply = errors.New("the answer is not one that AWS gives to this call")

// confirmed makes a call believe in success only when the answer is the one that
// AWS gives. The SDK throws the answer to a write away unread, and takes one
// that is no XML for an empty list, so that a page of some proxy would pass for
// a membership that was made, or for one that is not there.
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
