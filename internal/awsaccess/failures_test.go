package awsaccess_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/sim/awssim"
)

// calls has one call of each method, by operation.
var calls = map[string]func(*awsaccess.Client) error{
	"GetBucketPolicy":            func(c *awsaccess.Client) error { _, err := c.BucketPolicy(ctx, bucket); return err },
	"GetBucketOwnershipControls": func(c *awsaccess.Client) error { _, err := c.Facts(ctx, bucket, true); return err },
	"GetUser":                    func(c *awsaccess.Client) error { _, _, err := c.Principal(ctx, bob); return err },
	"GetRole":                    func(c *awsaccess.Client) error { _, _, err := c.Principal(ctx, deploy); return err },
	"ListGroupsForUser":          func(c *awsaccess.Client) error { _, err := c.Joined(ctx, bob); return err },
	"ListAttachedRolePolicies":   func(c *awsaccess.Client) error { _, err := c.Joined(ctx, deploy); return err },
	"ListUsers":                  func(c *awsaccess.Client) error { _, err := c.Users(ctx, grantee); return err },
	"ListRoles":                  func(c *awsaccess.Client) error { _, err := c.Roles(ctx, grantee); return err },
	"GetCallerIdentity":          func(c *awsaccess.Client) error { _, err := c.Self(ctx, owner); return err },
	"GetAccountSummary":          func(c *awsaccess.Client) error { _, err := c.MembershipLimit(ctx, deploy); return err },
	"GetGroup":                   func(c *awsaccess.Client) error { _, err := c.Members(ctx, grantee); return err },
	"PutBucketPolicy":            func(c *awsaccess.Client) error { return c.PutBucketPolicy(ctx, bucket, some) },
	"DeleteBucketPolicy":         func(c *awsaccess.Client) error { return c.DeleteBucketPolicy(ctx, bucket) },
	"AddUserToGroup":             func(c *awsaccess.Client) error { return c.Join(ctx, bob) },
	"AttachRolePolicy":           func(c *awsaccess.Client) error { return c.Join(ctx, deploy) },
	"RemoveUserFromGroup":        func(c *awsaccess.Client) error { return c.Leave(ctx, bob) },
	"DetachRolePolicy":           func(c *awsaccess.Client) error { return c.Leave(ctx, deploy) },
}

var writes = []string{"PutBucketPolicy", "DeleteBucketPolicy", "AddUserToGroup", "AttachRolePolicy", "RemoveUserFromGroup", "DetachRolePolicy"}

func isWrite(op string) bool {
	for _, w := range writes {
		if op == w {
			return true
		}
	}
	return false
}

