package slacksim

import (
	"strings"
	"time"
)

// Config describes the workspace and its one installed app. The zero value of
// each field is a sound default.
type Config struct {
	BotToken string // default "xoxb-bot"
	AppToken string // default "xapp-app"

	// Scopes are the bot token's scopes. Nil means all scopes that the modelled
	// methods need; an empty slice means none.
	Scopes []string
	// AppScopes are the app token's scopes. Nil means connections:write.
	AppScopes []string
	// Events are the app's event subscriptions. Nil means all events.
	Events []string
	// Commands are the app's registered slash commands. Nil means any command.
	Commands []string

	AppID      string // default "A0APP"
	TeamID     string // default "T0TEAM"
	TeamName   string // default "Acme"
	TeamDomain string // default "acme"
	BotUserID  string // default "U0BOT"
	BotID      string // default "B0BOT"
	BotName    string // default "s3share"

	// BaseURL is the address of this server without a trailing slash. Response
	// URLs and socket URLs begin with it. Default: the address that the last
	// request used.
	BaseURL string

	// Now dates messages and measures the age of triggers, tickets and response
	// URLs. Nil means time.Now.
	Now func() time.Time

	// After is the timer for ack deadlines, retries, refreshes and pings. Nil
	// means time.After. A test may pass its own to see the durations and to end
	// waits early.
	After func(time.Duration) <-chan time.Time

	AckWithin   time.Duration // deadline for an ack; default 3 s
	TriggerLife time.Duration // lifetime of a trigger_id; default 3 s
	PingEvery   time.Duration // interval of the server's pings; default 10 s
	// RefreshAfter is how long a connection stays open after the disconnect
	// reason "warning". Default 10 s.
	RefreshAfter time.Duration
	// EventRetries are the delays before the retries of an event without an
	// ack. Nil means at once, one minute and five minutes.
	EventRetries []time.Duration

	Seed       uint64 // for all random choices
	RateLimits bool   // enforce Slack's rate limits from the start

	// RateNow is the clock of the rate limits. Nil means time.Now, even if Now
	// is set, because clients wait in real time.
	RateNow func() time.Time

	// Unmodelled, if set, is called with the name of each called method that is
	// not modelled.
	Unmodelled func(method string)
}

const (
	ticketLife      = 30 * time.Second
	responseURLLife = 30 * time.Minute
	responseURLUses = 5
	maxConnections  = 10
	maxAckBytes     = 20 * 1024
)

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&c.BotToken, "xoxb-bot"}, {&c.AppToken, "xapp-app"}, {&c.AppID, "A0APP"},
		{&c.TeamID, "T0TEAM"}, {&c.TeamName, "Acme"}, {&c.TeamDomain, "acme"},
		{&c.BotUserID, "U0BOT"}, {&c.BotID, "B0BOT"}, {&c.BotName, "s3share"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.AckWithin, 3 * time.Second}, {&c.TriggerLife, 3 * time.Second}, {&c.PingEvery, 10 * time.Second},
		{&c.RefreshAfter, 10 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Scopes == nil {
		c.Scopes = allScopes()
	}
	if c.AppScopes == nil {
		c.AppScopes = []string{"connections:write"}
	}
	if c.EventRetries == nil {
		c.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RateNow == nil {
		c.RateNow = time.Now
	}
	if c.After == nil {
		c.After = time.After
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	return c
}

// allScopes are the scopes of the default bot token.
func allScopes() []string {
	return []string{
		"channels:history", "channels:read", "chat:write", "commands", "files:write", "groups:history", "groups:read",
		"im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write", "team:read", "usergroups:read",
		"users:read", "users:read.email",
	}
}
