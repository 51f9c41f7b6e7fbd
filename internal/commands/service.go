package commands

import (
	"context"
	"errors"
	"fmt"
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
	// Announce posts an act and its reason to the admin channel; nil discards it. A lost
	// announcement is not retried: the audit log has the act too.
	Announce func(ctx context.Context, by grant.Person, did, why string)
	// Zone returns a person's time zone, and nil if Slack did not answer. A nil func means UTC for
	// all.
	Zone func(ctx context.Context, p grant.Person) *time.Location
	// Named reports whether one of people has a name, given in lower case. Nil means that people
	// cannot be typed by name.
	Named func(ctx context.Context, name string, people grant.People) bool
}

// People asks Slack about a person for each decision.
type People interface {
	// Actor returns Slack's current answer about p, with those of the groups that contain p. The
	// question must be sent to Slack at since or later. An error means that Slack did not answer;
	// then nothing is allowed.
	Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error)
}

// Preflight checks a grant with AWS before it is approved, narrowed, extended or put
// back. Each method returns today's findings for the card, or a refusal.
type Preflight interface {
	// CheckApproval refuses a grant that exceeds a limit of AWS, cannot be ended, or
	// has lost its bucket or principal. It returns nil twice if AWS did not answer.
	// Then the approval counts, and the grant is retried until it expires.
	CheckApproval(ctx context.Context, g grant.Grant) (*grant.Findings, error)
	// CheckExtension checks an active grant like a new request. It returns as
	// CheckApproval does.
	CheckExtension(ctx context.Context, g grant.Grant) (*grant.Findings, error)
	// CheckRestore checks a grant for the rest of its duration. It returns as
	// CheckApproval does.
	CheckRestore(ctx context.Context, g grant.Grant) (*grant.Findings, error)
	// CheckNarrowing checks a narrowed request; opens says that the approver approves
	// it as well. It refuses if AWS did not answer, because the approver has to see
	// the new findings.
	CheckNarrowing(ctx context.Context, g grant.Grant, opens bool) (grant.Findings, error)
}

// A Service runs commands. It is safe for concurrent use.
type Service struct {
	store      store.Store
	rules      grant.Rules
	people     People
	principals Names     // nil: none are suggested
	preflight  Preflight // nil: AWS is not asked
	now        func() time.Time
	newID      func() grant.ID
	log        *slog.Logger
	announce   func(ctx context.Context, by grant.Person, did, why string)
	zone       func(ctx context.Context, p grant.Person) *time.Location
	named      func(ctx context.Context, name string, people grant.People) bool // nil: none are found by name

	actors actorCache
	names  names
}

// New returns a service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = grant.NewID
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Announce == nil {
		c.Announce = func(context.Context, grant.Person, string, string) {}
	}
	if c.Zone == nil {
		c.Zone = func(context.Context, grant.Person) *time.Location { return time.UTC }
	}
	return &Service{store: c.Store, rules: c.Rules, people: c.People, principals: c.Names, preflight: c.Preflight,
		now:   c.Now,
		newID: c.NewID, log: c.Log, announce: c.Announce, zone: c.Zone, named: c.Named}
}

// A Invocation is one act of a verified person.
type Invocation struct {
	By              grant.Person
	IdempotencyKeys []string  // idempotency keys: an act with a key that was committed before is a redelivery
	ResponseURL     string    // the reply address, which expires; opaque here
	Received        time.Time // when the envelope was received; zero: now, or a read
	Revision        *int      // of a typed decision: the revision that the person saw; nil: the latest
	Opens           bool      // a freeze or an end-all received after it voids it
	Frozen          time.Time // of an unfreeze: when its freeze began; zero: any freeze
	closes          bool      // it closes an undecided batch, and needs no record of all its grants
}

// An Answer is shown only to the caller.
type Answer struct {
	Text     string        // plain, except that backticks mark code; not escaped
	Grants   []grant.Grant // shown below the text, one line each
	Events   []Happening   // shown below the text, one line each, newest first
	Rules    []grant.Rule  // shown below the text, one line each
	More     int           // the number of lines on later pages
	Next     string        // the command that shows the next page
	Failures []Failure     // the failures of a bulk act, shown below the text
	File     *File         // sent as a direct message
	Grant    *grant.Grant  // shown in full below the text
	Confirm  *Confirm      // nothing is stored yet: the caller has to confirm
	Person   grant.Person  // replaces PersonMark in the text
}

// PersonMark is the placeholder of a person's mention in the text of an answer.
const PersonMark = "\uE0FE"

// A File is an answer that is too long for a message.
type File struct {
	Name    string
	Content []byte
}

// decide applies one act to a grant and stores the result. If another act was committed in between,
// it applies to that result.
func (s *Service) decide(ctx context.Context, c Invocation, id grant.ID,
	act func(grant.Grant) (grant.Action, error)) (grant.Grant, error) {
	return s.update(ctx, c, id, func(g grant.Grant) (grant.Grant, error) {
		a, err := act(g)
		if err != nil {
			return g, err
		}
		return g.Next(a)
	})
}

// update loads the batch of a grant and commits what follows from step.
func (s *Service) update(ctx context.Context, c Invocation, id grant.ID,
	step func(grant.Grant) (grant.Grant, error)) (grant.Grant, error) {
	batch, err := s.batchOf(ctx, id, c.closes)
	if err != nil {
		return grant.Grant{}, err
	}
	return s.commit(ctx, c, id, batch, step)
}

