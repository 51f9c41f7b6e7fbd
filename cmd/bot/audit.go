package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"

	"s3share/internal/audit"
)

// auditVerify checks a log, by default the one that the config names, and holds
// it against a head that was posted, if that is given. It only reads, so it
// works beside a running bot.
func auditVerify(config string, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("audit verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	posted := flags.String("head", "", "")
	flags.StringVar(&config, "config", config, "")
	if flags.Parse(args) != nil {
		return errUsage
	}
	path := flags.Arg(0)
	if flags.NArg() > 1 && (flags.Parse(flags.Args()[1:]) != nil || flags.NArg() > 0) { // bot audit verify FILE --head … is what many type
		return errUsage
	}
	if _, _, err := audit.ParseHead(*posted); err != nil {
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
		return fmt.Errorf("there is no audit log %s (hint: the bot makes it when it first starts)", path)
	}
	if err != nil {
		return err
	}
	defer log.Close()
	v, err := audit.VerifyFile(log, *posted)
	if err != nil {
		return fmt.Errorf("%s does not hold: %w", path, err)
	}
	switch v.Seq {
	case 0:
		fmt.Fprintf(out, "%s holds: it has no entries.\n", path)
	case 1:
		fmt.Fprintf(out, "%s holds: one entry, %s.\n", path, v.Hash)
	default:
		fmt.Fprintf(out, "%s holds: %d entries, the last is %s.\n", path, v.Seq, v.Hash)
	}
	if *posted != "" {
		fmt.Fprintf(out, "The head %s is one of them.\n", *posted)
	}
	if v.Torn {
		fmt.Fprintln(out, "A line that is not whole yet follows: the bot is writing it, or a crash tore it and the bot mends it when it starts.")
	}
	return nil
}
