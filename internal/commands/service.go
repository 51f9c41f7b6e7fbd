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

// Config says how a [Service] works. Store, People and Rules are required; the
// zero value of every other field is a sound default.
type Config struct {
	Store     grant.Store
	Rules     grant.Rules
	People    People
	Names     Names            // nil: only what is known here is offered
	Preflight Preflight        // nil: nothing is held against what AWS says
	Now       func() time.Time // nil means time.Now
	NewID     func() grant.ID  // nil means grant.NewID
	Log       *slog.Logger     // nil discards
	// Announce tells the admin channel, loudly, what somebody did and why; nil
	// tells nobody. It is best effort: the audit log has it too.
	Announce func(ctx context.Context, by grant.Person, did, why string)
	// Zone returns the time zone of a person, for the times that they type, and nil
	// if Slack could not say; a nil Zone means UTC for everybody.
	Zone func(ctx context.Context, p grant.Person) *time.Location
	// Named reports whether one of some people has a name, in lower case; nil means
	// that no names are known.
	Named func(ctx context.Context, name string, people grant.People) bool
}

// People asks Slack who somebody is, afresh for each decision.
type People interface {
	// Actor returns what Slack says of p at this moment, and which of the user
	// groups p is in. An answer counts if its question was sent at since or
	// later. An error means that Slack could not be asked; then nothing is allowed.
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
	Config
	glances glances
	names   names
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
	return &Service{Config: c}
}

// A Call is one act of a person, as the envelope that brought it proved.
type Call struct {
	By       grant.Person
	Causes   []string  // idempotency keys: a second act with any of them is the same one, carried out again
	Reply    string    // where answers can be sent for a while; opaque here
	Received time.Time // when its envelope was; zero: it is no act, or now
	Revision *int      // of a typed decision: the revision that the person saw; nil: the latest
	Opens    bool      // a freeze or an end-all that came after it undoes it
	Frozen   time.Time // of an unfreeze: the freeze that it ends; zero: whichever is in force
}

// An Answer is what the person who called is told, and nobody else.
type Answer struct {
	Text    string        // plain, except that backticks mark code; never escaped yet
	Grants  []grant.Grant // shown below the text, a line each
	Events  []Happening   // shown below the text, a line each, the newest first
	Rules   []grant.Rule  // shown below the text, a line each
	More    int           // how many more there are
	Next    string        // the command that shows them
	Not     []Not         // shown below the text, a line each: of what was asked, what nothing came of
	File    *File         // sent to the person directly
	Grant   *grant.Grant  // shown in full below the text
	Confirm *Confirm      // nothing is done yet: the person has to confirm it
	Person  grant.Person  // stands in the text where it has PersonMark
}

// PersonMark stands in the text of an answer for a person, who is drawn as a mention.
const PersonMark = "\uE0FE"

// A File is what is too long for a message.
type File struct {
	Name    string
	Content []byte
}

// decide applies one act to a grant and stores it, however many others are
// doing the same: whoever comes second decides on what the first one left.
func (s *Service) decide(ctx context.Context, c Call, id grant.ID, act func(grant.Grant) (grant.Act, error)) (grant.Grant, error) {
	return s.store(ctx, c, id, func(g grant.Grant) (grant.Grant, error) {
		a, err := act(g)
		if err != nil {
			return g, err
		}
		return g.Next(a)
	})
}

// store stores what step makes of a grant, on whatever the grant is by then. As
// long as several that were asked for together are undecided, it is made of all
// of them, or of none.
func (s *Service) store(ctx context.Context, c Call, id grant.ID, step func(grant.Grant) (grant.Grant, error)) (grant.Grant, error) {
	var olds []grant.Grant
	change, err := store.Update(ctx, s.Store, func(ctx context.Context) (change grant.Change, err error) {
		if olds, err = s.decidedWith(ctx, id); err != nil {
			return change, err
		}
		return s.changeOf(ctx, c, olds, step)
	})
	if errors.Is(err, grant.ErrDuplicate) { // by this very act, whose first commit had no answer
		return s.Store.Get(ctx, id)
	}
	if err != nil {
		return append(olds, grant.Grant{})[0], err
	}
	for i, next := range change.Grants {
		for _, ev := range next.History[len(olds[i].History):] {
			s.Log.InfoContext(ctx, "grant changed", "event", ev.Kind, "grant", next.ID, "state", ev.To, "by", c.By.User)
		}
	}
	return change.Grants[0], nil
}

