package commands

import (
	"context"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// An Order says which acts wait for each other, and which are too late to begin.
type Order struct {
	store  reader
	rules  *ruleBook
	parser *Parser
	now    func() time.Time
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
func (o *Order) Place(ctx context.Context, v Verb, by grant.Person, ids ...grant.ID) Place {
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
		g, err := o.store.Get(ctx, id)
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
			p.Heeds = append(p.Heeds, o.closedBy(g)...)
		}
	}
	return p
}

// closedBy returns the keys of the freeze and of each end-all that could cover a grant.
func (o *Order) closedBy(g grant.Grant) []string {
	keys := []string{keyFreeze, keyEverything, "end-all " + string(g.ID), "end-all " + g.Bucket.Name,
		"end-all " + g.Principal.ARN,
		"end-all " + g.Principal.AccountID + " " + g.Principal.Kind + " " + g.Principal.Name}
	people := append([]string{g.Requester.User, g.Beneficiary.User}, g.PrincipalOwners...)
	for _, user := range append(people, o.rules.OwnersOf(g.Principal.ARN)...) {
		keys = append(keys, "end-all @"+user)
	}
	return keys
}

// PlaceTyped returns the place of a typed command. It reads the store and does not call Slack. An
// unreadable command is refused later.
func (o *Order) PlaceTyped(ctx context.Context, v Verb, by grant.Person, text string) Place {
	if v.Requests() || v == Freeze || v == Unfreeze {
		return o.Place(ctx, v, by)
	}
	typed, _ := o.parser.peek(ctx, text)
	id := typedID(typed)
	if all, ok := typed.(parse.EndAll); ok {
		return Place{Holds: []string{filter{all.Filter}.key()}}
	}
	switch {
	case id != "":
		return o.Place(ctx, v, by, id)
	case v == EndAll: // of a person by name, which only Slack can resolve
		return Place{Holds: []string{keyEverything}}
	}
	return o.Place(ctx, v, by)
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
func (o *Order) Closing(g grant.Grant) []string {
	return append(o.closedBy(g), "grant "+string(g.ID), "grant "+string(g.BatchLead()))
}

// TooLate returns the refusal of an act that is too old to begin now, or nil.
func (o *Order) TooLate(v Verb, received time.Time) *grant.Refusal {
	age := o.now().Sub(received)
	switch {
	case v.Ages() && age > ActLasts:
		return grant.Refuse("Nothing was done: I couldn't do it within ten minutes.").
			WithHint("If you still want it, do it again.")
	case v == Request && o.rules.RequestTTL > 0 && age > o.rules.RequestTTL.Duration():
		return grant.Refuse("Your request expired before I could submit it.").
			WithHint("If you still need it, submit it again.")
	}
	return nil
}
