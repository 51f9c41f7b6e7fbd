package commands

import (
	"context"
	"log/slog"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// Config holds the dependencies of a [Service]. Store, People and Rules are required; the zero
// value of every other field is a sound default.
type Config struct {
	Store     store.Store
	Rules     grant.Rules
	People    People
	Names     Names            // nil: principals of the accounts are not suggested
	Preflight Preflight        // nil: no checks with AWS
	Now       func() time.Time // nil means time.Now
	NewID     func() grant.ID  // nil means grant.NewID
	Log       *slog.Logger     // nil discards
	// Announce posts an act to the admin channel; nil discards it. The announcement of a freeze is
	// retried, and has its end. A lost one of another act is not retried: the audit log has the act too.
	Announce func(ctx context.Context, a Announcement)
	// Zone returns a person's time zone, and nil if Slack did not answer. A nil func means UTC for
	// all.
	Zone func(ctx context.Context, p grant.Person) *time.Location
	// Named reports whether one of people has a name, given in lower case. Nil means that people
	// cannot be typed by name.
	Named func(ctx context.Context, name string, people grant.People) bool
}

// A Service is the entrance for an adapter. Each part has only the dependencies that it needs: a
// part that only reads has no store that can commit. It is safe for concurrent use.
type Service struct {
	Requests    *Requests    // requests and break-glass
	Decisions   *Decisions   // approve, deny, narrow, extend, put back, consent
	Endings     *Endings     // end, cancel, settle, review, end-all
	Prechecks   *Prechecks   // acts that are certain to be refused; stores nothing
	Queries     *Queries     // lists, histories, Homes; stores nothing
	Suggestions *Suggestions // options for the fields of a form; stores nothing
	Order       *Order       // the acts that wait for each other; stores nothing
	Parser      *Parser      // typed commands as values; stores nothing

	freezer *freezer
	rules   *ruleBook
}

// New returns a service.
func New(c Config) *Service {
	c = c.withDefaults()
	rules := &ruleBook{Rules: c.Rules, now: c.Now}
	records := &records{store: c.Store, now: c.Now}
	directory := &directory{people: c.People, rules: rules, now: c.Now, log: c.Log}
	actors := &actorCache{directory: directory}
	freezeCheck := &freezeCheck{store: c.Store, rules: rules, now: c.Now, log: c.Log}
	decider := &decider{store: c.Store, records: records, freezeCheck: freezeCheck, now: c.Now, log: c.Log}
	prechecks := &Prechecks{store: c.Store, records: records, rules: rules, freezeCheck: freezeCheck, now: c.Now}
	parser := &Parser{store: c.Store, rules: rules, now: c.Now, zone: c.Zone, named: c.Named}
	return &Service{
		Requests: &Requests{store: c.Store, records: records, rules: rules, freezeCheck: freezeCheck, prechecks: prechecks,
			now: c.Now, newID: c.NewID, log: c.Log},
		Decisions: &Decisions{decider: decider, rules: rules, directory: directory, freezeCheck: freezeCheck,
			preflight: c.Preflight, now: c.Now, log: c.Log},
		Endings: &Endings{store: c.Store, decider: decider, records: records, rules: rules, directory: directory,
			announce: c.Announce, now: c.Now, log: c.Log},
		Prechecks: prechecks,
		Queries: &Queries{store: c.Store, records: records, rules: rules, directory: directory, actors: actors,
			now: c.Now, log: c.Log},
		Suggestions: &Suggestions{store: c.Store, rules: rules, actors: actors,
			principals: &principals{source: c.Names, rules: rules, now: c.Now, log: c.Log}},
		Order:  &Order{store: c.Store, rules: rules, parser: parser, now: c.Now},
		Parser: parser,
		freezer: &freezer{store: c.Store, records: records, directory: directory, announce: c.Announce,
			now: c.Now, log: c.Log},
		rules: rules,
	}
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = grant.NewID
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Preflight == nil {
		c.Preflight = noPreflight{}
	}
	if c.Announce == nil {
		c.Announce = func(context.Context, Announcement) {}
	}
	if c.Zone == nil {
		c.Zone = func(context.Context, grant.Person) *time.Location { return time.UTC }
	}
	return c
}

// Run reads the suggested principals in the background, until ctx ends.
func (s *Service) Run(ctx context.Context) error { return s.Suggestions.principals.run(ctx) }

// Wait waits for the lookups that outlive their callers. It is called when nothing calls the service
// any more.
func (s *Service) Wait() { s.Suggestions.actors.lookups.Wait() }
