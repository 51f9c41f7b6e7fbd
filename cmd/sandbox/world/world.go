// Package world is the simulated company of the sandbox: a Slack workspace, AWS
// accounts, one clock, and the real bot in its own process.
//
// company.go has the accounts, the channels and the bot's config, people.go the names in
// scripts; templates.go creates the accounts' roles from deploy/. process.go starts and
// kills the bot, bot.go is that process, and clock.go moves the clocks. faults.go makes
// calls fail, and calls.go runs functions around them. grants.go reads the audit log.
//
// Scripts (package script) and the page (package web) act through the same
// functions: people through [slacksim.Workspace.As], everything else through
// the functions of this package.
package world

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"s3share/internal/app"
	"s3share/internal/audit"
	"s3share/internal/config"
	"s3share/internal/sim/awssim"
	"s3share/internal/sim/slacksim"
)

// A World is a company and its bot.
type World struct {
	Slack  *slacksim.Workspace
	AWS    *awssim.World
	Clock  *Clock
	Bot    *Bot
	Faults Faults
	Calls  *Calls

	// Patience is the real time that a line of a script has to become true. New
	// sets it to the constant Patience.
	Patience time.Duration

	dir     string
	urls    map[string]string // of the simulators: slack and aws
	closers []func() error

	mu        sync.Mutex
	explained map[string]bool // errors of Slack that are no mistake of the bot
}

// Options configure a world. Dir is required; the other zero values are sound.
type Options struct {
	Dir     string                          // for the bot's files
	Settle  time.Duration                   // AWS's settling delay
	Waits   time.Duration                   // time-out of Slack for the bot and vice versa; zero means the real ones
	Program string                          // the bot's program; "" means this one, whose clock can be moved
	Around  func(http.Handler) http.Handler // middleware for both simulators
}

// New creates the company and serves it on loopback. The bot does not run yet.
func New(o Options) (*World, error) {
	clock := &Clock{}
	w := &World{
		Patience: Patience, Clock: clock, dir: o.Dir, explained: map[string]bool{},
		Slack: slacksim.New(slacksim.Config{Now: clock.Now, AckWithin: o.Waits, TriggerLife: o.Waits}),
		AWS:   awssim.New(awssim.Config{Now: clock.Now, Settle: o.Settle}),
	}
	w.Faults = Faults{w.AWS, w.Slack}
	w.Calls = &Calls{aws: w.AWS}
	addPeople(w.Slack)
	key, secret := addAccounts(w.Owner(), w.Grantee(), w.Partner())
	if o.Around == nil {
		o.Around = func(h http.Handler) http.Handler { return h }
	}
	slackURL, err := w.serve(o.Around(w.Calls.aroundSlack(w.Slack)))
	if err != nil {
		return nil, err
	}
	awsURL, err := w.serve(o.Around(w.Calls.aroundAWS(w.AWS)))
	if err != nil {
		return nil, err
	}
	w.urls = map[string]string{"slack": slackURL + "/api/", "aws": awsURL}
	paths := fmt.Sprintf("store: { bbolt: %q }\naudit: %q\n", w.StorePath(), w.AuditPath())
	if err := os.WriteFile(w.configPath(), []byte(botConfig+paths), 0o600); err != nil {
		return nil, err
	}
	w.Bot = &Bot{Program: o.Program, waits: o.Waits, log: filepath.Join(o.Dir, "bot.log"), slack: w.Slack, clock: clock,
		Env: []string{
			"S3SHARE_CONFIG=" + w.configPath(), "SLACK_BOT_TOKEN=xoxb-bot", "SLACK_APP_TOKEN=xapp-app",
			"SLACK_API_URL=" + w.urls["slack"],
			"AWS_ENDPOINT_URL=" + awsURL, "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_REGION=us-east-1",
			"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
			"HOME=" + o.Dir, "PATH=" + os.Getenv("PATH"),
		}}
	return w, nil
}

// serve serves one simulator and returns its address.
func (w *World) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l) //nolint:errcheck // ends with the server
	w.OnClose(server.Close)
	return "http://" + l.Addr().String(), nil
}

// OnClose adds a function that Close calls.
func (w *World) OnClose(do func() error) { w.closers = append(w.closers, do) }

// Close kills the bot and stops the simulators.
func (w *World) Close() {
	w.Bot.Kill() //nolint:errcheck // the bot's state is discarded
	w.Slack.Close()
	for _, c := range w.closers {
		c() //nolint:errcheck // the program ends
	}
}

// StorePath is the path of the bot's database.
func (w *World) StorePath() string { return filepath.Join(w.dir, "s3share.db") }

// AuditPath is the path of the bot's audit log.
func (w *World) AuditPath() string { return filepath.Join(w.dir, "s3share-audit.jsonl") }

func (w *World) configPath() string { return filepath.Join(w.dir, "s3share.yml") }

// URLs are the addresses of the simulators, slack and aws, for other clients.
func (w *World) URLs() map[string]string { return w.urls }

// VerifyAudit checks the chain of the audit log.
func (w *World) VerifyAudit() error {
	log, err := os.Open(w.AuditPath())
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = audit.VerifyFile(log, "")
	return err
}

// RepairStore does the work of `bot store repair --yes`.
func (w *World) RepairStore(ctx context.Context) error {
	c, err := config.Load(w.configPath())
	if err != nil {
		return err
	}
	return app.Repair(ctx, app.RepairOptions{
		Config: c, In: strings.NewReader(""), Out: io.Discard, Now: w.Clock.Now, Yes: true,
	})
}

// Explain notes that an act explains this error of Slack: the bot made no
// mistake.
func (w *World) Explain(slackError string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.explained[slackError] = true
}

// Explained reports whether an act explains this error of Slack.
func (w *World) Explained(slackError string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.explained[slackError]
}

// Owner is the account that has the buckets.
func (w *World) Owner() *awssim.Account { return w.AWS.Account("222222222222", "nonprod") }

// Grantee is the account that has the users and roles.
func (w *World) Grantee() *awssim.Account { return w.AWS.Account("111111111111", "build") }

// Partner is an account where the bot has no permissions. Its administrator
// makes the changes by hand.
func (w *World) Partner() *awssim.Account { return w.AWS.Account("333333333333", "partner") }

// SetPolicy writes a bucket's policy by hand, as Terraform or another
// administrator would.
func (w *World) SetPolicy(bucket, policy string) error { return w.Owner().SetPolicy(bucket, policy) }

// AddCrowd adds n people to the workspace, to its channels and to the platform
// group: crowd1, crowd2 and so on.
func (w *World) AddCrowd(n int) {
	var in []string
	for i := range n {
		id := ID(fmt.Sprint("crowd", i+1))
		w.Slack.AddUser(slacksim.User{ID: id})
		in = append(in, id)
	}
	w.Slack.EditGroup("S0PLATFORM", func(g *slacksim.Group) { g.Users = slices.Concat(in, g.Users) })
	for _, channel := range []string{"C0ADMIN", "C0TEAM", "C0BUILDS"} {
		w.Slack.Join(channel, in...)
	}
}
