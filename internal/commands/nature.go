package commands

import (
	"context"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// ActLasts is the longest delay between the receipt and the start of an act that opens access. A
// later start is refused, because the person may have changed their mind.
const ActLasts = 10 * time.Minute

// A Verb names the act of a command, a button or a form.
type Verb string

// The verbs of acts. All other commands only read.
const (
	Request    Verb = "request"
	BreakGlass Verb = "break-glass"
	Approve    Verb = "approve"
	Deny       Verb = "deny"
	Cancel     Verb = "cancel"
	End        Verb = "end"
	Extend     Verb = "extend"
	Review     Verb = "review"
	Freeze     Verb = "freeze"
	Unfreeze   Verb = "unfreeze"
	EndAll     Verb = "end-all"
	Settle     Verb = "settle"
	PutBack    Verb = "put-back"
	Consent    Verb = "consent"
	Decline    Verb = "decline"
	Narrow     Verb = "narrow"
	// NarrowAndApprove narrows a request and approves the result.
	NarrowAndApprove Verb = "narrow-and-approve"
	// ApproveSeveral approves each of several requests.
	ApproveSeveral Verb = "approve-several"
)

// Opens reports whether the verb opens or prolongs access. Acts that close access overtake it, and
// a freeze or an end-all that is received after it voids it.
func (v Verb) Opens() bool {
	switch v {
	case Approve, Extend, PutBack, Consent, BreakGlass, NarrowAndApprove, ApproveSeveral:
		return true
	}
	return false
}

// Closes reports whether the verb only closes access. It overtakes acts that open access, does not
// go stale, and is accepted on a full disk.
func (v Verb) Closes() bool {
	switch v {
	case Deny, Cancel, Decline, End, Freeze, EndAll, Settle:
		return true
	}
	return false
}

// Ages reports whether the verb is refused if it begins more than [ActLasts] after its receipt.
func (v Verb) Ages() bool { return v.Opens() || v == Unfreeze }

// Requests reports whether the verb makes a new request. One person's requests run one at a time.
func (v Verb) Requests() bool { return v == Request || v == BreakGlass }

// Decides reports whether the verb belongs to the queue for decisions, which a flood of requests
// cannot block.
func (v Verb) Decides() bool { return !v.Requests() }

// TypedVerb returns the verb of a typed command. ok is false for a command that only reads, opens a
// form or is unknown. It does not call Slack.
func TypedVerb(text string) (v Verb, ok bool) {
	verb, _ := parse.Peek(text)
	switch v = Verb(verb); v {
	case Request, Approve, Deny, Cancel, End, Extend, Review, Freeze, Unfreeze, EndAll, Settle:
		return v, true
	}
	return v, false
}

// A Place determines the acts that an act waits for: earlier ones that hold a key in its Holds or
// Heeds.
type Place struct{ Holds, Heeds []string }

const (
	keyFreeze     = "freeze"
	keyEverything = "end-all everything"
)

// Place returns the place of one person's act on some grants. It reads the store and does not call
// Slack. The place of an unreadable grant uses only its id.
func (s *Service) Place(ctx context.Context, v Verb, by grant.Person, ids ...grant.ID) Place {
	var p Place
	if v.Requests() {
		p.Holds = append(p.Holds, "person "+by.User)
	}
	switch v {
	case Freeze, Unfreeze:
		p.Holds = append(p.Holds, keyFreeze)
	case BreakGlass:
		p.Heeds = append(p.Heeds, keyFreeze, keyEverything, "end-all @"+by.User)
	}
	for _, id := range ids {
		p.Holds = append(p.Holds, "grant "+string(id))
		g, err := s.store.Get(ctx, id)
		if err != nil {
			if v.Opens() {
				p.Heeds = append(p.Heeds, keyFreeze, keyEverything)
			}
			continue
		}
		if g.State.Open() { // decided with the lead of its batch
			p.Holds = append(p.Holds, "grant "+string(g.BatchLead()))
		}
		if v.Opens() {
			p.Heeds = append(p.Heeds, s.ClosedBy(g)...)
		}
	}
	return p
}

// ClosedBy returns the keys of the freeze and of each end-all that could cover a grant.
func (s *Service) ClosedBy(g grant.Grant) []string {
	keys := []string{keyFreeze, keyEverything, "end-all " + string(g.ID), "end-all " + g.Bucket.Name,
		"end-all " + g.Principal.ARN,
		"end-all " + g.Principal.AccountID + " " + g.Principal.Kind + " " + g.Principal.Name}
	people := append([]string{g.Requester.User, g.Beneficiary.User}, g.PrincipalOwners...)
	for _, user := range append(people, s.rules.OwnersOf(g.Principal.ARN)...) {
		keys = append(keys, "end-all @"+user)
	}
	return keys
}

// PlaceTyped returns the place of a typed command. It reads the store and does not call Slack. An
// unreadable command is refused later.
func (s *Service) PlaceTyped(ctx context.Context, v Verb, by grant.Person, text string) Place {
	if v.Requests() || v == Freeze || v == Unfreeze {
		return s.Place(ctx, v, by)
	}
	typed := s.peek(ctx, text)
	id := typedID(typed)
	if all, ok := typed.(parse.EndAll); ok {
		return Place{Holds: []string{filter{all.Filter}.key()}}
	}
	switch {
	case id != "":
		return s.Place(ctx, v, by, id)
	case v == EndAll: // of a person by name, which only Slack can resolve
		return Place{Holds: []string{keyEverything}}
	}
	return s.Place(ctx, v, by)
}

// TypedID returns the id in a typed command; "" if there is none or the command is unreadable. It
// does not call Slack.
func (s *Service) TypedID(ctx context.Context, text string) grant.ID {
	return typedID(s.peek(ctx, text))
}

// peek parses a command without calling Slack. It returns nil if that is not possible.
func (s *Service) peek(ctx context.Context, text string) parse.Command {
	known := s.known(ctx)
	known.Person = nil // a lookup of a person would call Slack
	typed, _ := parse.Parse(parse.Input{Text: text, At: s.now(), Known: known})
	return typed
}

func typedID(typed parse.Command) grant.ID {
	switch t := typed.(type) {
	case parse.Approve:
		return t.ID
	case parse.Cancel:
		return t.ID
	case parse.Deny:
		return t.ID
	case parse.End:
		return t.ID
	case parse.Review:
		return t.ID
	case parse.Settle:
		return t.ID
	case parse.Extend:
		return t.ID
	}
	return ""
}

func (f filter) key() string {
	switch sc := f.scope(); {
	case sc.ID != "":
		return "end-all " + string(sc.ID)
	case sc.Bucket != "":
		return "end-all " + sc.Bucket
	case sc.ARN != "":
		return "end-all " + sc.ARN
	case sc.Name != "":
		return "end-all " + sc.AccountID + " " + sc.Kind + " " + sc.Name
	case sc.Person != "":
		return "end-all @" + sc.Person
	}
	return keyEverything
}

// Closing returns the keys of the acts that would close a grant. No act opens the grant while one
// of them waits.
func (s *Service) Closing(g grant.Grant) []string {
	return append(s.ClosedBy(g), "grant "+string(g.ID), "grant "+string(g.BatchLead()))
}

// TooLate returns the refusal of an act that is too old to begin now, or nil.
func (s *Service) TooLate(v Verb, received time.Time) *grant.Refusal {
	age := s.now().Sub(received)
	switch {
	case v.Ages() && age > ActLasts:
		return grant.Refuse("Nothing was done: I could not do it within ten minutes, and it may not be what you want " +
			"any more.").
			WithHint("If it is, do it again.")
	case v == Request && s.rules.RequestTTL > 0 && age > s.rules.RequestTTL.Duration():
		return grant.Refuse("I could not take your request in time: it has expired without a decision.").
			WithHint("If you still need it, ask again.")
	}
	return nil
}
