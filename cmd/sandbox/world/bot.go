package world

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"s3share/internal/app"
	"s3share/internal/config"
)

// botArgument makes this program run the bot.
const botArgument = "the-bot-itself"

// BecomeBot runs the bot and exits, if a [Bot] started this process. Every
// program that creates a world calls it first.
func BecomeBot() {
	if len(os.Args) >= 2 && os.Args[1] == botArgument {
		os.Exit(runBot(os.Args[2:]))
	}
}

// runBot runs the bot. Its clock is the machine's plus an offset that it reads
// from standard input. It ends with the sandbox.
func runBot(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	flags := flag.NewFlagSet(botArgument, flag.ContinueOnError)
	head, waits := flags.String("head", "", ""), flags.Duration("slack-waits", 0, "")
	if err := flags.Parse(args); err != nil {
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
