package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"s3share/cmd/sandbox/world"
	"s3share/internal/sim/slacksim"
)

// An operator runs the bot and has its files.
type operator struct {
	w      *world.World
	screen screen
}

// start starts the bot. If the line says so, it starts with the audit head that
// was posted last.
func (o operator) start(_ context.Context, line step) error {
	if line.rest != "with the posted head" {
		return o.w.Bot.Start()
	}
	posted := ""
	for _, m := range o.screen.messages("#s3-admins") {
		if _, head, ok := strings.Cut(m.Text, "--head "); ok {
			posted, _, _ = strings.Cut(head, "`")
		}
	}
	if posted == "" {
		return errors.New("no audit head was posted yet")
	}
	return o.w.Bot.StartAt(posted)
}

func (o operator) stop(context.Context, step) error { return o.w.Bot.Stop() }

func (o operator) restart(context.Context, step) error {
	if err := o.w.Bot.Stop(); err != nil {
		return err
	}
	return o.w.Bot.Start()
}

// kill kills the bot. `kill once acked` waits until Slack has the ack of each
// act: the bot may carry out an act while its ack is still on the way.
func (o operator) kill(ctx context.Context, line step) error {
	switch line.rest {
	case "":
		return o.w.Bot.Kill()
	case "once acked":
		err := o.w.Slack.Wait(ctx, func() bool {
			unacked := func(d slacksim.Delivery) bool { return !d.Acked && d.Error == "" }
			return !slices.ContainsFunc(o.w.Slack.Deliveries(), unacked)
		})
		return errors.Join(err, o.w.Bot.Kill())
	}
	return errors.New("usage: kill, or kill once acked")
}

// store saves the bot's database, or restores the saved copy without its log,
// as a careless operator would.
func (o operator) store(ctx context.Context, line step) error {
	kept := func(path string) string { return path + ".kept" }
	db, log := o.w.StorePath(), o.w.AuditPath()
	if o.w.Bot.Runs() {
		return errors.New("the bot is running; `stop` it first")
	}
	switch line.rest {
	case "save":
		return errors.Join(copyFile(kept(db), db), copyFile(kept(log), log))
	case "restore":
		return copyFile(db, kept(db))
	case "restore with the log":
		return errors.Join(copyFile(db, kept(db)), copyFile(log, kept(log)))
	}
	if reason, ok := strings.CutPrefix(line.rest, "damage "); ok {
		return damageRecord(db, reason)
	}
	if line.rest == "repair" {
		return o.w.RepairStore(ctx)
	}
	return errors.New("usage: store save, store restore, store restore with the log, store damage REASON, or store " +
		"repair")
}

// damageRecord flips a bit in the record of the request with this reason, as a
// failing disk would. It also damages the copies in free pages of the file.
func damageRecord(db, reason string) error {
	b, err := os.ReadFile(db)
	if err != nil {
		return err
	}
	text := []byte(`"Reason":"` + reason + `"`)
	found := false
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], text)
		if i < 0 {
			break
		}
		at, found = at+i, true
		b[at+len(text)-2] ^= 4
	}
	if !found {
		return fmt.Errorf("no record has the reason %q", reason)
	}
	return os.WriteFile(db, b, 0o600)
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// audit verifies the audit log's chain, or waits for a text in the log.
func (o operator) audit(ctx context.Context, line step) error {
	verb, text, _ := strings.Cut(line.rest, " ")
	switch verb {
	case "verify":
		return until(ctx, func() (bool, string) { // the last line may not be written yet
			err := o.w.VerifyAudit()
			return err == nil, fmt.Sprint("the audit log: ", err)
		})
	case "aside":
		return os.Rename(o.w.AuditPath(), o.w.AuditPath()+".aside")
	case "has":
		return until(ctx, func() (bool, string) {
			log, _ := os.ReadFile(o.w.AuditPath())
			return strings.Contains(string(log), unquote(text)) == line.wanted, "the audit log: " + string(log)
		})
	}
	return errors.New("usage: audit verify, audit has TEXT, or audit aside")
}
