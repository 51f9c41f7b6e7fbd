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

// world is the simulated company: a workspace, two accounts, a clock, and the
// bot.
type world struct {
	dir        string
	slack      *slacksim.Workspace
	aws        *awssim.World
	env        []string
	closer     []func() error
	shown      map[string]string           // the printed text of each printed message
	memory     map[string]slacksim.Message // messages that people remember
	policies   map[string]string           // saved policies of buckets
	hooks      hooks
	watches    watches
	left       bool     // a user was deactivated
	missing    bool     // the bot was removed from a channel for a while
	deleted    bool     // messages were deleted
	relentless bool     // the bot is killed repeatedly
	healing    []func() // heal functions of Slack's faults

	patience   time.Duration // real time that a condition has to become true
	slackWaits time.Duration // the bot's timeout for Slack; zero means its default
	asks       bool          // a person types at a prompt: questions are answered instead of asserted
	program    string        // the bot's program; "" means this one
	posted     string        // the audit head that the bot is started with; "" for none
	botLock    sync.Mutex
	bot        *process

	mu     sync.Mutex
	offset time.Duration // the world's clock minus the machine's
	skew   time.Duration // the bot's clock minus the world's
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

// options configure a world. The zero value is sound.
type options struct {
	settle time.Duration                   // AWS's settling delay
	waits  time.Duration                   // timeout of Slack for the bot and vice versa; zero means the real ones
	around func(http.Handler) http.Handler // middleware for both simulators
}

// newWorld creates the company and serves it on loopback.
func newWorld(dir string, o options) (*world, error) {
	w := &world{patience: patience, slackWaits: o.waits, dir: dir, shown: map[string]string{},
		memory: map[string]slacksim.Message{}, policies: map[string]string{}}
	w.slack = slacksim.New(slacksim.Config{Now: w.now, AckWithin: o.waits, TriggerLife: o.waits})
	w.aws = awssim.New(awssim.Config{Now: w.now, Settle: o.settle})
	if o.around == nil {
		o.around = func(h http.Handler) http.Handler { return h }
	}
	w.workspace()
	key, secret := w.accounts()
	slackURL, err := w.serve(o.around(w.hooked(w.slack)))
	if err != nil {
		return nil, err
	}
	awsURL, err := w.serve(o.around(w.watched(w.aws)))
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "s3share.yml")
	paths := fmt.Sprintf("store: { bbolt: %q }\naudit: %q\n", filepath.Join(dir, "s3share.db"),
		filepath.Join(dir, "s3share-audit.jsonl"))
	if err := os.WriteFile(config, []byte(botConfig+paths), 0o600); err != nil {
		return nil, err
	}
	w.env = []string{
		"S3SHARE_CONFIG=" + config, "SLACK_BOT_TOKEN=xoxb-bot", "SLACK_APP_TOKEN=xapp-app",
		"SLACK_API_URL=" + slackURL + "/api/",
		"AWS_ENDPOINT_URL=" + awsURL, "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_REGION=us-east-1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "HOME=" + dir,
		"PATH=" + os.Getenv("PATH"),
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
	go server.Serve(l) //nolint:errcheck // ends with the server
	w.closer = append(w.closer, server.Close)
	return "http://" + l.Addr().String(), nil
}

func (w *world) close() {
	w.kill() //nolint:errcheck // the bot's state is discarded
	w.slack.Close()
	for _, c := range w.closer {
		c() //nolint:errcheck // the program ends
	}
}
