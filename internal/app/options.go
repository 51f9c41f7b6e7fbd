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
	errs = append(errs, o.checkTokens()...)
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

const (
	botTokenHint = "use the bot token, xoxb-…, from Install App on the app's page"
	appTokenHint = "use an app-level token with connections:write, xapp-…, from Basic Information on the app's page"
)

// checkTokens returns an error for each token that is missing or of the wrong kind.
func (o Options) checkTokens() (errs []error) {
	if strings.HasPrefix(o.BotToken, "xapp-") && strings.HasPrefix(o.AppToken, "xoxb-") {
		return []error{errors.New("SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped (hint: the bot token begins with xoxb-, " +
			"the app-level token with xapp-)")}
	}
	for _, t := range []struct{ name, token, wrong, wrongKind, hint string }{
		{"SLACK_BOT_TOKEN", o.BotToken, "xapp-", "an app-level token (xapp-)", botTokenHint},
		{"SLACK_APP_TOKEN", o.AppToken, "xoxb-", "a bot token (xoxb-)", appTokenHint},
	} {
		kind := otherToken(t.token)
		if strings.HasPrefix(t.token, t.wrong) {
			kind = t.wrongKind
		}
		switch {
		case t.token == "":
			errs = append(errs, fmt.Errorf("%s is not set (hint: %s)", t.name, t.hint))
		case kind != "":
			errs = append(errs, fmt.Errorf("%s is %s (hint: %s)", t.name, kind, t.hint))
		}
	}
	return errs
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
