package world

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"s3share/internal/sim/slacksim"
)

// Patience is the real time that a condition has to become true.
const Patience = 60 * time.Second

// A Bot is the bot's process: it can be started, stopped and killed.
type Bot struct {
	Program string   // "" means this program, whose clock follows the world's
	Env     []string // of the next start

	waits time.Duration // the bot's time-out for Slack; zero means its default
	log   string
	slack *slacksim.Workspace
	clock *Clock

	mu  sync.Mutex
	run *run // nil while the bot is dead
}

// A run is one process of the bot.
type run struct {
	cmd  *exec.Cmd
	log  *os.File
	over chan struct{} // closed when Slack has noticed its end
}

// LogPath is the path of the bot's log.
func (b *Bot) LogPath() string { return b.log }

// Start starts the bot, unless it runs.
func (b *Bot) Start() error { return b.StartAt("") }

// StartAt starts the bot with the head of the audit chain that it must have; ""
// means any.
func (b *Bot) StartAt(head string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.launch(head)
}

// Kill ends the bot without warning, as a power failure would.
func (b *Bot) Kill() error { return b.end(syscall.SIGKILL) }

// Stop asks the bot to shut down, and waits for it.
func (b *Bot) Stop() error { return b.end(syscall.SIGTERM) }

func (b *Bot) end(how syscall.Signal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.halt(how)
}

// Crash kills the bot and starts it again. Other goroutines always find a
// running bot.
func (b *Bot) Crash() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return errors.Join(b.halt(syscall.SIGKILL), b.launch(""))
}

// Runs reports whether the bot runs.
func (b *Bot) Runs() bool { return b.current() != nil }

func (b *Bot) current() *run {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.run
}

// WhileItRuns returns a context that also ends with the process that runs now,
// because a dead bot never answers.
func (b *Bot) WhileItRuns(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if run := b.current(); run != nil {
		go func() {
			defer cancel()
			select {
			case <-ctx.Done():
			case <-run.over:
			}
		}()
	}
	return ctx, cancel
}

func (b *Bot) launch(head string) error {
	if b.run != nil {
		return nil
	}
	cmd, err := b.command()
	if err != nil {
		return err
	}
	if head != "" {
		cmd.Args = append(cmd.Args, "--head", head)
	}
	log, err := os.OpenFile(b.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd.Env, cmd.Stderr = b.Env, log
	tell, err := b.start(cmd)
	if err != nil {
		return errors.Join(err, log.Close())
	}
	b.run = &run{cmd, log, make(chan struct{})}
	b.clock.follow(tell)
	return nil
}

func (b *Bot) command() (*exec.Cmd, error) {
	if b.Program != "" {
		return exec.Command(b.Program), nil
	}
	self, err := os.Executable()
	return exec.Command(self, botArgument, "--slack-waits", b.waits.String()), err
}

// start starts the process. It returns a function that sets the process's clock
// and waits for its confirmation, or nil if the clock cannot be set. A process
// that has ended does not confirm.
func (b *Bot) start(cmd *exec.Cmd) (tell func(time.Duration), err error) {
	if b.Program != "" {
		return nil, cmd.Start()
	}
	var clock io.Writer
	var echo io.Reader
	if clock, err = cmd.StdinPipe(); err == nil {
		echo, err = cmd.StdoutPipe()
	}
	if err != nil {
		return nil, err
	}
	confirmed := bufio.NewScanner(echo)
	return func(offset time.Duration) {
		if _, err := fmt.Fprintln(clock, int64(offset)); err == nil {
			confirmed.Scan()
		}
	}, cmd.Start()
}

// halt ends the bot, and waits until Slack has noticed. Otherwise Slack could
// send the next act to the dead bot.
func (b *Bot) halt(how syscall.Signal) error {
	if b.run == nil {
		return nil
	}
	defer close(b.run.over)
	b.clock.follow(nil)
	b.run.cmd.Process.Signal(how) //nolint:errcheck // it may have ended already
	err := b.run.cmd.Wait()
	b.run.log.Close()
	b.run = nil
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := b.Disconnected(ctx); err != nil {
		return err
	}
	if how == syscall.SIGKILL {
		return nil
	}
	return err
}

// Disconnected waits until the bot has no connection to Slack left.
func (b *Bot) Disconnected(ctx context.Context) error {
	return b.slack.Wait(ctx, func() bool { return len(b.slack.Conns()) == 0 })
}

// Connected waits until the bot is connected to Slack.
func (b *Bot) Connected(ctx context.Context) error {
	if !b.Runs() {
		return errors.New("the bot is stopped; `start` starts it")
	}
	if err := b.slack.Wait(ctx, func() bool { return len(b.slack.Conns()) > 0 }); err != nil {
		return fmt.Errorf("the bot is not connected: %w", err)
	}
	return nil
}
