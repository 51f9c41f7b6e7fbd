package commands

import (
	"context"
	"errors"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// A Parser reads typed commands. Package parse has the syntax; the Parser looks up the names.
type Parser struct {
	store reader
	rules *ruleBook
	now   func() time.Time
	zone  func(ctx context.Context, p grant.Person) *time.Location
	named func(ctx context.Context, name string, people grant.People) bool // nil: none are found by name
}

// read parses a command. It looks up the person's time zone only if they typed a time.
func (p *Parser) read(ctx context.Context, c Invocation, text string) (parse.Command, error) {
	in := parse.Input{Text: text, At: c.received(p.now()), Known: p.known(ctx)}
	typed, err := parse.Parse(in)
	if errors.Is(err, parse.ErrZone) {
		if in.Zone = p.zone(ctx, c.By); in.Zone != nil {
			typed, err = parse.Parse(in)
		}
	}
	var no *grant.Refusal
	var word parse.Unknown
	switch {
	case errors.As(err, &no):
		return nil, no
	case errors.As(err, &word):
		return nil, unknown(word.Word)
	}
	return typed, err
}

// A TypedDecision is a typed command that approves or denies a request.
type TypedDecision struct {
	Verb   Verb // Approve or Deny
	ID     grant.ID
	Reason string // of a denial; may be empty
}

// TypedDecision parses a command that approves or denies. It stores nothing and does not call
// Slack. It refuses every other command.
func (p *Parser) TypedDecision(ctx context.Context, text string) (d TypedDecision, err error) {
	typed, err := p.peek(ctx, text)
	switch t := typed.(type) {
	case parse.Approve:
		d = TypedDecision{Verb: Approve, ID: t.ID}
	case parse.Deny:
		d = TypedDecision{Verb: Deny, ID: t.ID, Reason: t.Reason}
	default:
		if err == nil {
			err = grant.Refuse("That command is not a decision.")
		}
	}
	return d, err
}

// known returns the lookups that the parser needs.
func (p *Parser) known(ctx context.Context) parse.Known {
	k := parse.Known{
		Levels: p.rules.Levels, Accounts: p.rules.Accounts,
		Bucket: func(name string) bool { _, _, covered := p.rules.Match(name); return covered },
		Grant: func(id grant.ID) (bool, error) {
			_, err := p.store.Get(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return false, nil
			}
			return true, err
		},
	}
	if p.named != nil {
		k.Person = func(name string) (bool, error) { return p.named(ctx, name, p.rules.people()), nil }
	}
	return k
}

// TypedID returns the id in a typed command; "" if there is none or the command is unreadable. It
// does not call Slack.
func (p *Parser) TypedID(ctx context.Context, text string) grant.ID {
	typed, _ := p.peek(ctx, text)
	return typedID(typed)
}

// peek parses a command without calling Slack.
func (p *Parser) peek(ctx context.Context, text string) (parse.Command, error) {
	known := p.known(ctx)
	known.Person = nil // a lookup of a person would call Slack
	return parse.Parse(parse.Input{Text: text, At: p.now(), Known: known})
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

// MoreTargets parses a form's field for additional buckets.
func MoreTargets(s string) []string { return parse.MoreTargets(s) }

// MorePrincipals parses a form's field for additional users and roles.
func MorePrincipals(s string) []string { return parse.MorePrincipals(s) }

// TypedVerb returns the verb of a typed command. ok is false for a command that only reads, opens a
// form, asks first or is unknown. It does not call Slack.
func TypedVerb(text string) (v Verb, ok bool) {
	verb, _ := parse.Peek(text)
	switch v = Verb(verb); v {
	case Request, Approve, Deny, Cancel, End, Extend, Review, Freeze, Unfreeze, Settle:
		return v, true
	case EndAll:
		return v, parse.EndsNow(text)
	}
	return v, false
}
