// Command sandbox is the bot, the real one, on a simulated Slack and two
// simulated AWS accounts. It needs no network but loopback.
//
//	go run ./cmd/sandbox                 plays a worked example, then takes commands
//	go run ./cmd/sandbox -script FILE    plays a script and ends
//
// The bot runs in a process of its own, so that it can be killed. world.go makes
// the company, bot.go runs the bot, script.go has the commands.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// welcome is the seed's example: denied, allowed, denied again.
const welcome = `# A build user in one account needs a bucket in another.
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
rita /s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly build needs the fixtures
shows #s3-admins 'test.user may read'
ada press Approve
shows rita 'until'
can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
! can build/test.user s3:GetObject my-shared-bucket-20932/secrets/key.txt
clock +8h
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
shows rita 'ended'
`

func main() {
	if len(os.Args) == 2 && os.Args[1] == botArgument {
		os.Exit(runBot())
	}
	script := flag.String("script", "", "a file of commands to play, instead of the prompt")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := play(ctx, *script); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func play(ctx context.Context, script string) error {
	dir, err := os.MkdirTemp("", "s3share-sandbox-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(dir)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(); err != nil {
		return err
	}
	if script != "" {
		text, err := os.ReadFile(script)
		if err != nil {
			return err
		}
		return w.play(ctx, string(text), os.Stdout)
	}
	fmt.Println("Two accounts, build and nonprod; Rita asks, Ada and Bob approve, Eve may not. First, an example:")
	if err := w.play(ctx, welcome, os.Stdout); err != nil {
		return err
	}
	fmt.Println("\nNow you. `help` lists what you can type; end with ctrl-D.")
	return w.prompt(ctx)
}

// prompt takes commands from the terminal until it ends.
func (w *world) prompt(ctx context.Context) error {
	in := bufio.NewScanner(os.Stdin)
	for fmt.Print("> "); in.Scan(); fmt.Print("> ") {
		line := strings.TrimSpace(in.Text())
		if line == "quit" || line == "exit" || ctx.Err() != nil {
			return nil
		}
		if err := w.do(ctx, line, os.Stdout); err != nil {
			fmt.Println("!", err)
		}
	}
	return in.Err()
}