// changeOf returns the change that step makes of some grants.
func (s *Service) changeOf(ctx context.Context, c Call, olds []grant.Grant, step func(grant.Grant) (grant.Grant, error)) (grant.Change, error) {
	change, adds := grant.Change{At: s.Now(), Causes: c.Causes}, false
	for _, old := range olds {
		next, err := step(old)
		if err != nil {
			return change, err
		}
		change.Put(old, next)
		adds = adds || old.Adds(next)
	}
	if adds { // AWS may have been asked for long since it was last looked at
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

// decidedWith returns the grants that a decision on one is about: that grant
// alone, or all that were asked for with it, the one that leads first.
func (s *Service) decidedWith(ctx context.Context, id grant.ID) ([]grant.Grant, error) {
	g, err := s.Store.Get(ctx, id)
	if err != nil {
		return nil, notFound(id, err)
	}
	return grant.DecidedWith(ctx, s.Store, g)
}

// committed reports whether this very act was carried out already.
func (s *Service) committed(ctx context.Context, c Call) (bool, error) {
	if len(c.Causes) == 0 {
		return false, nil
	}
	done, err := s.Store.Committed(ctx, s.Now(), c.Causes...)
	if err != nil {
		return false, fmt.Errorf("asking whether an act was carried out: %w", err)
	}
	return done, nil
}

// again answers an act that was carried out already from the record: the bot ended
// before the person was answered. ok is false if it was not.
func (s *Service) again(ctx context.Context, c Call, id grant.ID, say func(grant.Grant) string) (a Answer, ok bool, err error) {
	done, err := s.committed(ctx, c)
	if err != nil || !done {
		return Answer{}, false, err
	}
	g, err := s.Store.Get(ctx, id)
	if err != nil {
		return Answer{}, false, fmt.Errorf("reading a grant that was changed: %w", err)
	}
	return Answer{Text: say(g)}, true, nil
}

// received is when an act was: words of time are read against it.
func (s *Service) received(c Call) time.Time {
	if c.Received.IsZero() {
		return s.Now()
	}
	return c.Received
}

const (
	readsShare = 30 * time.Second // how old an answer of Slack may be that allows nothing but to read
	actsShare  = 10 * time.Second // within which acts that were received before a question share its answer
)

// since is from when on a question to Slack has to be for its answer to count. Of
// an act, it is sent after its receipt, and when the act is carried out or just before.
func (s *Service) since(c Call) time.Time {
	now := s.Now()
	if c.Received.IsZero() {
		return now.Add(-readsShare)
	}
	if lately := now.Add(-actsShare); c.Received.Before(lately) {
		return lately
	}
	return c.Received
}

// actor asks Slack who somebody is, for a call, with the groups that a rule needs.
func (s *Service) actor(ctx context.Context, c Call, by grant.Person, groups []string) grant.Actor {
	a, err := s.People.Actor(ctx, by, groups, s.since(c))
	if err != nil {
		s.Log.WarnContext(ctx, "asking Slack about a person", "person", by.User, "err", err)
		return grant.Actor{Person: by} // of unknown standing: allowed nothing
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
	case errors.Is(err, grant.ErrNotFound):
		return grant.Refuse("There is no grant %s, or it is not yours to see.", id).
			WithHint("`/s3share list` shows yours.")
	case errors.Is(err, grant.ErrUnreadable):
		return grant.Refuse("The stored record of %s is damaged.", id).
			WithHint("`/s3share end %s` ends its access. The people who run s3share know, and can repair it.", id)
	}
	return err
}
