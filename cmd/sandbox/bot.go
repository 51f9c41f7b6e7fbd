package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"s3share/internal/app"
	"s3share/internal/config"
)

// botArgument makes this program run the bot instead of the sandbox.
const botArgument = "the-bot-itself"

// process is a bot process. Its clock is the machine's clock plus an offset
// that it reads from standard input.
type process struct {
	cmd   *exec.Cmd
	clock io.WriteCloser
	heard *bufio.Scanner // its confirmations of a new offset; nil if it has no such clock
	log   *os.File
}

// start starts the bot, unless it is running.
func (w *world) start() error {
	w.botLock.Lock()
	defer w.botLock.Unlock()
	return w.launch()
}

// startBot starts the bot. If the line says so, it starts with the audit head
// that was posted last.
func (w *world) startBot(_ context.Context, s step) error {
	w.posted = ""
	if s.rest == "with the posted head" {
		for _, m := range w.seenIn("#s3-admins") {
			if _, head, ok := strings.Cut(m.Text, "--head "); ok {
				w.posted, _, _ = strings.Cut(head, "`")
			}
		}
		if w.posted == "" {
			return errors.New("no head was posted")
		}
	}
	defer func() { w.posted = "" }()
	return w.start()
}

// crash kills the bot and starts it again. It holds botLock throughout, so
// other goroutines always find a running bot.
func (w *world) crash() error {
	w.botLock.Lock()
	defer w.botLock.Unlock()
	return errors.Join(w.halt(syscall.SIGKILL), w.launch())
}

func (w *world) launch() error {
	if w.bot != nil {
		return nil
	}
	program, args := w.program, []string(nil)
	if program == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		program, args = self, []string{botArgument, "--slack-waits", w.slackWaits.String()}
	}
	log, err := os.OpenFile(w.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(program, args...)
	p := &process{cmd: cmd, log: log}
	cmd.Env, cmd.Stderr = w.env, log
	if w.posted != "" {
		cmd.Args = append(cmd.Args, "--head", w.posted)
	}
	if w.program == "" {
		var echo io.Reader
		if p.clock, err = cmd.StdinPipe(); err == nil {
			echo, err = cmd.StdoutPipe()
		}
		if err != nil {
			return errors.Join(err, log.Close())
		}
		p.heard = bufio.NewScanner(echo)
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	w.bot = p
	w.mu.Lock()
	w.tell(p)
	w.mu.Unlock()
	return nil
}

func (w *world) logPath() string { return filepath.Join(w.dir, "bot.log") }

// tell sends the bot its clock offset and waits for the confirmation. A bot
// that has ended does not confirm.
func (w *world) tell(p *process) {
	if p.heard == nil {
		return
	}
	if _, err := fmt.Fprintln(p.clock, int64(w.offset+w.skew)); err == nil {
		p.heard.Scan()
	}
}

func (w *world) runs() bool { return w.running() != nil }

func (w *world) running() *process {
	w.botLock.Lock()
	defer w.botLock.Unlock()
	return w.bot
}

// kill ends the bot without warning, as a power failure would.
func (w *world) kill() error { return w.end(syscall.SIGKILL) }

// stop asks the bot to shut down.
func (w *world) stop() error { return w.end(syscall.SIGTERM) }

// end ends the bot, and waits until Slack has noticed. Otherwise Slack could
// send the next act to the dead bot.
func (w *world) end(how syscall.Signal) error {
	w.botLock.Lock()
	defer w.botLock.Unlock()
	return w.halt(how)
}

func (w *world) halt(how syscall.Signal) error {
	if w.bot == nil {
		return nil
	}
	w.bot.cmd.Process.Signal(how) //nolint:errcheck // it may have ended already
	err := w.bot.cmd.Wait()
	w.bot.log.Close()
	w.bot = nil
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.unplugged(ctx); err != nil {
		return err
	}
	if how == syscall.SIGKILL {
		return nil
	}
	return err
}

// unplugged waits until the bot has no connections left.
func (w *world) unplugged(ctx context.Context) error {
	return w.slack.Wait(ctx, func() bool { return len(w.slack.Conns()) == 0 })
}

// runBot runs the bot in its own process. It ends with the sandbox.
func runBot() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	flags := flag.NewFlagSet(botArgument, flag.ContinueOnError)
	head, waits := flags.String("head", "", ""), flags.Duration("slack-waits", 0, "")
	if err := flags.Parse(os.Args[2:]); err != nil {
		return 2
	}
	c, err := config.Load(os.Getenv("S3SHARE_CONFIG"))
	if err != nil {
		log.Error("loading the config", "err", err)
		return 1
	}
	var offset atomic.Int64
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan() // set the clock before anything runs
	set := func() {
		if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
			offset.Store(n)
		}
		fmt.Println(lines.Text())
	}
	set()
	go func() {
		for lines.Scan() {
			set()
		}
		os.Exit(1)
	}()
	err = app.Run(ctx, app.Options{
		Config: c, Log: log, Head: *head, CallWithin: *waits,
		Now:      func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
		BotToken: os.Getenv("SLACK_BOT_TOKEN"), AppToken: os.Getenv("SLACK_APP_TOKEN"), SlackURL: os.Getenv("SLACK_API_URL"),
	})
	if err != nil {
		log.Error("the bot has ended", "err", err)
		return 1
	}
	return 0
}
