package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/boltstore"
	"s3share/internal/config"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// RepairOptions configures [Repair]. All fields but Yes are required.
type RepairOptions struct {
	Config  config.Config
	Version string
	In      io.Reader // answers, one per line
	Out     io.Writer
	Now     func() time.Time
	Yes     bool // write without confirmation
}

// errUnrepaired means that a part of the store is still damaged.
var errUnrepaired = errors.New("the store is not whole (hint: put a backup in its place; until then the bot adds " +
	"nothing beside what is damaged)")

// Repair examines the store, which rebuilds derived data, and rebuilds each damaged record from its
// audit entries. It shows each record before writing it, and asks for confirmation. It returns an
// error while the bot runs, and if a record stays damaged.
func Repair(ctx context.Context, o RepairOptions) (err error) {
	db, err := boltstore.Open(
		boltstore.Config{Path: o.Config.Store, Version: o.Version, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Examine(ctx, o.Now()); err != nil && ctx.Err() != nil {
		return err
	}
	damaged := db.Unreadable(ctx)
	if len(damaged) == 0 {
		fmt.Fprintf(o.Out, "%s: every record can be read.\n", o.Config.Store)
		return nil
	}
	answers := bufio.NewScanner(o.In)
	left := 0
	for _, d := range damaged {
		switch {
		case d.What == store.RecordOfGrant:
			done, err := repairGrant(ctx, o, db, d, answers)
			if err != nil {
				return err
			}
			if !done {
				left++
			}
		case d.What == store.RecordOfMany:
			fmt.Fprintf(o.Out, "A part of the file is damaged: %s. It cannot be repaired.\n", d.Why)
			left++
		default:
			fmt.Fprintf(o.Out, "%s: damaged. The bot stores a new one.\n", strings.TrimSpace(d.What+" "+string(d.ID)))
		}
	}
	if left > 0 {
		return errUnrepaired
	}
	return nil
}

// repairGrant shows one rebuilt record, and writes it if the person confirms.
func repairGrant(ctx context.Context, o RepairOptions, db *boltstore.Store, d store.Unreadable,
	answers *bufio.Scanner) (done bool, err error) {
	fmt.Fprintf(o.Out, "grant %s: %s.\n", d.ID, d.Why)
	entries, whole, err := store.EntriesOf(ctx, db, d.ID)
	if err != nil {
		return false, err
	}
	g, err := o.Config.Rules.Rebuild(d.ID, entries)
	if err != nil {
		fmt.Fprintf(o.Out, "  It cannot be rebuilt: %v.\n", err)
		return false, nil
	}
	last := entries[len(entries)-1]
	fmt.Fprintf(o.Out, "From %d audit entries, the last of %s (%s), it would be:\n", len(entries),
		stamp(last.At), last.Kind)
	if !whole {
		fmt.Fprintln(o.Out, "  An entry of the audit chain is damaged too. It may have been about this grant: compare with "+
			"the audit log.")
	}
	fmt.Fprint(o.Out, described(g))
	if !o.Yes {
		fmt.Fprint(o.Out, "Write it? [y/N] ")
		yes := answers.Scan() && strings.EqualFold(strings.TrimSpace(answers.Text()), "y")
		if !yes {
			fmt.Fprintln(o.Out, "Left as it is.")
			return false, nil
		}
	}
	if err := db.Replace(ctx, g, o.Now()); err != nil {
		return false, err
	}
	fmt.Fprintln(o.Out, "Written. The bot compares it with AWS when it starts.")
	return true, nil
}

// described formats the fields of a record that people and AWS depend on.
func described(g grant.Grant) string {
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", label, value)
		}
	}
	state := string(g.State)
	if g.Outcome != "" {
		state += ", " + string(g.Outcome)
	}
	target := "s3://" + g.Bucket.Name + "/"
	if g.Prefix != "" {
		target += g.Prefix + "/"
	}
	line("state", state)
	line("access", g.Level.Name+" on "+target+" in account "+g.Bucket.AccountID)
	line("actions", strings.Join(append(append([]string(nil), g.Level.Object...), g.Level.Bucket...), " "))
	line("principal", strings.TrimSpace(g.Principal.ARN+" "+g.Principal.UniqueID))
	line("requester", g.Requester.User)
	if !g.Beneficiary.Same(g.Requester) {
		line("beneficiary", g.Beneficiary.User)
	}
	line("reason", g.Reason)
	line("duration", g.Term.String())
	line("requested", stamp(g.AskedAt))
	line("starts", stamp(g.StartAt))
	line("expires", stamp(g.ExpiresAt))
	line("paused", stamp(g.DriftedAt))
	line("ended", stamp(g.EndedAt))
	line("why", g.Why)
	for _, p := range g.Parts {
		line("in AWS", string(p.Kind)+" "+p.Key)
	}
	return b.String()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
