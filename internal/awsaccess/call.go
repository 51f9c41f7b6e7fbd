package awsaccess

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"s3share/internal/alarm"
)

// A kind of call determines its retries and the meaning of its failure.
type kind bool

const (
	read  kind = false
	write kind = true
)

// absences are codes of a normal answer: the requested configuration is absent.
var absences = []string{noPolicy, noEncryption, noOwnership}

const (
	noPolicy     = "NoSuchBucketPolicy"
	noEncryption = "ServerSideEncryptionConfigurationNotFoundError"
	noOwnership  = "OwnershipControlsNotFoundError"
)

// do makes one call of an account with the credentials and the time limit, and
// classifies its error.
func do[T any](
	ctx context.Context, c *Client, a *account, op string, k kind, f func(context.Context) (T, error),
) (T, error) {
	out, err := once(ctx, c, a, op, k, f)
	if err == nil {
		return out, nil
	}
	if strings.HasPrefix(err.Code, "ExpiredToken") {
		// The session ended early, for example because it was revoked. The next
		// call assumes the role again; a read is repeated now.
		a.creds.Invalidate()
		if k == read {
			out, err = once(ctx, c, a, op, k, f)
		}
	}
	if err == nil {
		return out, nil
	}
	level := slog.LevelWarn
	if err.Class == Gone || slices.Contains(absences, err.Code) || alarm.IsLogged(err) {
		level = slog.LevelDebug
	}
	c.log.Log(ctx, level, "aws call failed", "op", err.Op, "account", err.Account, "class", string(err.Class),
		"code", err.Code, "request", err.RequestID)
	return out, err
}

func once[T any](
	ctx context.Context, c *Client, a *account, op string, k kind, f func(context.Context) (T, error),
) (T, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var none T
	if err := a.ready(ctx); err != nil {
		if err.Code == "NoAnswer" && !alarm.IsLogged(err.Err) {
			err.Err = c.unreached.Failed(ctx, err.Err)
		}
		return none, err
	}
	// A connection is obtained just before the first byte is written. Without
	// one nothing can have reached AWS. With one, everything is possible.
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	out, err := f(traced)
	if sent.Load() {
		c.unreached.Works(ctx)
	}
	if err == nil {
		return out, nil
	}
	if assume := assuming(err); assume != nil {
		return none, a.noCredentials("AssumeRole", assume)
	}
	e := newError(op, a.label(), err)
	if e.Err != nil && !sent.Load() {
		e.Code, e.Err = "NotSent", c.unreached.Failed(ctx, e.Err)
	}
	if k == write {
		e.Class = sortWrite(e, err, sent.Load())
	} else {
		e.Class = sortRead(e, err)
	}
	return none, e
}

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
