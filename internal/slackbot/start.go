package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"s3share/internal/alarm"
	"s3share/internal/slackbot/outbox"
)

// scopes are the scopes in manifest.yml with their purpose. A test keeps them equal.
var scopes = []struct{ name, purpose string }{
	{"commands", "/s3share and the shortcuts"},
	{"chat:write", "cards and notices"},
	{"files:write", "the history as a file"},
	{"im:write", "direct messages"},
	{"users:read", "who may request and approve"},
	{"usergroups:read", "approvers who are named by their group"},
}

// An installation is the app in the workspace: its tokens, scopes and user groups.
type installation struct {
	api     *slack.Client
	outbox  *outbox.Outbox
	members func(ctx context.Context, group string) error // of [Config.Members]
	log     *slog.Logger
}

// authenticate checks the bot token with Slack; the app token is checked when the sockets are
// opened. An unreachable Slack is no error: the other loops have work to do meanwhile.
func (i *installation) authenticate(ctx context.Context) error {
	who, err := i.api.AuthTestContext(ctx)
	switch {
	case outbox.IsFatal(err):
		return fmt.Errorf("connecting: Slack refuses SLACK_BOT_TOKEN: %w (hint: reinstall the app and use its bot token, "+
			"xoxb-…)", err)
	case err != nil:
		if ctx.Err() == nil {
			i.log.WarnContext(ctx, "the tokens could not be checked yet", "err", err)
		}
		return nil
	}
	i.checkScopes(ctx, who.Header.Get("X-OAuth-Scopes"))
	return nil
}

// checkScopes reports missing scopes of the installed app. Slack lists the granted scopes in a
// header of each reply; without it, nothing is reported.
func (i *installation) checkScopes(ctx context.Context, granted string) {
	if granted == "" {
		return
	}
	has := strings.FieldsFunc(granted, func(r rune) bool { return r == ',' || r == ' ' })
	var missing []string
	for _, s := range scopes {
		if !slices.Contains(has, s.name) {
			missing = append(missing, s.name+" ("+s.purpose+")")
		}
	}
	lacks := strings.Join(missing, ", ")
	if lacks != "" {
		i.log.ErrorContext(ctx, "scopes are missing (hint: reinstall the app with the scopes in manifest.yml)",
			"scopes", lacks)
	}
	if err := i.reportScopes(ctx, lacks); err != nil {
		i.log.ErrorContext(ctx, "recording an alert about missing scopes", "err", err)
	}
}

// scopesKey is the prefix of the key of an alert about missing scopes, which follow it.
const scopesKey = "scopes "

// reportScopes raises an alert about missing scopes, and ends an earlier one about others.
func (i *installation) reportScopes(ctx context.Context, missing string) error {
	board := i.outbox.Admins.Board
	err := board.EndAll(ctx, scopesKey, func(lacked string) bool { return lacked != missing },
		func(string) string { return "the Slack app was reinstalled" })
	if missing == "" {
		return err
	}
	return errors.Join(err, board.Raise(ctx, alarm.Alert{Key: scopesKey + missing,
		Text: "The Slack app lacks the scopes " + missing + ". Reinstall it with the scopes in manifest.yml and restart " +
			"s3share."}))
}

// checkGroups reads each user group in the config once, so that a plan without user groups, or a
// missing group, is reported before the group is needed.
func (i *installation) checkGroups(ctx context.Context, groups []string) {
	for _, group := range groups {
		err := i.members(ctx, group)
		if _, limited := outbox.LimitedFor(err); limited || ctx.Err() != nil {
			return // the next read reports it
		}
		i.outbox.NoteGroup(ctx, group, err)
	}
}
