package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"s3share/internal/config"
)

// A usageError reports an invalid command line.
type usageError string

func (e usageError) Error() string { return string(e) }

// operands accepts at most this many arguments. An extra argument is usually a
// misspelled command.
func operands(most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, words []string) error {
		if len(words) <= most {
			return nil
		}
		path, help := cmd.CommandPath(), cmd.CommandPath()+" --help shows how to use it"
		if !cmd.HasAvailableSubCommands() {
			return usageError(fmt.Sprintf("%q is one word too many for %s (hint: %s)", words[most], path, help))
		}
		cmd.SuggestionsMinimumDistance = 2
		if near := cmd.SuggestionsFor(words[0]); len(near) > 0 {
			help = "did you mean " + path + " " + near[0] + "?"
		}
		return usageError(fmt.Sprintf("%q is not a command of %s (hint: %s)", words[0], path, help))
	}
}

// version is set in a release build.
var version = "dev"

// load reads the config at path.
func load(path string) (config.Config, error) {
	if path == "" {
		return config.Config{}, errors.New("no config file is named (hint: use --config FILE, or set S3SHARE_CONFIG)")
	}
	return config.Load(path)
}

// group returns a command that only has subcommands.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  operands(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError(name + " needs a command (hint: " + cmd.CommandPath() + " --help lists them)")
		},
	}
	cmd.AddCommand(commands...)
	return cmd
}

// long is the help of the bot command.
const long = `s3share, the Slack bot that shares S3 buckets for a limited time.

Without a command the bot runs, until it gets SIGINT or SIGTERM.

Environment:

    SLACK_BOT_TOKEN   the bot token of the Slack app, xoxb-… (required)
    SLACK_APP_TOKEN   an app-level token with connections:write, xapp-… (required)
    S3SHARE_CONFIG    the config file, if --config does not name one
    SLACK_API_URL     another address of Slack's API, with a slash at the end
    AWS_…             credentials, region and endpoints, as in every AWS SDK

Exit codes:

    0   the command succeeded, or the bot stopped as asked
    1   the command failed: the last line says why
    2   the command line is wrong`
