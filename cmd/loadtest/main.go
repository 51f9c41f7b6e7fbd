// Command loadtest drives the built bot with commands over Slack's wire, and
// the same commands through the peers in bench/peers:
//
//	go run ./cmd/loadtest -rounds 5 -loads 1,64,1000,200/s -peers bolt-append
//	go run ./cmd/loadtest -bot /old/bot -bot /new/bot -loads 200/s
//
// The programs run in turn, so that a slow minute of the machine counts for
// all of them; ratios are between runs of the same round. AWS is awssim, and
// Slack's Web API is slacksim. Socket Mode and the response URLs are the
// driver's own, because they must be faster than each program under test: the
// client that only acknowledges shows their ceiling.
//
// A command is acknowledged if its ack comes within Slack's three seconds. The
// bot acknowledges only what its journal holds on disk.
//
// main.go reads the flags; compare.go runs the subjects in turn, subject.go one
// of them once, and report.go writes docs/performance.md with the bars of
// plot.go. load.go sends the commands and counts their acks, stats.go has the
// arithmetic. grow.go and fill.go measure starts with many stored grants, and
// burst.go approvals at once. door.go and envelope.go are the sockets and their
// payloads, process.go observes the process, and ackonly.go is the ceiling's
// client.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == ackOnly {
		fmt.Fprintln(os.Stderr, runAckOnly())
		os.Exit(1)
	}
	debug.SetGCPercent(400) // the driver's collections would count for the program under test
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := loadTest(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

func loadTest(ctx context.Context) error {
	var bots []string
	flag.Func("bot", "a built bot; repeat it to compare several (default: build ./cmd/bot)", func(s string) error {
		path, err := filepath.Abs(s)
		bots = append(bots, path)
		return err
	})
	peers := flag.String("peers", "bolt-append", "programs of bench/peers to compare with, separated by commas, or none")
	loads := flag.String("loads", "1,64,1000,200/s", "closed loops (in flight) and open loops (a second), or none")
	rounds := flag.Int("rounds", 5, "rounds in turn")
	commands := flag.Int("n", 0, "commands of a run (default: 1500 at 1 in flight, 6000 above, or ten seconds)")
	c := conditions{}
	flag.StringVar(&c.Dir, "dir", os.TempDir(), "a directory on a disk, for the programs' files")
	flag.BoolVar(&c.RateLimits, "limits", false, "Slack's rate limits")
	flag.BoolVar(&c.Approve, "approve", false, "approve each request")
	flag.DurationVar(&c.Patience, "patience", 2*time.Minute, "how long a load's commands may take to be carried out")
	var page report
	flag.StringVar((*string)(&page), "report", "", "write the tables and plots of this page, such as docs/performance")
	sizes := flag.String("grow", "", "measure starts with so many stored grants, such as 0,100000")
	isBurst := flag.Bool("burst", false, "approve many grants of one bucket at once, and count the policy's writes")
	flag.Parse()
	all, err := subjects(ctx, bots, *peers, c.Dir)
	if err != nil {
		return err
	}
	if *loads != "none" {
		if err := c.reportLoads(ctx, page, all, *loads, *commands, *rounds); err != nil {
			return err
		}
	}
	if *isBurst {
		bursts, err := c.bursts(ctx, all[1])
		if err != nil {
			return err
		}
		if page != "" {
			if err := page.burst(bursts); err != nil {
				return err
			}
		}
	}
	if *sizes == "" {
		return nil
	}
	grown, err := c.grow(ctx, all[1], *sizes, *rounds)
	if err != nil || page == "" {
		return err
	}
	return page.growth(grown)
}

func (c conditions) reportLoads(ctx context.Context, page report, all []subject, loads string, n, rounds int) error {
	var tables []table
	for name := range strings.SplitSeq(loads, ",") {
		l, err := parseLoad(name, n)
		if err != nil {
			return err
		}
		t, err := c.compare(ctx, all, l, rounds)
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	if page == "" {
		return nil
	}
	return page.loads(tables, c)
}

// parseLoad reads 64 as a closed loop and 200/s as an open one.
func parseLoad(name string, commands int) (load, error) {
	number, isRate := strings.CutSuffix(name, "/s")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return load{}, fmt.Errorf("%q is no load: 64 means that many in flight, 200/s that many a second", name)
	}
	l := load{Name: name, InFlight: n, Commands: 6000}
	switch {
	case isRate:
		l.InFlight, l.Rate, l.Commands = 0, float64(n), 10*n
	case n == 1:
		l.Commands = 1500
	}
	if commands > 0 {
		l.Commands = commands
	}
	return l, nil
}

// subjects returns the driver's own ceiling, the bots and the peers.
func subjects(ctx context.Context, bots []string, peers, dir string) ([]subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	all := []subject{{Name: ackOnly, Args: []string{self, ackOnly}}}
	if len(bots) == 0 {
		bot := filepath.Join(dir, "loadtest-bot")
		build := exec.CommandContext(ctx, "go", "build", "-o", bot, "s3share/cmd/bot")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the bot: %w\n%s", err, out)
		}
		bots = []string{bot}
	}
	for n, bot := range bots {
		name := "bot"
		if len(bots) > 1 {
			name = fmt.Sprintf("bot-%d", n+1)
		}
		all = append(all, subject{Name: name, Args: []string{bot}})
	}
	root, err := filepath.Abs("bench/peers")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(peers, ",") {
		if name == "none" || name == "" {
			continue
		}
		script := filepath.Join(root, name+".js")
		if _, err := os.Stat(filepath.Join(root, "node_modules")); err != nil {
			return nil, errors.New("bench/peers has no modules: run `npm ci` in it")
		}
		all = append(all, subject{Name: name, Args: []string{"node", script}, Dir: root})
	}
	return all, nil
}
