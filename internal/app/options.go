package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"s3share/internal/audit"
	"s3share/internal/config"
)

// Options configures the bot. Config, BotToken and AppToken are required; the zero value of every
// other field is a sound default.
type Options struct {
	Config     config.Config
	Version    string           // of the bot; an older bot's refusal of the store names it; may be empty
	BotToken   string           // xoxb-…
	AppToken   string           // xapp-…
	SlackURL   string           // Slack's address, with a trailing slash; "": Slack itself
	Head       string           // a posted head of the audit chain, SEQ:HASH, that the store must contain; "": no check
	Now        func() time.Time // nil means time.Now
	CallWithin time.Duration    // the time limit of a Slack call; zero: the default of [slackbot]
	Log        *slog.Logger     // nil discards

	Failpoint func(point string) // of [slackbot.Config]; nil means [crash.At], which does nothing in a released program
}

// Check returns an error for each missing or invalid option.
func (o Options) Check() error {
	var errs []error
	if o.BotToken == "" {
		errs = append(errs, errors.New("SLACK_BOT_TOKEN is not set: it is the bot token of the Slack app, xoxb-…"))
	}
	if o.AppToken == "" {
		errs = append(errs, errors.New("SLACK_APP_TOKEN is not set: it is an app-level token with connections:write, xapp-…"))
	}
	if strings.HasPrefix(o.BotToken, "xapp-") || strings.HasPrefix(o.AppToken, "xoxb-") {
		errs = append(errs, errors.New("SLACK_BOT_TOKEN and SLACK_APP_TOKEN hold each the other's token: the bot token "+
			"begins with xoxb-, the app-level token with xapp-"))
	}
	for name, token := range map[string]string{"SLACK_BOT_TOKEN": o.BotToken, "SLACK_APP_TOKEN": o.AppToken} {
		if kind := otherToken(token); kind != "" {
			errs = append(errs, fmt.Errorf("%s is %s: the app's page has the bot token, xoxb-…, under Install App, and the "+
				"app-level token, xapp-…, under Basic Information", name, kind))
		}
	}
	if at, err := url.Parse(o.SlackURL); o.SlackURL != "" &&
		(err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || !strings.HasSuffix(at.Path, "/")) {
		errs = append(errs, errors.New("SLACK_API_URL is not an address of Slack's API: write it like "+
			"https://slack.com/api/, with the slash at the end"))
	}
	if _, _, err := audit.ParseHead(o.Head); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// otherToken returns the kind of a Slack token that the bot cannot use, and "" for any other text.
func otherToken(token string) string {
	for prefix, kind := range map[string]string{
		"xoxp-": "a user token (xoxp-)", "xoxe": "a refresh token or one that expires (xoxe)",
		"xoxa-": "a legacy workspace token (xoxa-)",
		"xoxs-": "a session token (xoxs-)", "xoxc-": "a browser's token (xoxc-)", "xoxd-": "a browser's cookie (xoxd-)",
	} {
		if strings.HasPrefix(token, prefix) {
			return kind
		}
	}
	return ""
}
