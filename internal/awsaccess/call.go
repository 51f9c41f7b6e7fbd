package awsaccess

import (
	"context"
	"log/slog"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
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
	if err.Class == Gone || slices.Contains(absences, err.Code) {
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
		return none, err
	}
	// A connection is obtained just before the first byte is written. Without
	// one nothing can have reached AWS. With one, everything is possible.
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	out, err := f(traced)
	if err == nil {
		return out, nil
	}
	if assume := assuming(err); assume != nil {
		return none, a.noCredentials("AssumeRole", assume)
	}
	e := newError(op, a.label(), err)
	if e.Err != nil && !sent.Load() {
		e.Code = "NotSent"
	}
	if k == write {
		e.Class = sortWrite(e, err, sent.Load())
	} else {
		e.Class = sortRead(e, err)
	}
	return none, e
}
