package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"s3share/internal/app"
	"s3share/internal/config"
)

// botArgument makes this program the bot instead of the world around it.
const botArgument = "the-bot-itself"

// process is the bot in a process of its own. Its clock runs with the machine's,
// moved by what it reads from its standard input.
type process struct {
	cmd   *exec.Cmd
	clock io.WriteCloser
	log   *os.File
}

// start starts the bot, unless it runs.
func (w *world) start() error {
	if w.bot != nil {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(w.dir, "bot.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(self, botArgument)
	cmd.Env, cmd.Stdout, cmd.Stderr = w.env, log, log
	clock, err := cmd.StdinPipe()
	if err != nil {
		return errors.Join(err, log.Close())
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	w.bot = &process{cmd: cmd, clock: clock, log: log}
	return w.tellTime()
}

// tellTime sends the bot how far the clock was moved.
func (w *world) tellTime() error {
	if w.bot == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := fmt.Fprintln(w.bot.clock, int64(w.offset))
	return err
}

// kill ends the bot without any warning, as a power failure would.
func (w *world) kill() { w.end(syscall.SIGKILL) }

func (w *world) end(how syscall.Signal) {
	if w.bot == nil {
		return
	}
	w.bot.cmd.Process.Signal(how) //nolint:errcheck // it may have ended
	w.bot.cmd.Wait()              //nolint:errcheck // killed
	w.bot.log.Close()
	w.bot = nil
}

// runBot is the whole program in the bot's own process. It ends with the world.
func runBot() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	c, err := config.Load(os.Getenv("S3SHARE_CONFIG"))
	if err != nil {
		log.Error("loading the config", "err", err)
		return 1
	}
	var offset atomic.Int64
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan() // the clock is right before anything runs
	set := func() {
		if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
			offset.Store(n)
		}
	}
	set()
	go func() {
		for lines.Scan() {
			set()
		}
		os.Exit(1)
	}()
	err = app.Run(ctx, app.Options{
		Config: c, Log: log, Now: func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
		BotToken: os.Getenv("SLACK_BOT_TOKEN"), AppToken: os.Getenv("SLACK_APP_TOKEN"), SlackURL: os.Getenv("SLACK_API_URL"),
	})
	if err != nil {
		log.Error("the bot has ended", "err", err)
		return 1
	}
	return 0
}
