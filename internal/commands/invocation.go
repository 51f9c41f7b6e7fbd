package commands

import (
	"time"

	"s3share/internal/grant"
)

// An Invocation is one act of a verified person.
type Invocation struct {
	By              grant.Person
	IdempotencyKeys []string  // an act with a key that was committed before is a redelivery
	ResponseURL     string    // the reply address, which expires; opaque here
	Received        time.Time // when the envelope was received; zero: now, or a read
	Revision        *int      // of a typed decision: the revision that the person saw; nil: the latest
	Opens           bool      // a freeze or an end-all received after it voids it
	Frozen          time.Time // of an unfreeze: when its freeze began; zero: any freeze
	Listed          *Listed   // of an end-all by its modal: the list that the person saw
	closes          bool      // it closes an undecided batch, and needs no record of all its grants
}

// received returns when an act was received. Relative times are resolved against it.
func (c Invocation) received(now time.Time) time.Time {
	if c.Received.IsZero() {
		return now
	}
	return c.Received
}

// closing returns the act as one that closes an undecided batch.
func (c Invocation) closing() Invocation {
	c.closes = true
	return c
}

// forGrant returns the act for one grant of a bulk act. Its own idempotency keys let each grant be
// committed once.
func (c Invocation) forGrant(id grant.ID) Invocation {
	keys := make([]string, len(c.IdempotencyKeys))
	for i, key := range c.IdempotencyKeys {
		keys[i] = key + "#" + string(id)
	}
	c.IdempotencyKeys = keys
	return c
}

// An Answer is shown only to the caller.
type Answer struct {
	Text     string        // plain, except that backticks mark code; not escaped
	Grants   []grant.Grant // shown below the text, one line each
	Events   []Happening   // shown below the text, one line each, newest first
	Rules    []grant.Rule  // shown below the text, one line each
	Page     Page          // where the lines are among all
	Failures []Failure     // the failures of a bulk act, shown below the text
	File     *File         // sent as a direct message
	Grant    *grant.Grant  // shown in full below the text
	Confirm  *Confirm      // nothing is stored yet: the caller has to confirm
	Person   grant.Person  // replaces PersonMark in the text
}

// An Announcement is a person's act that affects everything, for the admin channel: who did it, why,
// and the next step.
type Announcement struct {
	By     grant.Person
	Did    string       // as in "froze s3share"
	Why    string       // may be empty
	Then   string       // sentences; may be empty
	Person grant.Person // replaces PersonMark in Did
	Calm   bool         // it ends an incident

	Starts string    // the key of the incident that it starts; "": none
	Since  time.Time // the start of that incident
	Ends   string    // the prefix of the keys of the incidents that it ends; "": none
	Again  bool      // the act is repeated; its first announcement may be lost
}

// PersonMark is the placeholder of a person's mention in the text of an answer.
const PersonMark = "\uE0FE"

// A Happening is one event of one grant, for lists across grants.
type Happening struct {
	Grant grant.Grant
	Event grant.Event
}

// A Failure is one failure of a bulk act.
type Failure struct {
	ID  grant.ID
	Why *grant.Refusal
}

// A Confirm is a break-glass that waits for the caller's confirmation: the typed draft, and the
// grant that it would open.
type Confirm struct {
	Draft grant.Draft
	Grant grant.Grant
}

// A File is an answer that is too long for a message.
type File struct {
	Name    string
	Content []byte
}

// answer returns the answer to a decision: the words of its verb about the grant that followed. The
// person in it is the requester.
func answer(g grant.Grant, err error, words func(grant.Grant) string) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: words(g), Person: g.Requester}, nil
}
