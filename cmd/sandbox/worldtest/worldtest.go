// Package worldtest opens worlds for tests. At the end of each test it checks
// the simulators, the bot's log and the audit log.
package worldtest

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// Main runs the tests of a package, or the bot if a world started this process.
// Scenarios mostly wait, so more of them run in parallel than there are cores.
func Main(m *testing.M) {
	world.BecomeBot()
	flag.Parse()
	if set := flag.Lookup("test.parallel"); set.Value.String() == set.DefValue {
		flag.Set("test.parallel", "12") //nolint:errcheck // the value is a valid number
	}
	os.Exit(m.Run())
}

// Open starts a world with the bot. At the end of the test it checks that the
// simulators modelled all calls, the log contains no credential, the bot stops
// in time, and the audit log is valid. It sets the directory and the time-outs of
// the options: a busy machine must not cause a lost click.
func Open(t *testing.T, o world.Options) *world.World {
	t.Helper()
	o.Dir, o.Waits = t.TempDir(), world.Patience/2
	w, err := world.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.Patience *= slower
	if err := w.Bot.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, w) })
	return w
}

func check(t *testing.T, w *world.World) {
	if calls := append(w.Slack.Unmodelled(), w.AWS.Unmodelled()...); len(calls) > 0 {
		t.Errorf("the simulators do not model %v", calls)
	}
	// The clock was moved, or the bot was killed while sending.
	always := []string{"invalid_ticket", "expired_url", "expired_trigger_id", "request_timeout"}
	for _, bad := range w.Slack.Rejected() {
		if !slices.Contains(always, bad.Error) && !w.Explained(bad.Error) {
			t.Errorf("Slack rejected %+v", bad)
		}
	}
	for _, m := range said(w.Slack) {
		if m.UnfurlLinks || m.UnfurlMedia {
			t.Errorf("Slack would fetch what this links to: %q", m.Text)
		}
	}
	began := time.Now()
	if err := w.Bot.Stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if err := w.VerifyAudit(); err != nil {
		t.Errorf("the audit log: %v", err)
	}
	log, _ := os.ReadFile(w.Bot.LogPath())
	for _, secret := range []string{"xoxb-", "xapp-", "AKIA", "ASIA"} {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log has a credential in it: %s…", secret)
		}
	}
	for _, bad := range []string{"panic", "DATA RACE"} {
		if strings.Contains(string(log), bad) {
			t.Errorf("the log says %s", bad)
		}
	}
	if t.Failed() {
		t.Logf("log of the bot:\n%s", log)
	}
}

// said returns all messages of the bot.
func said(slack *slacksim.Workspace) (all []slacksim.Message) {
	for _, channel := range []string{"C0ADMIN", "C0TEAM", "C0BUILDS"} {
		all = append(all, slack.Messages(channel)...)
	}
	for _, user := range slack.Users() {
		all = append(append(all, slack.DMs(user.ID)...), slack.Ephemerals(user.ID)...)
	}
	return slices.DeleteFunc(all, func(m slacksim.Message) bool { return m.User != "U0BOT" })
}
