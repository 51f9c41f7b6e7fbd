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

// maxReply bounds what is read of the answer to a write: AWS sends less than 1 KB.
const maxReply = 64 << 10

// errBadReply is a success that is not AWS's: a proxy's page, or half an answer.
var errBadReply = errors.New("the answer is not one that AWS gives to this call")

// confirmed makes a write believe in success only when the answer is the one
// that AWS gives. The SDK throws the body of these answers away unread, so that
// a page of some proxy would pass for success. root is the XML element that is
// expected; "" for no body at all.
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
