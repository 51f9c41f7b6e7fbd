package awsaccess_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/sim/awssim"
)

const (
	owner   = "222222222222"
	grantee = "111111111111"
	home    = "333333333333" // the bot's own account

	groupARN  = "arn:aws:iam::" + grantee + ":group/s3share/s3share"
	policyARN = "arn:aws:iam::" + grantee + ":policy/s3share/s3share"
	roleOwner = "arn:aws:iam::" + owner + ":role/s3share"

	nobody = `{"Version":"2012-10-17","Statement":[]}`
	some   = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/bob"},` +
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::fixtures/*"}]}`
)

var (
	ctx    = context.Background()
	bucket = grant.Bucket{Name: "fixtures", AccountID: owner, Region: "us-east-1"}
	bob    = grant.Principal{ARN: "arn:aws:iam::" + grantee + ":user/bob", AccountID: grantee, Kind: grant.KindUser, Name: "bob"}
	deploy = grant.Principal{ARN: "arn:aws:iam::" + grantee + ":role/deploy", AccountID: grantee, Kind: grant.KindRole, Name: "deploy"}
)

// A bench has two accounts with the roles of setup, and the bot's own user,
// which may only assume them. The roles allow exactly [awsaccess.Calls], so a
// call that is missing there fails here.
type bench struct {
	*awssim.World
	nonprod, build, home *awssim.Account

	mu    sync.Mutex
	moved time.Duration // lead of the simulator's clock
	log   bytes.Buffer
	sent  []*http.Request
}

func newBench(t *testing.T, cfg awssim.Config) *bench {
	t.Helper()
	b := &bench{}
	cfg.Now = func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return time.Now().Add(b.moved)
	}
	cfg.Unmodelled = func(what string) { t.Errorf("a call that is not modelled: %s", what) }
	b.World = awssim.New(cfg)
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.sent = append(b.sent, r)
		b.mu.Unlock()
		b.ServeHTTP(w, r)
	})
	b.nonprod, b.build, b.home = b.Account(owner, "nonprod"), b.Account(grantee, "build"), b.Account(home, "home")
	bot := b.home.User("bot")
	b.home.UserPolicy("bot", "assume", document("sts:AssumeRole"))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + bot + `"},"Action":"sts:AssumeRole",` +
		`"Condition":{"StringEquals":{"sts:ExternalId":"prod"}}}]}`
	b.nonprod.Role("s3share", trust, document(awsaccess.Calls()["owner"]...))
	b.build.Role("s3share", trust, document(awsaccess.Calls()["grantee"]...))
	b.nonprod.Bucket(bucket.Name, awssim.BucketOptions{})
	b.build.User("bob")
	b.build.Role("deploy", trust)
	b.build.Group("/s3share/", "s3share", "")
	b.build.ManagedPolicy("/s3share/", "s3share", document("s3:GetObject"))
	id, secret := b.home.AccessKey("bot")
	credentials(t, id, secret)
	t.Cleanup(func() { clean(t, b.log.String()) })
	return b
}

// client reaches both accounts through their roles.
func (b *bench) client(t *testing.T) *awsaccess.Client {
	t.Helper()
	return connect(t, awsaccess.Config{
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Accounts: []awsaccess.Account{
			{Name: "nonprod", ID: owner, Region: "us-east-1", Role: roleOwner, ExternalID: "prod"},
			{Name: "build", ID: grantee, Role: "arn:aws:iam::" + grantee + ":role/s3share", ExternalID: "prod"},
		},
	})
}

// forward moves the simulator's clock, which the client does not see.
func (b *bench) forward(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moved += d
}

func connect(t *testing.T, c awsaccess.Config) *awsaccess.Client {
	t.Helper()
	client, err := awsaccess.New(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// serve makes a server with this handler answer all AWS calls.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	return s
}

func credentials(t *testing.T, id, secret string) {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	// A write has one attempt, whatever the environment says.
	t.Setenv("AWS_MAX_ATTEMPTS", "5")
}

// document allows actions on everything.
func document(actions ...string) string {
	list, _ := json.Marshal(actions)
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":` + string(list) + `,"Resource":"*"}]}`
}

var confidential = regexp.MustCompile(`(?i)AKIA|ASIA|secret|security-token`)

// clean fails the test if text contains credentials.
func clean(t *testing.T, text string) {
	t.Helper()
	if found := confidential.FindString(text); found != "" {
		t.Errorf("%q is in the text: %s", found, text)
	}
}

// wants checks an error's class, operation and code.
func wants(t *testing.T, err error, class awsaccess.Class, op, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %s", class)
	}
	clean(t, err.Error())
	e, ok := err.(*awsaccess.Error)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	if e.Class != class || e.Op != op || e.Code != code {
		t.Errorf("got %s %s %s, want %s %s %s (%v)", e.Class, e.Op, e.Code, class, op, code, err)
	}
	if e.Err != nil {
		clean(t, e.Err.Error())
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
