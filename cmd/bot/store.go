package main

import (
	"time"

	"github.com/spf13/cobra"

	"s3share/internal/app"
)

func storeRepairCommand(path *string) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Rebuild damaged records from their audit entries",
		Long: `Rebuild damaged records from their audit entries.

Stop the bot first. Each record is shown before it is written, and asked about.
Data that follows from the records is rebuilt without a question.`,
		Args: operands(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(*path)
			if err != nil {
				return err
			}
			return app.Repair(cmd.Context(), app.RepairOptions{
				Config: c, Version: version, In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Now: time.Now, Yes: yes,
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "write without asking")
	return cmd
}
