// Command sandbox is the bot, the real one, on a simulated Slack and two
// simulated AWS accounts. It needs no network but loopback.
//
//	go run ./cmd/sandbox                 a page in the browser, at the address that it prints
//	go run ./cmd/sandbox -script FILE    plays a script and ends
//
// In a terminal it takes commands beside the page.
//
// The bot runs in a process of its own, so that it can be killed. world.go makes
// the company, bot.go runs the bot. script.go plays scripts: people.go, press.go
// and tricks.go have what people do, look.go what can be seen, policies.go and
// company_changes.go what others do in AWS, disturb.go what goes wrong, hooks.go
// what happens around a call. page.go is where the page begins, with its sources
// in front/ and what they were built to in page/.
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
	if len(os.Args) >= 2 && os.Args[1] == botArgument {
		os.Exit(runBot())
	}
	script := flag.String("script", "", "a file of commands to play, instead of the prompt")
	port := flag.Int("port", 0, "the page's port on loopback; 0 is any that is free")
	waits := flag.Duration("slack-waits", 0, "how long Slack waits for the bot and the bot for Slack, on a busy machine; 0 is as long as they do (3 s and 10 s)")
	prompt := flag.Bool("prompt", isTerminal(os.Stdin), "take commands from the standard input, too")
	flag.Parse()
	if err := nothingElse(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := play(ctx, *script, *port, *waits, *prompt); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// nothingElse refuses what is not a flag, such as a script without -script,
// rather than opening a page that nobody asked for.
func nothingElse(args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%q is no flag; -script FILE plays a script", args[0])
}

// play plays a script, once for each of its variants, or opens the page.
func play(ctx context.Context, script string, port int, waits time.Duration, prompt bool) error {
	if script == "" {
		return inWorld(options{waits: waits}, func(w *world) error { return w.show(ctx, port, prompt) })
	}
	text, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	_, scripts := variants(string(text))
	for _, one := range scripts {
		if err := inWorld(options{waits: waits, settle: settles(one)}, func(w *world) error { return w.play(ctx, one, os.Stdout) }); err != nil {
			return err
		}
	}
	return nil
}

// inWorld runs f in a company of its own, with the bot in it.
func inWorld(o options, f func(*world) error) error {
	dir, err := os.MkdirTemp("", "s3share-sandbox-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(dir, o)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(); err != nil {
		return err
	}
	return f(w)
}

// show opens the page until ctx ends, or what is typed does.
func (w *world) show(ctx context.Context, port int, prompt bool) error {
	url, err := newPage(w).open(ctx, port)
	if err != nil {
		return err
	}
	fmt.Println("The sandbox is open at", url)
	if !prompt {
		<-ctx.Done()
		return nil
	}
	fmt.Println("Commands can be typed here, too: `example` plays a worked example, `help` lists them; end with ctrl-D.")
	w.patience, w.asks = promptly, true
	return w.prompt(ctx)
}

// promptly is how long somebody at the prompt waits for something to come true.
const promptly = 5 * time.Second

// isTerminal tells a terminal from a file, a pipe and nothing at all.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && !os.SameFile(info, null)
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
			if err := w.typed(ctx, line); err != nil {
				fmt.Println("!", err)
			}
		}
	}
}

func (w *world) typed(ctx context.Context, line string) error {
	if line == "example" {
		w.asks = false // it says what has to come true
		defer func() { w.asks = true }()
		return w.play(ctx, welcome, os.Stdout)
	}
	return w.do(ctx, line, os.Stdout)
}
