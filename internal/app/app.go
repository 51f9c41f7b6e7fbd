package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"s3share/internal/alarm"
	"s3share/internal/audit"
	"s3share/internal/awsaccess"
	"s3share/internal/boltstore"
	"s3share/internal/commands"
	"s3share/internal/config"
	"s3share/internal/crash"
	"s3share/internal/grant"
	"s3share/internal/journal"
	"s3share/internal/loadgate"
	"s3share/internal/reconcile"
	"s3share/internal/slackbot"
	"s3share/internal/store"
)

// Run runs the bot until ctx ends. Then it closes the sockets, finishes the work in flight, and
// closes the store last.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.Check(); err != nil {
		return err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Failpoint == nil {
		o.Failpoint = crash.At
	}
	o.Log = slog.New(alarm.Quiet(o.Log.Handler()))
	for _, odd := range o.Config.Warnings {
		o.Log.WarnContext(ctx, "the config may be wrong", "what", odd)
	}
	collectRarely()
	store, err := boltstore.Open(boltstore.Config{Path: o.Config.Store, Version: o.Version, Log: o.Log})
	if err != nil {
		return err
	}
	defer func() {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // stopped during the start: no failure
		}
		err = errors.Join(err, store.Close())
	}()
	follower, err := start(ctx, o, store)
	if err != nil {
		return err
	}
	defer follower.Close()
	access, err := awsaccess.New(ctx, awsaccess.Config{Accounts: accounts(o.Config), Now: o.Now, Log: o.Log})
	if err != nil {
		return fmt.Errorf("setting up AWS: %w", err)
	}
	acts, err := journal.Open(
		journal.Config{Path: journal.PathBeside(o.Config.Store), Store: store.ID(), Version: o.Version, Log: o.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, acts.Close()) }()
	board := alarm.Board{Store: store, Now: o.Now, Log: o.Log}
	watch := journalWatch{store, journal.PathBeside(o.Config.Store), board, o.Now, o.Log}
	if err := watch.set(ctx, acts.Damage(), slackbot.UnreadableActs(acts.Undone())); err != nil {
		return fmt.Errorf("recording whether the journal is damaged: %w", err)
	}
	return run(ctx, o, store, acts, follower, access)
}

// run builds the loops and runs them concurrently. A failure of one stops all.
func run(ctx context.Context, o Options, store *boltstore.Store, acts journal.Journal, follower *audit.Follower,
	access *awsaccess.Client) error {
	var bot *slackbot.Bot
	outage := slackbot.NewOutage(o.Log, o.Now)
	directory := slackbot.NewDirectory(
		slackbot.DirectoryConfig{BotToken: o.BotToken, APIURL: o.SlackURL, Teams: o.Config.Slack.Teams,
			Now: o.Now, Log: o.Log, Outage: outage, AskWithin: o.CallWithin,
			ReadGroup: func(ctx context.Context, group string, err error) { bot.Outbox.NoteGroup(ctx, group, err) }})
	board := alarm.Board{Store: store, Now: o.Now, Log: o.Log}
	gate := new(loadgate.Gate)
	rec := reconcile.New(reconcile.Config{
		Store: store, Access: access, Rules: o.Config.Rules, People: directory, Every: o.Config.SweepEvery,
		Kick: store.Subscribe(), Gate: gate, Now: o.Now, Log: o.Log,
		Alerts: board, Closing: func(g grant.Grant) bool { return bot.Closing(g) },
	})
	service := commands.New(commands.Config{Store: store, Rules: o.Config.Rules, People: directory,
		Preflight: rec.Preflight(), Names: access, Now: o.Now, Log: o.Log,
		Zone: directory.Zone, Named: directory.Named,
		Announce: func(ctx context.Context, a commands.Announcement) {
			bot.Announce(ctx, a)
		}})
	bot = slackbot.New(slackbot.Config{
		BotToken: o.BotToken, AppToken: o.AppToken, APIURL: o.SlackURL, Store: store, Service: service, Journal: acts,
		Gate:         gate,
		AdminChannel: o.Config.Slack.AdminChannel, Kick: store.Subscribe(), Changed: store.Subscribe(), Now: o.Now,
		Log: o.Log, Outage: outage,
		Members: directory.ReadMembers, CallWithin: o.CallWithin, Failpoint: o.Failpoint,
	})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return rec.Run(ctx) })
	g.Go(func() error { return bot.Run(ctx) })
	g.Go(func() error { return service.Run(ctx) })
	g.Go(func() error { return follow(ctx, o, store, follower, gate, bot.Outbox.Admins.Alert) })
	g.Go(func() error { return chainWatch{store, board, o.Now, o.Log}.run(ctx) })
	g.Go(func() error { return watchRecords(ctx, o, store) })
	g.Go(func() error { return watchStore(ctx, o, store, bot.Outbox.Admins.Alert) })
	g.Go(func() error { return listen(ctx, o, store, bot) })
	defer directory.Wait()
	defer service.Wait() // its lookups use the directory
	return g.Wait()
}

func accounts(c config.Config) []awsaccess.Account {
	var as []awsaccess.Account
	for _, a := range c.Accounts {
		as = append(as, awsaccess.Account{Name: a.Name, ID: a.ID, Region: a.Region, Partition: a.Partition, Role: a.Role,
			ExternalID: a.ExternalID})
	}
	return as
}

var _ store.Store = (*boltstore.Store)(nil)
