package slacksim

import (
	"math/rand/v2"
	"strings"
	"time"
)

// Config describes the workspace and the one app that is installed in it.
// Every zero value is a sound default.
type Config struct {
	BotToken string // default "xoxb-bot"
	AppToken string // default "xapp-app"

	// Scopes are those of the bot token. Nil means every scope that a
	// modelled method may need; an empty slice means none.
	Scopes []string
	// AppScopes are those of the app token; nil means connections:write.
	AppScopes []string
	// Events are the events that the app is subscribed to; nil means any.
	Events []string
	// Commands are the slash commands that the app has registered; nil means any.
	Commands []string

	AppID      string // default "A0APP"
	TeamID     string // default "T0TEAM"
	TeamName   string // default "Acme"
	TeamDomain string // default "acme"
	BotUserID  string // default "U0BOT"
	BotID      string // default "B0BOT"
	BotName    string // default "s3share"

	// BaseURL is where this server is reached, without a trailing slash. It is
	// handed out in response URLs and socket URLs. Default: as the last
	// request addressed it.
	BaseURL string

	// Now dates messages and ages triggers, tickets and response URLs. Nil means time.Now.
	Now func() time.Time

	// After is the clock of everything that Slack waits for: the three seconds
	// for an ack, the pauses between retries, refreshes and pings. Nil means
	// time.After. A test's own can tell what it was asked for and hurry.
	After func(time.Duration) <-chan time.Time

	AckWithin   time.Duration // how long an ack may take; default 3 s
	TriggerLife time.Duration // how long a trigger_id can be used; default 3 s
	PingEvery   time.Duration // pause between two pings of the server; default 10 s
	// RefreshAfter is how long a connection lives on after the disconnect
	// reason "warning"; default 10 s.
	RefreshAfter time.Duration
	// EventRetries are the pauses before an event that was not acked is sent
	// again; nil means at once, after a minute and after five.
	EventRetries []time.Duration

	Seed       uint64 // of every random choice
	RateLimits bool   // enforce Slack's rate limits from the start

	// RateNow is the clock of the rate limits. Nil means time.Now, whatever
	// Now says: clients wait in real time.
	RateNow func() time.Time

	// Unmodelled, if set, is told the name of each method that was called
	// and is not modelled.
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
		{&c.AckWithin, 3 * time.Second}, {&c.TriggerLife, 3 * time.Second}, {&c.PingEvery, 10 * time.Second}, {&c.RefreshAfter, 10 * time.Second},
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

// New returns a workspace with nobody in it but the app's bot.
func New(cfg Config) *Workspace {
	cfg = cfg.withDefaults()
	w := &Workspace{
		cfg:       cfg,
		base:      cfg.BaseURL,
		rand:      rand.New(rand.NewPCG(cfg.Seed, 0x51ac)),
		changed:   make(chan struct{}),
		closed:    make(chan struct{}),
		users:     map[string]*User{},
		groups:    map[string]*Group{},
		channels:  map[string]*room{},
		views:     map[string]*View{},
		stacks:    map[string][]string{},
		homes:     map[string]string{},
		triggers:  map[string]*trigger{},
		tickets:   map[string]time.Time{},
		urls:      map[string]*responseURL{},
		uploads:   map[string]*upload{},
		offers:    map[string][]object{},
		conns:     map[int]*conn{},
		waiting:   map[string][]chan ack{},
		envelopes: map[string]*envelope{},
		limits:    limiter{on: cfg.RateLimits, now: cfg.RateNow, spent: map[string]*bucket{}},
	}
	w.users[cfg.BotUserID] = &User{ID: cfg.BotUserID, Name: cfg.BotName, RealName: cfg.BotName, IsBot: true, TeamID: cfg.TeamID}
	return w
}
