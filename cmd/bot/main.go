// Command bot is the s3share bot. The README explains its setup.
//
// A tour of the files: main.go reads the command line, run.go starts the bot,
// audit.go verifies the audit log, store.go repairs the database. usage.go has
// the parts that all commands share, and the help; man.go writes it as man pages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command runs one command line and returns the exit code: 2 for a usage error,
// 1 for any other error.
func command(ctx context.Context, args []string, out, errs io.Writer) int {
	root := rootCommand()
	root.SetArgs(withTwoDashes(root, args))
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, "bot:", err)
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// rootCommand returns the bot command with its subcommands. Without a
// subcommand the bot runs. Each subcommand has its own constructor and file.
func rootCommand() *cobra.Command {
	var path string
	run := runCommand(&path)
	root := &cobra.Command{
		Use:           "bot",
		Short:         "s3share, the Slack bot that shares S3 buckets for a limited time",
		Long:          long,
		Version:       version,
		Args:          operands(0),
		RunE:          run.RunE,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&path, "config", os.Getenv("S3SHARE_CONFIG"), "config `FILE` (default: the value of S3SHARE_CONFIG)")
	flags.Lookup("config").DefValue = "" // so that the help is the same on every machine
	root.Flags().AddFlag(run.Flags().Lookup("head"))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(fmt.Sprintf("%v (hint: %s --help lists the flags)", err, cmd.CommandPath()))
	})
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(run, manCommand(root),
		group("audit", "Check the audit log", auditVerifyCommand(&path)),
		group("store", "Repair the database", storeRepairCommand(&path)),
		versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  operands(0),
		Run:   func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), version) },
	}
}

// withTwoDashes rewrites -config to --config. The bot used to accept both, and
// old service definitions must still start it.
func withTwoDashes(root *cobra.Command, args []string) []string {
	rewritten := make([]string, len(args))
	for i, arg := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") &&
			(name == "help" || root.PersistentFlags().Lookup(name) != nil || root.Flags().Lookup(name) != nil) {
			arg = "-" + arg
		}
		rewritten[i] = arg
	}
	return rewritten
}