func TestRefusals(t *testing.T) {
	const (
		gone, limit, malformed = awsaccess.Gone, awsaccess.MembershipLimit, awsaccess.Malformed
		denied, retry, unknown = awsaccess.Denied, awsaccess.Retry, awsaccess.Unknown
	)
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	for _, test := range []struct {
		op, code string
		status   int
		message  string
		class    awsaccess.Class
	}{
		{"GetBucketPolicy", "NoSuchBucket", 404, "", gone},
		{"PutBucketPolicy", "NoSuchBucket", 404, "", gone},
		{"AddUserToGroup", "NoSuchEntity", 404, "", gone},

		{"AddUserToGroup", "LimitExceeded", 409, "Cannot exceed quota for GroupsPerUser: 10", limit},
		{"AttachRolePolicy", "LimitExceededException", 409, "", limit},
		{"PutBucketPolicy", "PolicyTooLarge", 400, "", limit},
		{"PutBucketPolicy", "MalformedPolicy", 400, "Policy exceeds the maximum allowed document size.", limit},

		{"PutBucketPolicy", "MalformedPolicy", 400, "Invalid principal in policy", malformed},
		{"PutBucketPolicy", "InvalidPolicyDocument", 400, "", malformed},
		{"AttachRolePolicy", "MalformedPolicyDocument", 400, "", malformed},

		{"GetBucketPolicy", "AccessDenied", 403, "", denied},
		{"PutBucketPolicy", "AllAccessDisabled", 403, "", denied},
		{"PutBucketPolicy", "MethodNotAllowed", 405, "", denied},
		{"AttachRolePolicy", "AccessDenied", 403, "", denied},
		{"GetUser", "UnauthorizedAccess", 403, "", denied},
		{"GetUser", "SomethingNew", 403, "", denied},
		{"AddUserToGroup", "InvalidClientTokenId", 403, "", denied},

		{"GetBucketPolicy", "SlowDown", 503, "", retry},
		{"PutBucketPolicy", "SlowDown", 503, "", retry},
		{"DeleteBucketPolicy", "SlowDown", 503, "", retry},
		{"AddUserToGroup", "Throttling", 400, "Rate exceeded", retry},
		{"AddUserToGroup", "RequestLimitExceeded", 503, "", retry},
		{"AddUserToGroup", "ConcurrentModification", 409, "", retry},
		{"AttachRolePolicy", "EntityTemporarilyUnmodifiable", 409, "", retry},
		{"PutBucketPolicy", "OperationAborted", 409, "", retry},
		{"PutBucketPolicy", "RequestTimeTooSkewed", 403, "", retry},
		{"PutBucketPolicy", "SomethingNew", 429, "", retry},
		{"PutBucketPolicy", "SomethingNew", 400, "", retry},
		{"GetUser", "ServiceFailure", 500, "", retry},
		{"GetBucketPolicy", "InternalError", 500, "", retry},
		{"GetBucketPolicy", "NoSuchBucketPolicy", 500, "", retry},
		{"GetBucketPolicy", "NoSuchBucketPolicy", 503, "", retry},
		{"GetBucketPolicy", "NoSuchBucketPolicy", 400, "", retry},
		{"GetBucketPolicy", "NoSuchBucketPolicy", 403, "", denied},

		{"PutBucketPolicy", "InternalError", 500, "", unknown},
		{"PutBucketPolicy", "ServiceUnavailable", 503, "", unknown},
		{"PutBucketPolicy", "MalformedPolicy", 500, "", unknown},
		{"DeleteBucketPolicy", "NoSuchBucketPolicy", 500, "", unknown},
		{"AddUserToGroup", "ServiceFailure", 500, "", unknown},
		{"DetachRolePolicy", "SomethingNew", 502, "", unknown},
	} {
		b.ResetCalls()
		b.Fault(test.op, awssim.Fault{Refuse: test.code, Status: test.status, Message: test.message})
		err := calls[test.op](c)
		b.Heal("*")
		wants(t, err, test.class, test.op, test.code)
		if e, _ := err.(*awsaccess.Error); e != nil && e.RequestID == "" {
			t.Errorf("no request id: %v", err)
		}
		if n := b.Count(test.op); n > 3 || isWrite(test.op) && n != 1 {
			t.Errorf("%s after %s was sent %d times", test.op, test.code, n)
		}
	}
}

// Every method that writes is sent once; every other at most as often as
// configured. Go's transport also repeats a GET with a cut connection, once for
// each other idle connection.
func TestAttempts(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	var wg sync.WaitGroup
	for op, call := range calls {
		wg.Go(func() {
			for _, fault := range []awssim.Fault{{Refuse: "InternalError"}, {Refuse: "Throttling"}, {LoseReply: true}} {
				before := b.Count(op)
				heal := b.Fault(op, fault)
				if err := call(c); err == nil {
					t.Errorf("%s: no error for %+v", op, fault)
				}
				heal()
				want := 3
				if isWrite(op) {
					want = 1
				}
				n := b.Count(op) - before
				again := fault.LoseReply && strings.HasPrefix(op, "GetBucket")
				if n < want || n > want && !again {
					t.Errorf("%s was sent %d times, not %d", op, n, want)
				}
			}
			heal := b.Fault(op, awssim.Fault{Refuse: "InternalError", Times: 2})
			if err := call(c); (err != nil) != isWrite(op) {
				t.Errorf("%s after two failures: %v", op, err)
			}
			heal()
		})
	}
	wg.Wait()
}

