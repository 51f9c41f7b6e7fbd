// Command bot is the s3share bot. See the README for how to set it up.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"s3share/internal/app"
	"s3share/internal/config"
)

// version is set when a release is built.
var version = "dev"

const usage = `usage: bot [--config FILE] [run [--head SEQ:HASH] | version | audit verify [--head SEQ:HASH] [FILE]]

run            runs the bot (what happens without a word); with --head, the last
               one that it posted, it adds nothing if its store is older than that
version        prints the version
audit verify   checks the chain in the audit log

The config is named by --config or S3SHARE_CONFIG. SLACK_BOT_TOKEN and
SLACK_APP_TOKEN come from the environment, and so do the AWS credentials.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command runs one command line and returns the exit code: 2 if it could not be
// understood, 1 if it failed.
func command(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("bot", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage) }
	path := flags.String("config", os.Getenv("S3SHARE_CONFIG"), "")
	head := flags.String("head", "", "")
	err := flags.Parse(args)
	verb, rest := "run", flags.Args()
	if len(rest) > 0 {
		verb, rest = rest[0], rest[1:]
	}
	if err == nil && verb == "run" { // bot run --config FILE is what many type
		err = flags.Parse(rest)
		rest = flags.Args()
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	switch {
	case verb == "run" && len(rest) == 0:
		err = run(ctx, *path, *head, errs)
	case *head != "":
		flags.Usage()
		return 2
	case verb == "version" && len(rest) == 0:
		fmt.Fprintln(out, version)
	case verb == "audit" && len(rest) > 0 && rest[0] == "verify":
		err = auditVerify(*path, rest[1:], out)
	case verb == "check" || verb == "backup":
		err = fmt.Errorf("%s is not available yet", verb)
	case verb == "audit" && len(rest) > 0 && rest[0] == "export":
		err = errors.New("audit export is not available yet")
	default:
		flags.Usage()
		return 2
	}
	switch {
	case errors.Is(err, errUsage):
		flags.Usage()
		return 2
	case err != nil:
		fmt.Fprintln(errs, "bot:", err)
		return 1
	}
	return 0
}

// errUsage is of a command line that could not be understood.
var errUsage = errors.New("usage")

func run(ctx context.Context, path, head string, errs io.Writer) error {
	c, err := load(path)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(errs, nil))
	log.Info("starting", "version", version, "config", c.Path, "digest", c.Digest)
	return app.Run(ctx, app.Options{
		Config: c, Log: log, Head: head,
		BotToken: os.Getenv("SLACK_BOT_TOKEN"), AppToken: os.Getenv("SLACK_APP_TOKEN"), SlackURL: os.Getenv("SLACK_API_URL"),
	})
}

func load(path string) (config.Config, error) {
	if path == "" {
		return config.Config{}, errors.New("no config: name it by --config or S3SHARE_CONFIG")
	}
	return config.Load(path)
}
