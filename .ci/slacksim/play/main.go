// Command play runs slacksim against programs that do not know it.
//
//	play bolt OUT APP…     starts slacksim and the app on it, plays its people, and
//	                       writes slacksim's payloads and answers to OUT
//	play bot OUT MANIFEST  plays the bot itself on the simulators, with the shortcuts
//	                       of its manifest, and writes its blocks and views to OUT
//	play limits LIMITS.GO  prints the table of limits as JSON
//	play serve APP…        serves a workspace on loopback while APP runs; APP gets
//	                       the address and the tokens in the usual variables
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"s3share/internal/sim/slacksim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "play:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) > 2 && args[0] == "bolt":
		return playBolt(ctx, args[1], args[2:])
	case len(args) == 3 && args[0] == "bot":
		return playBot(ctx, args[1], args[2])
	case len(args) == 2 && args[0] == "limits":
		return printLimits(args[1])
	case len(args) > 1 && args[0] == "serve":
		return serveAlone(ctx, args[1:])
	}
	return errors.New("want bolt OUT APP…, bot OUT MANIFEST, limits LIMITS.GO or serve APP…")
}

// company is a workspace with Rita, who requests access, Ada, who approves,
// Gus, a guest, a deactivated user, and a user from another workspace.
func company(cfg slacksim.Config) *slacksim.Workspace {
	w := slacksim.New(cfg)
	w.AddUser(slacksim.User{ID: "U0RITA", Name: "rita", RealName: "Rita Rinaldi", Email: "rita@acme.example"})
	w.AddUser(slacksim.User{ID: "U0ADA", Name: "ada"})
	w.AddUser(slacksim.User{ID: "U0BOB", Name: "bob"})
	w.AddUser(slacksim.User{ID: "U0GUS", Name: "gus", IsRestricted: true})
	w.AddUser(slacksim.User{ID: "U0GONE", Name: "gone", Deleted: true})
	w.AddUser(slacksim.User{ID: "U0FAR", Name: "far", IsStranger: true, TeamID: "T0FAR"})
	w.AddChannel("C0ADMIN", "s3-admins", "U0ADA", "U0BOB", "U0RITA", "U0GUS")
	w.AddGroup("S0PLATFORM", "platform", "U0ADA", "U0BOB")
	return w
}

// serve serves h on loopback.
func serve(h http.Handler) (url string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go server.Serve(l) //nolint:errcheck // ends with the program
	return "http://" + l.Addr().String(), server.Close, nil
}

func serveAlone(ctx context.Context, command []string) error {
	w := company(slacksim.Config{})
	url, stop, err := serve(w)
	if err != nil {
		return err
	}
	defer stop()
	app := onSlack(ctx, url, command)
	app.Stdin, app.Stdout, app.Stderr = os.Stdin, os.Stdout, os.Stderr
	return app.Run()
}

// onSlack returns a program configured with the workspace's address.
func onSlack(ctx context.Context, url string, command []string) *exec.Cmd {
	app := exec.CommandContext(ctx, command[0], command[1:]...)
	app.Env = append(os.Environ(), "SLACK_API_URL="+url+"/api/", "SLACK_BOT_TOKEN=xoxb-bot", "SLACK_APP_TOKEN=xapp-app")
	return app
}

// write writes v as JSON to a file in dir.
func write(dir, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), b, 0o644)
}

// A tally collects failures.
type tally struct{ wrong []string }

func (t *tally) check(ok bool, format string, args ...any) {
	if !ok {
		t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
	}
}

func (t *tally) err() error {
	if len(t.wrong) == 0 {
		return nil
	}
	return errors.New("\n  " + strings.Join(t.wrong, "\n  "))
}
