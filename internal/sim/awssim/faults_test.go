package awssim_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"s3share/internal/sim/awssim"
)

// state is all state of a bench that a call can change.
func (b *full) state() any {
	_, hasA := b.nonprod.Object(bucket, "a.txt")
	_, hasB := b.nonprod.Object(bucket, "b.txt")
	return []any{b.nonprod.Policy(bucket), hasA, hasB, b.build.Members("s3share"), b.build.Attached("deployer")}
}

// writes are the operations that change that state. They let the test tell a
// lost reply from a refusal.
var writes = []string{"PutBucketPolicy", "DeleteBucketPolicy", "PutObject", "DeleteObject", "AddUserToGroup",
	"RemoveUserFromGroup", "AttachRolePolicy", "DetachRolePolicy"}

// once are the operations that succeed only once, and reads whose policy
// another call has removed.
var once = []string{"CreateUser", "UpdateUser", "CreateBucket", "CreateGroup", "DetachRolePolicy", "GetObject", "HeadObject",
	"CompleteMultipartUpload", "AbortMultipartUpload", "DeleteGroup", "DeleteGroupPolicy"}

// waitFor waits until the log has n calls of op.
func (b *full) waitFor(t *testing.T, op string, n int) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); b.Count(op) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s: %d calls are in the log after a minute, want %d", op, b.Count(op), n)
		}
	}
}

// Each kind of failure for each operation: the client's error, whether the call
// acted, and the log entry.
func TestFaults(t *testing.T) {
	for op, call := range everyCall {
		b := newFull(t, awssim.Config{})
		before := b.state()

		// Refused: an error in AWS's format, no effect, one call only.
		b.Fault(op, awssim.Fault{Refuse: "Throttling", Times: 1})
		err := call(ctx, b)
		var api smithy.APIError
		switch {
		case op == "HeadBucket" || op == "HeadObject": // without a body there is no error code
			wantCode(t, op, err, "BadRequest", 400, "")
		case !errors.As(err, &api) || api.ErrorCode() != "Throttling":
			t.Errorf("%s: refused with %v", op, err)
		}
		calls := b.Calls()
		if len(calls) != 1 || calls[0].Code != "Throttling" || calls[0].Status != 400 {
			t.Errorf("%s: the log of a refusal is %+v", op, calls)
		}
		if !reflect.DeepEqual(b.state(), before) {
			t.Errorf("%s was refused and acted", op)
		}

		// Abandoned during the wait before acting: no effect.
		gone, cancel := context.WithCancel(ctx)
		b.Fault(op, awssim.Fault{Before: func(awssim.Call) { cancel() }, DelayBefore: time.Hour, Times: 1})
		if err := call(gone, b); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a client that went away got %v", op, err)
		}
		b.waitFor(t, op, 2) // the server notices the disconnect later
		if calls := b.Calls(); calls[1].Status != 0 || calls[1].Code != "" {
			t.Errorf("%s: the log of a client that went away is %+v", op, calls)
		}
		if !reflect.DeepEqual(b.state(), before) {
			t.Errorf("%s acted for a client that had gone away", op)
		}

		// The reply is lost: no answer, but the call acted.
		b.ResetCalls()
		b.Fault(op, awssim.Fault{LoseReply: true})
		if err := call(ctx, b); err == nil || errors.As(err, &api) {
			t.Errorf("%s: a lost reply came as %v", op, err)
		}
		calls = b.Calls()
		if len(calls) == 0 || calls[0].Status/100 != 2 {
			t.Errorf("%s: the log of a lost reply is %+v", op, calls)
		}
		for _, w := range writes {
			if w == op && reflect.DeepEqual(b.state(), before) {
				t.Errorf("%s lost its reply and did nothing", op)
			}
		}
		b.Heal(op)
		if slices.Contains(once, op) {
			continue
		}
		if err := call(ctx, b); err != nil {
			t.Errorf("%s, healed: %v", op, err)
		}
	}
}

// A client that gives up before a delayed reply does not learn that the call
// acted.
func TestDelayAfter(t *testing.T) {
	b := newFull(t, awssim.Config{})
	gone, cancel := context.WithCancel(ctx)
	b.Fault("AddUserToGroup", awssim.Fault{After: func(c awssim.Call) {
		if c.Status != 200 {
			t.Errorf("After saw %+v", c)
		}
		cancel()
	}, DelayAfter: time.Hour})
	if err := everyCall["AddUserToGroup"](gone, b); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := b.build.Members("s3share"); len(got) != 2 {
		t.Errorf("members %q", got)
	}
}

func TestFaultsMatchCalls(t *testing.T) {
	b := newFull(t, awssim.Config{})
	get := func(name string) error {
		_, err := b.iamAdmin.iam.GetUser(ctx, &iam.GetUserInput{UserName: &name})
		return err
	}
	role := func() error {
		_, err := b.iamAdmin.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("deployer")})
		return err
	}
	// A limited number of matching calls.
	b.Fault("GetUser", awssim.Fault{Refuse: "ServiceFailure", Times: 2, Match: func(c awssim.Call) bool { return c.Caller != "" }})
	wantCode(t, "first", get("bob"), "ServiceFailure", 500, "fault of the simulator")
	wantCode(t, "another operation", role(), "", 0, "")
	wantCode(t, "second", get("bob"), "ServiceFailure", 500, "")
	wantCode(t, "third", get("bob"), "", 0, "")
	b.Fault("GetUser", awssim.Fault{Refuse: "ServiceFailure", Match: func(c awssim.Call) bool { return c.Account == owner }})
	wantCode(t, "no match", get("bob"), "", 0, "")
	b.Heal("GetUser")

	// All operations, with a status and message of the test, each healed
	// separately.
	heal := b.Fault("*", awssim.Fault{Refuse: "Odd", Status: 418, Message: "teapot"})
	also := b.Fault("GetRole", awssim.Fault{Refuse: "Other"})
	wantCode(t, "all", get("bob"), "Odd", 418, "teapot")
	wantCode(t, "the first of two", role(), "Odd", 418, "teapot")
	heal()
	wantCode(t, "the other is left", role(), "Other", 400, "")
	also()
	wantCode(t, "healed", role(), "", 0, "")
	b.Fault("*", awssim.Fault{Refuse: "Odd"})
	b.Heal("*")
	wantCode(t, "all healed", get("bob"), "", 0, "")
}

// A hook may use the simulator, because no lock is held.
func TestHooks(t *testing.T) {
	b := newFull(t, awssim.Config{})
	b.Fault("AddUserToGroup", awssim.Fault{
		Before: func(awssim.Call) { b.build.Leave("joined", "s3share") },
		After:  func(awssim.Call) { b.build.DeleteUser("bob") },
	})
	if err := everyCall["AddUserToGroup"](ctx, b); err != nil {
		t.Fatal(err)
	}
	if got := b.build.Members("s3share"); len(got) != 0 || b.Count("AddUserToGroup") != 1 || b.Count("*") != 1 {
		t.Errorf("members %q, calls %+v", got, b.Calls())
	}
}
