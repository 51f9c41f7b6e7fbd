package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// world is the company: a workspace, two accounts, a clock, and the bot.
type world struct {
	dir    string
	slack  *slacksim.Workspace
	aws    *awssim.World
	env    []string
	closer []func() error
	bot    *process
	shown  map[string]bool // the messages that were printed

	mu     sync.Mutex
	offset time.Duration
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

const botConfig = `slack: { admin_channel: C0ADMIN }
approvers: { users: [U0ADA, U0BOB] }
accounts:
  - { name: nonprod, id: "222222222222", region: us-east-1, role: "arn:aws:iam::222222222222:role/s3share", external_id: s3share-sandbox }
  - { name: build, id: "111111111111", region: us-east-1, role: "arn:aws:iam::111111111111:role/s3share", external_id: s3share-sandbox }
people:
  - { principal: "arn:aws:iam::111111111111:user/bobs.user", users: [U0BOB] }
rules:
  - { bucket: "my-shared-bucket-*", account: nonprod, levels: [read, write, full, get, put, all], max_term: 72h }
  - { bucket: "two-keys-*", account: nonprod, levels: [read], approvals: 2 }
  - { bucket: "healed-*", account: nonprod, drift: heal }
levels:
  get: { object: ["s3:Get*"], bucket: [] }
  put: { object: ["s3:Put*"], bucket: [] }
  all: { object: ["s3:*"], bucket: [] }
sweep_every: 2s
listen: ""
`

// newWorld makes the company and serves it on loopback.
func newWorld(dir string) (*world, error) {
	w := &world{dir: dir, shown: map[string]bool{}}
	w.slack = slacksim.New(slacksim.Config{Now: w.now})
	w.aws = awssim.New(awssim.Config{Now: w.now})
	for id, name := range map[string]string{"U0RITA": "rita", "U0ADA": "ada", "U0BOB": "bob", "U0EVE": "eve"} {
		w.slack.AddUser(slacksim.User{ID: id, Name: name})
	}
	w.slack.AddChannel("C0ADMIN", "s3-admins", "U0ADA", "U0BOB", "U0EVE")
	w.slack.AddChannel("C0BUILDS", "builds", "U0RITA", "U0ADA", "U0BOB", "U0EVE")
	key, secret := w.accounts()
	slackURL, err := w.serve(w.slack)
	if err != nil {
		return nil, err
	}
	awsURL, err := w.serve(w.aws)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "s3share.yml")
	paths := fmt.Sprintf("store: { bbolt: %q }\naudit: %q\n", filepath.Join(dir, "s3share.db"), filepath.Join(dir, "s3share-audit.jsonl"))
	if err := os.WriteFile(config, []byte(botConfig+paths), 0o600); err != nil {
		return nil, err
	}
	w.env = []string{
		"S3SHARE_CONFIG=" + config, "SLACK_BOT_TOKEN=xoxb-bot", "SLACK_APP_TOKEN=xapp-app", "SLACK_API_URL=" + slackURL + "/api/",
		"AWS_ENDPOINT_URL=" + awsURL, "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "HOME=" + dir, "PATH=" + os.Getenv("PATH"),
	}
	return w, nil
}

// serve serves one simulator and returns its address.
func (w *world) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l) //nolint:errcheck // it ends with the server
	w.closer = append(w.closer, server.Close)
	return "http://" + l.Addr().String(), nil
}

// accounts makes the two accounts, with exactly the roles of deploy/, and
// returns the key that the bot runs with.
func (w *world) accounts() (key, secret string) {
	build, nonprod := w.aws.Account("111111111111", "build"), w.aws.Account("222222222222", "nonprod")
	for _, user := range []string{"test.user", "other.user", "bobs.user"} {
		build.User(user)
	}
	botARN := build.User("s3share-bot")
	build.UserPolicy("s3share-bot", "assume", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":["arn:aws:iam::111111111111:role/s3share","arn:aws:iam::222222222222:role/s3share"]}]}`)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + botARN + `"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"s3share-sandbox"}}}]}`
	nonprod.Role("s3share", trust, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetBucketPolicy","s3:PutBucketPolicy","s3:DeleteBucketPolicy","s3:GetEncryptionConfiguration","s3:GetBucketOwnershipControls"],"Resource":["arn:aws:s3:::my-shared-bucket-*","arn:aws:s3:::two-keys-*","arn:aws:s3:::healed-*"]}]}`)
	build.Role("s3share", trust, `{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Action":["iam:GetUser","iam:GetRole","iam:ListGroupsForUser","iam:ListAttachedRolePolicies"],"Resource":["arn:aws:iam::111111111111:user/*","arn:aws:iam::111111111111:role/*"]},
{"Effect":"Allow","Action":["iam:GetGroup","iam:AddUserToGroup","iam:RemoveUserFromGroup"],"Resource":"arn:aws:iam::111111111111:group/s3share/s3share"},
{"Effect":"Allow","Action":["iam:AttachRolePolicy","iam:DetachRolePolicy"],"Resource":"arn:aws:iam::111111111111:role/*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::111111111111:policy/s3share/s3share"}}}]}`)
	half := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::my-shared-bucket-*","arn:aws:s3:::two-keys-*","arn:aws:s3:::healed-*"],"Condition":{"StringEquals":{"s3:ResourceAccount":"222222222222"}}}]}`
	build.Group("/s3share/", "s3share", half)
	build.ManagedPolicy("/s3share/", "s3share", half)
	build.Role("deployer", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}`)
	for _, bucket := range []string{"my-shared-bucket-20932", "two-keys-1", "healed-1"} {
		nonprod.Bucket(bucket, awssim.BucketOptions{})
		for _, key := range []string{"builds/a.txt", "builds2/a.txt", "secrets/key.txt"} {
			nonprod.PutObject(bucket, key, []byte("hello"))
		}
	}
	return build.AccessKey("s3share-bot")
}

func (w *world) close() {
	w.kill()
	w.slack.Close()
	for _, c := range w.closer {
		c() //nolint:errcheck // the program ends
	}
}