// commit applies step to all grants of the batch that was loaded for id, and stores them in one
// commit. If another act was committed in between, it loads the batch again.
func (s *Service) commit(ctx context.Context, c Invocation, id grant.ID, batch []grant.Grant,
	step func(grant.Grant) (grant.Grant, error)) (grant.Grant, error) {
	tried := false
	change, err := store.Update(ctx, s.store, func(ctx context.Context) (change store.Tx, err error) {
		if tried {
			if batch, err = s.batchOf(ctx, id, c.closes); err != nil {
				return change, err
			}
		}
		tried = true
		return s.txFor(ctx, c, batch, step)
	})
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return s.store.Get(ctx, id)
	}
	if err != nil {
		return grant.Grant{}, err
	}
	for i, next := range change.Grants {
		for _, ev := range next.History[len(batch[i].History):] {
			s.log.InfoContext(ctx, "grant changed", "event", ev.Kind, "grant", next.ID, "state", ev.To, "by", c.By.User)
		}
	}
	return change.Grants[0], nil
}

// txFor returns the change that results from applying step to some grants.
func (s *Service) txFor(ctx context.Context, c Invocation, olds []grant.Grant,
	step func(grant.Grant) (grant.Grant, error)) (store.Tx, error) {
	change, adds := store.Tx{At: s.now(), Causes: c.IdempotencyKeys}, false
	for _, old := range olds {
		next, err := step(old)
		if err != nil {
			return change, err
		}
		change.Put(old, next)
		adds = adds || old.ExpandsAccess(next)
	}
	if adds { // a freeze may have begun during the calls to AWS
		read, err := s.notFrozen(ctx)
		if err != nil {
			return change, err
		}
		change.Expect = append(change.Expect, read)
	}
	if c.Opens {
		read, err := s.notCutOff(ctx, c, olds)
		if err != nil {
			return change, err
		}
		change.Expect = append(change.Expect, read)
	}
	return change, nil
}

// batchOf returns the grants that are decided with one: its undecided batch, lead first, or the
// grant alone. A damaged record among them is an error, unless the act closes: then the others
// are closed without it.
func (s *Service) batchOf(ctx context.Context, id grant.ID, closes bool) (all []grant.Grant, err error) {
	g, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, notFound(id, err)
	}
	return s.batchWith(ctx, g, closes)
}

// batchWith is batchOf for a grant that was read already.
func (s *Service) batchWith(ctx context.Context, g grant.Grant, closes bool) (all []grant.Grant, err error) {
	for _, id := range g.DecidedIDs() {
		one, err := g, error(nil)
		if id != g.ID {
			one, err = s.store.Get(ctx, id)
		}
		switch {
		case err == nil:
			all = append(all, one)
		case !closes || !errors.Is(err, store.ErrUnreadable):
			return nil, notFound(id, err)
		}
	}
	return all, nil
}

// committed reports whether an earlier delivery of this act was committed.
func (s *Service) committed(ctx context.Context, c Invocation) (bool, error) {
	if len(c.IdempotencyKeys) == 0 {
		return false, nil
	}
	done, err := s.store.Committed(ctx, s.now(), c.IdempotencyKeys...)
	if err != nil {
		return false, fmt.Errorf("asking whether an act was carried out: %w", err)
	}
	return done, nil
}

// redelivered returns the grant of an act that was committed before: the bot ended before it
// answered. ok is false if the act has not been committed.
func (s *Service) redelivered(ctx context.Context, c Invocation, id grant.ID) (g grant.Grant, ok bool, err error) {
	done, err := s.committed(ctx, c)
	if err != nil || !done {
		return g, false, err
	}
	if g, err = s.store.Get(ctx, id); err != nil {
		return g, false, fmt.Errorf("reading a grant that was changed: %w", err)
	}
	return g, true, nil
}

// again answers a redelivered act from the record.
func (s *Service) again(ctx context.Context, c Invocation, id grant.ID, say func(grant.Grant) string) (
	a Answer, ok bool, err error) {
	g, ok, err := s.redelivered(ctx, c, id)
	if err != nil || !ok {
		return Answer{}, false, err
	}
	return Answer{Text: say(g)}, true, nil
}

// received returns when an act was received. Relative times are resolved against it.
func (s *Service) received(c Invocation) time.Time {
	if c.Received.IsZero() {
		return s.now()
	}
	return c.Received
}

const (
	readsShare = 30 * time.Second // lifetime of Slack's answer for reads
	actsShare  = 10 * time.Second // lifetime of Slack's answer for acts
)

// since returns the earliest sending time of a question to Slack whose answer counts. For an act this
// is its receipt, or a moment before now if the receipt is older.
func (s *Service) since(c Invocation) time.Time {
	now := s.now()
	if c.Received.IsZero() {
		return now.Add(-readsShare)
	}
	if lately := now.Add(-actsShare); c.Received.Before(lately) {
		return lately
	}
	return c.Received
}

// actor asks Slack about a person, including the groups that a rule needs.
func (s *Service) actor(ctx context.Context, c Invocation, by grant.Person, groups []string) grant.Actor {
	a, err := s.people.Actor(ctx, by, groups, s.since(c))
	if err != nil {
		s.log.WarnContext(ctx, "asking Slack about a person", "person", by.User, "err", err)
		return grant.Actor{Person: by} // standing unknown: allowed nothing
	}
	return a
}

func notFoundOr(id grant.ID, err error) error {
	if err == nil {
		return nil
	}
	return notFound(id, err)
}

func notFound(id grant.ID, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return grant.Refuse("There is no grant %s, or it is not yours to see.", id).
			WithHint("`/s3share list` shows yours.")
	case errors.Is(err, store.ErrUnreadable):
		return grant.Refuse("The stored record of %s is damaged.", id).
			WithHint("`/s3share end %s` ends its access. The people who run s3share know, and can repair it.", id)
	}
	return err
}
