package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"s3share/internal/audit"
)

func auditVerifyCommand(config *string) *cobra.Command {
	var posted string
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Verify the hash chain of the audit log",
		Long: `Verify the hash chain of the audit log: FILE, or the log that the config names.
The command only reads, so the bot can run meanwhile.`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		Args: operands(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			return auditVerify(*config, strings.Join(words, ""), posted, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&posted, "head", "",
		"verify also that the log has this entry, `SEQ:HASH` as posted in the admin channel")
	return cmd
}

// auditVerify verifies the log at path, or the config's log if path is empty.
// With posted it also checks that the log has that head. It only reads.
func auditVerify(config, path, posted string, out io.Writer) error {
	if _, _, err := audit.ParseHead(posted); err != nil {
		return err
	}
	if path == "" {
		c, err := load(config)
		if err != nil {
			return err
		}
		path = c.Audit
	}
	log, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no audit log %s (hint: the bot makes one at its first start)", path)
	}
	if err != nil {
		return err
	}
	defer log.Close()
	if info, err := log.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory (hint: name the file in it)", path)
	}
	v, err := audit.VerifyFile(log, posted)
	if err != nil && v.Seq == 0 {
		return fmt.Errorf("%s is not intact: %w (hint: check that it is an audit log)", path, err)
	}
	if err != nil {
		return fmt.Errorf("%s is not intact: %w", path, err)
	}
	switch v.Seq {
	case 0:
		fmt.Fprintf(out, "%s is intact: it has no entries.\n", path)
	case 1:
		fmt.Fprintf(out, "%s is intact: one entry, %s.\n", path, v.Hash)
	default:
		fmt.Fprintf(out, "%s is intact: %d entries, the last is %s.\n", path, v.Seq, v.Hash)
	}
	if posted != "" {
		fmt.Fprintf(out, "The head %s is among them.\n", posted)
	}
	if v.Torn {
		fmt.Fprintln(out, "An incomplete line follows: the bot is writing it, or a crash cut it off and the bot "+
			"repairs it at its next start.")
	}
	return nil
}
