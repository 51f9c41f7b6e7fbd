package commands

import (
	"context"
	"errors"
	"slices"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// Command runs the text that a person typed after /s3share. The error is a [*grant.Refusal], or a
// fault.
func (s *Service) Command(ctx context.Context, c Invocation, text string) (Answer, error) {
	typed, err := s.read(ctx, c, text)
	if err != nil {
		return Answer{}, err
	}
	return s.run(ctx, c, typed)
}

// run executes a parsed command.
func (s *Service) run(ctx context.Context, c Invocation, typed parse.Command) (Answer, error) {
	switch t := typed.(type) {
	case parse.Help:
		return s.help(), nil
	case parse.Request:
		if t.Draft.BreakGlass {
			return s.breakGlass(ctx, c, t)
		}
		return s.request(ctx, c, t)
	case parse.List:
		return s.list(ctx, c, t)
	case parse.History:
		return s.history(ctx, c, t)
	case parse.Buckets:
		return s.buckets(ctx, c, t)
	case parse.Show:
		return s.show(ctx, c, t.ID)
	case parse.Approve:
		return s.approve(ctx, c, t.ID)
	case parse.Deny:
		return s.deny(ctx, c, t.About)
	case parse.Cancel:
		return s.cancel(ctx, c, t.ID)
	case parse.End:
		return s.End(ctx, c, t.ID, t.Reason)
	case parse.Review:
		return s.Review(ctx, c, t.ID, t.Reason)
	case parse.Extend:
		return s.Extend(ctx, c, t.ID, t.Term, t.Reason)
	case parse.Freeze:
		return s.freeze(ctx, c, t.Reason)
	case parse.Unfreeze:
		return s.setFreeze(ctx, c, "unfreeze", t.Reason)
	case parse.EndAll:
		return s.endAll(ctx, c, t)
	case parse.Doctor:
		return Answer{}, unknown("doctor")
	case parse.Settle:
		return s.Settle(ctx, c, t.ID, t.Reason)
	}
	return Answer{}, unknown("")
}

// read parses a command. It looks up the person's time zone only if they typed a time.
func (s *Service) read(ctx context.Context, c Invocation, text string) (parse.Command, error) {
	in := parse.Input{Text: text, At: s.received(c), Known: s.known(ctx)}
	typed, err := parse.Parse(in)
	if errors.Is(err, parse.ErrZone) {
		if in.Zone = s.zone(ctx, c.By); in.Zone != nil {
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
func (s *Service) TypedDecision(ctx context.Context, text string) (d TypedDecision, err error) {
	known := s.known(ctx)
	known.Person = nil // a lookup of a person would call Slack
	typed, err := parse.Parse(parse.Input{Text: text, At: s.now(), Known: known})
	switch t := typed.(type) {
	case parse.Approve:
		d = TypedDecision{Verb: Approve, ID: t.ID}
	case parse.Deny:
		d = TypedDecision{Verb: Deny, ID: t.ID, Reason: t.Reason}
	default:
		if err == nil {
			err = grant.Refuse("That is no decision.")
		}
	}
	return d, err
}

// known returns the lookups that the parser needs.
func (s *Service) known(ctx context.Context) parse.Known {
	k := parse.Known{
		Levels: s.rules.Levels, Accounts: s.rules.Accounts,
		Bucket: func(name string) bool { _, _, covered := s.rules.Match(name); return covered },
		Grant: func(id grant.ID) (bool, error) {
			_, err := s.store.Get(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return false, nil
			}
			return true, err
		},
	}
	if s.named != nil {
		k.Person = func(name string) (bool, error) { return s.named(ctx, name, s.listed()), nil }
	}
	return k
}

// listed returns all people in the config: those who may decide on a request, and the owners of
// principals.
func (s *Service) listed() (all grant.People) {
	add := func(lists ...grant.People) {
		for _, p := range lists {
			all.Users, all.Groups = append(all.Users, p.Users...), append(all.Groups, p.Groups...)
		}
	}
	add(s.rules.Auditors, s.rules.Responders)
	for _, r := range s.rules.Rules {
		add(r.Approvers, r.Requesters, r.Notify, r.Escalate)
	}
	for _, users := range s.rules.PrincipalOwners {
		add(grant.People{Users: users})
	}
	slices.Sort(all.Users)
	slices.Sort(all.Groups)
	return grant.People{Users: slices.Compact(all.Users), Groups: slices.Compact(all.Groups)}
}

// Approve records the caller's approval of a request at a revision.
func (s *Service) Approve(ctx context.Context, c Invocation, id grant.ID, revision int) (Answer, error) {
	return s.answerDecision(s.decideOn(ctx, c, id, &revision, grant.Approve, ""))
}

// Deny ends a request for a reason.
func (s *Service) Deny(ctx context.Context, c Invocation, id grant.ID, revision int, reason string) (Answer, error) {
	return s.answerDecision(s.decideOn(ctx, c, id, &revision, grant.Deny, reason))
}
