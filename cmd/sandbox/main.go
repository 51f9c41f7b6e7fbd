// Command sandbox runs the real bot against a simulated Slack and two simulated
// AWS accounts. It needs no network except loopback.
//
//	go run ./cmd/sandbox                 opens a page in the browser at the printed address
//	go run ./cmd/sandbox -script FILE    plays a script and ends
//
// In a terminal it also reads commands from a prompt. They are the lines of the
// script language; docs/sandbox.md describes it.
//
// Package world has the simulated company and the bot's process, package script
// plays scripts in it, and package web serves the page.
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

	"s3share/cmd/sandbox/script"
	"s3share/cmd/sandbox/web"
	"s3share/cmd/sandbox/world"
)

// welcome is the main example: denied, allowed, denied again.
const welcome = `# A build user in one account needs a bucket in another.
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
rita /s3share request my-shared-bucket-20932/builds read build/test.user 8h nightly build needs the fixtures
shows #s3-admins 'read access: test.user'
ada press Approve
shows rita 'until'
can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
! can build/test.user s3:GetObject my-shared-bucket-20932/secrets/key.txt
clock +8h
! can build/test.user s3:GetObject my-shared-bucket-20932/builds/a.txt
shows rita 'ended'
`

func main() {
	world.BecomeBot()
	file := flag.String("script", "", "play the script in `FILE` and exit, instead of opening the page")
	port := flag.Int("port", 0, "port of the page on loopback; 0 takes a free one")
	waits := flag.Duration("slack-waits", 0,
		"timeout of Slack for the bot and of the bot for Slack, for a busy machine; 0 is 3 s and 10 s, as in production")
	prompt := flag.Bool("prompt", isTerminal(os.Stdin), "read commands from standard input too")
	flag.Parse()
	if err := nothingElse(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := play(ctx, *file, *port, *waits, *prompt); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// nothingElse refuses arguments that are not flags, such as a script without
// -script. Otherwise the sandbox would open the page instead.
func nothingElse(args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%q is not a flag; play a script with -script FILE", args[0])
}

// play plays a script, once for each of its variants, or opens the page.
func play(ctx context.Context, file string, port int, waits time.Duration, prompt bool) error {
	if file == "" {
		return inWorld(world.Options{Waits: waits}, func(w *world.World) error { return show(ctx, w, port, prompt) })
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, variants := script.Variants(string(text))
	for _, one := range variants {
		if err := inWorld(world.Options{Waits: waits, Settle: script.Settle(one)},
			func(w *world.World) error { return script.New(w).Play(ctx, one, os.Stdout) }); err != nil {
			return err
		}
	}
	return nil
}

// inWorld creates a world with the bot, runs f in it, and closes it.
func inWorld(o world.Options, f func(*world.World) error) error {
	dir, err := os.MkdirTemp("", "s3share-sandbox-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.Dir = dir
	w, err := world.New(o)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Bot.Start(); err != nil {
		return err
	}
	return f(w)
}

// show serves the page until ctx or the prompt ends.
func show(ctx context.Context, w *world.World, port int, prompt bool) error {
	url, err := web.Open(ctx, w, port)
	if err != nil {
		return err
	}
	fmt.Println("The sandbox is open at", url)
	if !prompt {
		<-ctx.Done()
		return nil
	}
	fmt.Println("Type commands here too: `example` plays a worked example, `help` lists all commands, ctrl-D exits.")
	w.Patience = promptly
	return readPrompt(ctx, script.New(w))
}

// promptly is how long a line at the prompt may take to become true.
const promptly = 5 * time.Second

// isTerminal distinguishes a terminal from a file, a pipe or a closed file.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && !os.SameFile(info, null)
}

// readPrompt runs commands from the terminal until its end.
func readPrompt(ctx context.Context, p *script.Player) error {
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
			if err := typed(ctx, p, line); err != nil {
				fmt.Println("!", err)
			}
		}
	}
}

func typed(ctx context.Context, p *script.Player, line string) error {
	if line == "example" { // its lines are assertions
		p.Answers = false
		return p.Play(ctx, welcome, os.Stdout)
	}
	p.Answers = true
	return p.Do(ctx, line, os.Stdout)
}
