package main

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"s3share/internal/app"
)

// runCommand starts the bot with the config at *path.
func runCommand(path *string) *cobra.Command {
	var head string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start the bot (default)",
		Args:  operands(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), *path, head, cmd.ErrOrStderr()) },
	}
	cmd.Flags().StringVar(&head, "head", "",
		"refuse to grant if the database is older than this audit entry, `SEQ:HASH` as posted in the admin channel")
	return cmd
}

func run(ctx context.Context, path, head string, errs io.Writer) error {
	c, err := load(path)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(errs, nil))
	log.Info("starting", "version", version, "config", c.Path, "digest", c.Digest)
	return app.Run(ctx, app.Options{
		Config: c, Version: version, Log: log, Head: head,
		BotToken: os.Getenv("SLACK_BOT_TOKEN"), AppToken: os.Getenv("SLACK_APP_TOKEN"), SlackURL: os.Getenv("SLACK_API_URL"),
	})
}
