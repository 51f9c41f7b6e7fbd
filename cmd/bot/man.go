package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the help of all commands as man pages, for packages.
func manCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages into a directory",
		Args:  operands(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return usageError("man needs a directory (hint: " + cmd.CommandPath() + " --help shows how to use it)")
			}
			if err := os.MkdirAll(words[0], 0o755); err != nil {
				return err
			}
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Section: "1", Source: "s3share " + version} // SOURCE_DATE_EPOCH sets the date
			if err := doc.GenManTree(root, header, words[0]); err != nil {
				return fmt.Errorf("writing the man pages: %w", err)
			}
			return nil
		},
	}
}
