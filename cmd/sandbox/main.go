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
	"time"
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

// play plays a script, once for each of its variants, or the example and then
// what is typed.
func play(ctx context.Context, script string) error {
	if script == "" {
		return inWorld(0, func(w *world) error {
			fmt.Println("Two accounts, build and nonprod; Rita asks, Ada and Bob approve, Eve may not. First, an example:")
			if err := w.play(ctx, welcome, os.Stdout); err != nil {
				return err
			}
			fmt.Println("\nNow you. `help` lists what you can type; end with ctrl-D.")
			return w.prompt(ctx)
		})
	}
	text, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	_, scripts := variants(string(text))
	for _, one := range scripts {
		if err := inWorld(settles(one), func(w *world) error { return w.play(ctx, one, os.Stdout) }); err != nil {
			return err
		}
	}
	return nil
}

// inWorld runs f in a company of its own, with the bot in it.
func inWorld(settle time.Duration, f func(*world) error) error {
	dir, err := os.MkdirTemp("", "s3share-sandbox-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(dir, settle)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(); err != nil {
		return err
	}
	return f(w)
}

// prompt takes commands from the terminal until it ends.
func (w *world) prompt(ctx context.Context) error {
	lines := make(chan string)
	in := bufio.NewScanner(os.Stdin)
	go func() {
		defer close(lines)
		for in.Scan() {
			lines <- strings.TrimSpace(in.Text())
		}
	}()
	for {
		fmt.Print("> ")
		select {
		case <-ctx.Done():
			fmt.Println()
			return nil
		case line, more := <-lines:
			if !more || line == "quit" || line == "exit" {
				return in.Err()
			}
			if err := w.do(ctx, line, os.Stdout); err != nil {
				fmt.Println("!", err)
			}
		}
	}
}
