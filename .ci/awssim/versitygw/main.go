// Command versitygw installs the bot's statements on a real S3 server, and
// checks by real S3 calls that they allow, refuse and expire correctly. The
// server, versitygw, is an independent project with its own policy evaluation.
// With -awssim the same checks run on awssim, so that both are known to agree.
//
//	go run ./.ci/awssim/versitygw -s3 http://127.0.0.1:7070 -iam http://127.0.0.1:7075
//	go run ./.ci/awssim/versitygw -awssim
//
// It cannot show that both accounts must allow: versitygw has one account, and
// there the bucket's policy suffices.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"s3share/internal/sim/awssim"
)

const bucket = "my-shared-bucket-20932"

var ctx = context.Background()

// A bench is a server with a bucket, its root user, and two users without
// policies of their own.
type bench struct {
	root  *s3.Client
	users map[string]*s3.Client
	arns  map[string]string
	sim   bool
	facts int
}

func main() {
	s3URL := flag.String("s3", "", "the address of S3")
	iamURL := flag.String("iam", "", "the address of IAM")
	onSim := flag.Bool("awssim", false, "ask awssim")
	flag.Parse()
	b := &bench{sim: *onSim}
	if b.sim {
		b.simulated()
	} else {
		b.real(*s3URL, *iamURL)
	}
	b.open()
	b.foreign()
	b.ends()
	b.begins()
	name := "versitygw"
	if b.sim {
		name = "awssim"
	}
	fmt.Printf("%s: %d calls were answered as the bot's statements mean\n", name, b.facts)
}

func (b *bench) real(s3URL, iamURL string) {
	b.root = clientOf(s3URL, "rootkey", "rootsecret")
	b.users, b.arns = map[string]*s3.Client{}, map[string]string{}
	admin := iam.NewFromConfig(config(iamURL, "rootkey", "rootsecret"))
	for _, name := range []string{"test.user", "other.user"} {
		u, err := admin.CreateUser(ctx, &iam.CreateUserInput{UserName: &name})
		must(err)
		k, err := admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
		must(err)
		b.arns[name] = *u.User.Arn
		b.users[name] = clientOf(s3URL, *k.AccessKey.AccessKeyId, *k.AccessKey.SecretAccessKey)
	}
	_, err := b.root.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	must(err)
}

func (b *bench) simulated() {
	w := awssim.New(awssim.Config{Unmodelled: func(what string) { fail("unmodelled: %s", what) }})
	server := httptest.NewServer(w)
	account := w.Account("222222222222", "nonprod")
	account.Bucket(bucket, awssim.BucketOptions{})
	id, secret := account.RootKey()
	b.root, b.users, b.arns = clientOf(server.URL, id, secret), map[string]*s3.Client{}, map[string]string{}
	for _, name := range []string{"test.user", "other.user"} {
		b.arns[name] = account.User(name)
		id, secret := account.AccessKey(name)
		b.users[name] = clientOf(server.URL, id, secret)
	}
}

func config(url, id, secret string) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &url, HTTPClient: awshttp.NewBuildableClient(),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func clientOf(url, id, secret string) *s3.Client {
	return s3.NewFromConfig(config(url, id, secret), func(o *s3.Options) { o.UsePathStyle = true })
}

// wants fails unless a call succeeds (open), or is refused for lack of
// permission.
func (b *bench) wants(open bool, err error, format string, args ...any) {
	b.facts++
	var response *awshttp.ResponseError
	switch {
	case err == nil && open:
	case err != nil && !open && errors.As(err, &response) && response.HTTPStatusCode() == 403:
	default:
		fail("%s: want open %v, got %v", fmt.Sprintf(format, args...), open, err)
	}
}

// until repeats a call until it succeeds (open) or is refused, and returns the
// time. The wait is in real time, because a real server has a real clock.
func (b *bench) until(open bool, call func() error, what string) time.Time {
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
		if err := call(); (err == nil) == open {
			at := time.Now()
			b.wants(open, err, "%s", what)
			return at
		}
	}
	fail("%s: nothing changed in a minute", what)
	return time.Time{}
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

func has(list []string, s string) bool { return slices.Contains(list, s) }
