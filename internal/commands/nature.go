package commands

import (
	"context"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// ActLasts is how long after its receipt an act that opens access may begin. Later it is told as not done:
// the person may have decided otherwise meanwhile.
const ActLasts = 10 * time.Minute

// A Verb is what a command, a button or a form does.
type Verb string

// The verbs of acts. Everything else is a read.
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
	// NarrowAndApprove is to narrow a request and approve what is left.
	NarrowAndApprove Verb = "narrow-and-approve"
	// ApproveSeveral is a yes to each of several.
	ApproveSeveral Verb = "approve-several"
)

// Opens reports whether the verb opens or prolongs access: closing acts overtake it, and a freeze or an
// end-all that came after it undoes it.
func (v Verb) Opens() bool {
	switch v {
	case Approve, Extend, PutBack, Consent, BreakGlass, NarrowAndApprove, ApproveSeveral:
		return true
	}
	return false
}

// Closes reports whether the verb only closes access: it overtakes what opens, never ages out, and is taken
// even when the disk is full.
func (v Verb) Closes() bool {
	switch v {
	case Deny, Cancel, Decline, End, Freeze, EndAll, Settle:
		return true
	}
	return false
}

// Ages reports whether the verb may not begin more than [ActLasts] after its receipt.
func (v Verb) Ages() bool { return v.Opens() || v == Unfreeze }

// Asks reports whether the verb makes a new request: the requests of one person wait for each other.
func (v Verb) Asks() bool { return v == Request || v == BreakGlass }

// Decides reports whether the verb has a place of its own, so that no flood of requests holds it up.
func (v Verb) Decides() bool { return !v.Asks() }

// Typed returns the verb of a command. ok is false for a command that only reads,
// opens a form, or is none. It asks nobody.
func Typed(text string) (v Verb, ok bool) {
	verb, _ := parse.Peek(text)
	switch v = Verb(verb); v {
	case Request, Approve, Deny, Cancel, End, Extend, Review, Freeze, Unfreeze, EndAll, Settle:
		return v, true
	}
	return v, false
}

// A Place is by which keys an act waits for others: it waits for earlier ones that hold a key which it holds
// or heeds.
type Place struct{ Holds, Heeds []string }

const (
	keyFreeze     = "freeze"
	keyEverything = "end-all everything"
)

// Place returns the place of an act of one person on some grants. It reads the store and asks nobody; what
// cannot be read has a place by its id alone.
func (s *Service) Place(ctx context.Context, v Verb, by grant.Person, ids ...grant.ID) Place {
	var p Place
	if v.Asks() {
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
		g, err := s.Store.Get(ctx, id)
		if err != nil {
			if v.Opens() {
				p.Heeds = append(p.Heeds, keyFreeze, keyEverything)
			}
			continue
		}
		if g.State.Open() { // it is decided with the one that leads
			p.Holds = append(p.Holds, "grant "+string(g.Lead()))
		}
		if v.Opens() {
			p.Heeds = append(p.Heeds, s.ClosedBy(g)...)
		}
	}
	return p
}

// ClosedBy returns the keys of the freeze and of each end-all that would cover a grant.
func (s *Service) ClosedBy(g grant.Grant) []string {
	keys := []string{keyFreeze, keyEverything, "end-all " + string(g.ID), "end-all " + g.Bucket.Name, "end-all " + g.Principal.ARN,
		"end-all " + g.Principal.AccountID + " " + g.Principal.Kind + " " + g.Principal.Name}
	people := append([]string{g.Requester.User, g.Beneficiary.User}, g.Behind...)
	for _, user := range append(people, s.Rules.PeopleBehind(g.Principal.ARN)...) {
		keys = append(keys, "end-all @"+user)
	}
	return keys
}

// PlaceTyped returns the place of a typed command. It reads the store and asks
// nobody; a command that cannot be read will be refused.
func (s *Service) PlaceTyped(ctx context.Context, v Verb, by grant.Person, text string) Place {
	if v.Asks() || v == Freeze || v == Unfreeze {
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
	case v == EndAll: // of somebody by their name, such as it may be
		return Place{Holds: []string{keyEverything}}
	}
	return s.Place(ctx, v, by)
}

// TypedID returns the id that a typed command is about; "" if it names none, or cannot be
// read. It asks nobody.
func (s *Service) TypedID(ctx context.Context, text string) grant.ID {
	return typedID(s.peek(ctx, text))
}

// peek reads a command without asking Slack; nil: it cannot be read so.
func (s *Service) peek(ctx context.Context, text string) parse.Command {
	known := s.known(ctx)
	known.Person = nil // that would ask Slack
	typed, _ := parse.Parse(parse.Input{Text: text, At: s.Now(), Known: known})
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

// Closing returns the keys of the acts that would close a grant: while one of them waits, nobody opens it.
func (s *Service) Closing(g grant.Grant) []string {
	return append(s.ClosedBy(g), "grant "+string(g.ID), "grant "+string(g.Lead()))
}

// TooLate returns why an act that would begin now is not carried out any more; nil: it may be.
func (s *Service) TooLate(v Verb, received time.Time) *grant.Refusal {
	age := s.Now().Sub(received)
	switch {
	case v.Ages() && age > ActLasts:
		return grant.Refuse("Nothing was done: I could not do it within ten minutes, and it may not be what you want any more.").
			WithHint("If it is, do it again.")
	case v == Request && s.Rules.RequestTTL > 0 && age > s.Rules.RequestTTL.Duration():
		return grant.Refuse("I could not take your request in time: it has expired without a decision.").WithHint("If you still need it, ask again.")
	}
	return nil
}