// The reply is lost, but the write took effect.
func TestConnectionCut(t *testing.T) {
	b := newBench(t, awssim.Config{})
	c := b.client(t)
	for _, op := range writes {
		b.Fault(op, awssim.Fault{LoseReply: true, Times: 1})
		wants(t, calls[op](c), awsaccess.Unknown, op, "NoAnswer")
	}
	b.Fault("GetUser", awssim.Fault{LoseReply: true})
	wants(t, calls["GetUser"](c), awsaccess.Retry, "GetUser", "NoAnswer")

	b.Heal("*")
	b.Fault("AddUserToGroup", awssim.Fault{LoseReply: true})
	wants(t, c.Join(ctx, bob), awsaccess.Unknown, "AddUserToGroup", "NoAnswer")
	if got := must(c.Joined(ctx, bob))(t); !got.Member {
		t.Error("the simulator lost more than the reply")
	}
}

// No call waits for ever, in any operation.
func TestTimeout(t *testing.T) {
	hang := raw(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	hang.Timeout = 2 * time.Second
	c := connect(t, hang)
	within(t, func() {
		var wg sync.WaitGroup
		for op, call := range calls {
			wg.Go(func() {
				class := awsaccess.Retry
				if isWrite(op) {
					class = awsaccess.Unknown
				}
				if op == "GetBucketOwnershipControls" {
					op = "GetBucketEncryption" // the first call of Facts
				}
				var e *awsaccess.Error
				if err := call(c); !errors.As(err, &e) || e.Class != class || e.Op != op || e.Code != "NoAnswer" {
					t.Errorf("%s: %v, want %s", op, err, class)
				}
			})
		}
		wg.Wait()
	})
}

// The same holds for getting the credentials, before anything is written.
func TestTimeoutOfAssumeRole(t *testing.T) {
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	credentials(t, "AKIAEXAMPLE", "secret")
	for _, role := range []string{roleOwner, ""} {
		c := connect(t, awsaccess.Config{Timeout: 500 * time.Millisecond, Accounts: []awsaccess.Account{{Name: "nonprod", ID: owner, Role: role}}})
		op := "AssumeRole"
		if role == "" {
			op = "GetCallerIdentity"
		}
		within(t, func() {
			for range 2 {
				wants(t, c.PutBucketPolicy(ctx, bucket, some), awsaccess.Retry, op, "NoAnswer")
			}
		})
	}
}

// within fails the test if do takes too long.
func within(t *testing.T, do func()) {
	t.Helper()
	done := make(chan bool)
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it waits for ever")
	}
}

// A company's proxy has its own certificate. Calls trust the one in
// AWS_CA_BUNDLE. The SDK would reject a plain HTTP client here.
func TestCABundle(t *testing.T) {
	c := raw(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(some)) })
	c.Attempts = 1
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(some)) }))
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ok(t, os.WriteFile(bundle, cert, 0o600))

	_, err := connect(t, c).BucketPolicy(ctx, bucket)
	wants(t, err, awsaccess.Retry, "GetBucketPolicy", "NotSent")
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if got := must(connect(t, c).BucketPolicy(ctx, bucket))(t); got != some {
		t.Errorf("read %q", got)
	}
}

func TestCancelled(t *testing.T) {
	inFlight, cancel := context.WithCancel(ctx)
	c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	wants(t, c.PutBucketPolicy(inFlight, bucket, some), awsaccess.Unknown, "PutBucketPolicy", "NoAnswer")
	wants(t, c.PutBucketPolicy(inFlight, bucket, some), awsaccess.Retry, "PutBucketPolicy", "NotSent")
	_, err := c.BucketPolicy(inFlight, bucket)
	wants(t, err, awsaccess.Retry, "GetBucketPolicy", "NotSent")
}

// Without a connection nothing has happened, not even by a write.
func TestNoConnection(t *testing.T) {
	c := raw(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	l.Close()
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://"+l.Addr().String())
	client := connect(t, c)
	for _, op := range []string{"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"} {
		wants(t, calls[op](client), awsaccess.Retry, op, "NotSent")
	}
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://no-such-host.invalid")
	wants(t, calls["PutBucketPolicy"](connect(t, c)), awsaccess.Retry, "PutBucketPolicy", "NotSent")
}

// A success that does not come from AWS: a proxy's page, or half an answer.
func TestForeignRepliesAreRefused(t *testing.T) {
	for _, test := range []struct{ name, body string }{
		{"page", "<html><body>Sign in to the network</body></html>"},
		{"text", "OK"},
		{"half", `<AddUserToGroupResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Respo`},
		{"error", "<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>"},
		{"cut", "cut"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {
				if test.name == "cut" {
					w.Header().Set("Content-Length", "1000")
				}
				w.Write([]byte(test.body))
			}))
			for op, call := range calls {
				err := call(c)
				if isWrite(op) {
					wants(t, err, awsaccess.Unknown, op, "NoAnswer")
				} else if got := awsaccess.ClassOf(err); got != awsaccess.Retry {
					t.Errorf("%s: %q %v", op, got, err)
				}
			}
		})
	}
	t.Run("empty answer", func(t *testing.T) {
		c := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) {}))
		_, err := c.BucketPolicy(ctx, bucket)
		wants(t, err, awsaccess.Retry, "GetBucketPolicy", "BadReply")
		wants(t, c.Join(ctx, bob), awsaccess.Unknown, "AddUserToGroup", "NoAnswer")
		ok(t, c.PutBucketPolicy(ctx, bucket, some)) // S3's answer to this is empty
	})
}

// Exactly one answer means that there is no policy. Other texts without a
// statement are errors, since S3 never stores them.
func TestPolicyWithoutStatements(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"Version":"2012-10-17","Statement":[]}`, ""},
		{`{"Version":"2012-10-17","Statement":[ ]}`, ""},
		{`{"Version":"2012-10-17","Statement":{}}`, ""},
		{`{"Version":"2012-10-17","Statement":null}`, ""},
		{`{"Version":"2012-10-17","Statement":"x"}`, ""},
		{`{"Version":"2012-10-17"}`, ""},
		{`{"Version":"2012-10-17","statement":[{"Effect":"Deny"}]}`, ""},
		{`{}`, ""},
		{`[]`, ""},
		{`null`, ""},
		{`""`, ""},
		{some, some},
		{`{"Statement":{"Effect":"Deny"}}`, `{"Statement":{"Effect":"Deny"}}`},
	} {
		c1 := connect(t, raw(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(c.text)) }))
		text, err := c1.BucketPolicy(ctx, bucket)
		if text != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.text, text, err)
		}
		if c.want == "" {
			wants(t, err, awsaccess.Retry, "GetBucketPolicy", "BadReply")
		}
	}
}

// AWS answers a wrong signature with the expected request, including the
// session token.
func TestNoSecretsInErrors(t *testing.T) {
	const token = "FwoGZXIvYXdzEJr//////////wEaDPsecret+token"
	var log bytes.Buffer
	config := raw(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte("<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated " +
			"does not match. Key ASIAEXAMPLE1234567. x-amz-security-token:" + token + " The Canonical String for this request should have been 'POST / " +
			"x-amz-security-token:" + token + "'</Message></Error><RequestId>1</RequestId></ErrorResponse>"))
	})
	config.Log = slog.New(slog.NewTextHandler(&log, nil))
	err := calls["AddUserToGroup"](connect(t, config))
	clean(t, log.String())
	wants(t, err, awsaccess.Denied, "AddUserToGroup", "SignatureDoesNotMatch")
	if strings.Contains(err.Error()+log.String(), "FwoG") || log.Len() == 0 {
		t.Error(err)
	}
}

func TestClassOf(t *testing.T) {
	if got := awsaccess.ClassOf(nil); got != "" {
		t.Errorf("nil is %q", got)
	}
	if got := awsaccess.ClassOf(context.Canceled); got != awsaccess.Unknown {
		t.Errorf("a foreign error is %q", got)
	}
}

// raw is a server that answers every call by h, except GetCallerIdentity, and a
// config that reaches it.
func raw(t *testing.T, h http.HandlerFunc) awsaccess.Config {
	t.Helper()
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm(); r.PostForm.Get("Action") == "AssumeRole" {
			w.Write([]byte(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>` +
				`<AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>` +
				`<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`))
			return
		}
		io.Copy(io.Discard, r.Body) // a server notices a closed client only after it read the whole body
		h(w, r)
	})
	credentials(t, "AKIAEXAMPLE", "secret")
	return awsaccess.Config{Accounts: []awsaccess.Account{
		{Name: "nonprod", ID: bucket.AccountID, Role: roleOwner},
		{Name: "build", ID: grantee, Role: strings.Replace(roleOwner, bucket.AccountID, grantee, 1)},
	}}
}
