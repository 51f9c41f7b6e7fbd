package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
	"s3share/internal/store"
)

// request stores a request in the state checking. Slack and AWS are asked afterwards; the result is
// a card or a refusal.
func (s *Service) request(ctx context.Context, c Invocation, q parse.Request) (Answer, error) {
	g, err := s.ask(ctx, c, q)
	if err != nil {
		return Answer{}, err
	}
	a := s.requestReply(ctx, g)
	a.Text += understood(q)
	a.Person = g.Beneficiary
	return a, nil
}

// understood repeats the parts of a request that could be misread: the beneficiary, the start, and
// a reason that contains a keyword.
func understood(q parse.Request) (text string) {
	if q.Draft.Beneficiary.User != "" {
		text += " It is for " + PersonMark + "."
	}
	if q.Said.Start != "" {
		text += " It begins " + q.Said.Start + "."
	}
	if q.Said.Reason {
		text += fmt.Sprintf(" The reason is: %q.", clipped(q.Draft.Reason, 200))
	}
	return text
}

// requestReply returns the answer to a stored request.
func (s *Service) requestReply(ctx context.Context, g grant.Grant) Answer {
	a := requestReply(g)
	a.Text += s.andFrozen(ctx)
	return a
}

func requestReply(g grant.Grant) Answer {
	if n := len(g.BatchIDs); n > 0 {
		next := "I am checking all of it with AWS, then it goes to the approvers"
		if g.NeedsConsent() {
			next = "I am asking the person it is for to confirm it; then it goes to the approvers"
		}
		return Answer{Text: fmt.Sprintf("Request `%s` asks for %d grants, which are decided as one: %s. `/s3share list "+
			"pending` says how they stand.", g.ID, n, next)}
	}
	if g.NeedsConsent() {
		return Answer{Text: fmt.Sprintf("Request `%s`: I am asking the person it is for to confirm it; then it goes to the "+
			"approvers.", g.ID)}
	}
	return Answer{Text: fmt.Sprintf("Request `%s`: I am checking it with AWS, then it goes to the approvers. `/s3share "+
		"show %s` says how it stands.", g.ID, g.ID)}
}

// replyLasts is the lifetime of a command's reply address.
const replyLasts = 25 * time.Minute

func (s *Service) ask(ctx context.Context, c Invocation, q parse.Request) (grant.Grant, error) {
	g, err := s.Request(ctx, c, drafted(c, q))
	var no *grant.Refusal
	switch {
	case !errors.As(err, &no):
	case no.Field == grant.FieldMoreBuckets:
		err = hintMore(no, "If the comma is part of a folder's name, `/s3share` alone opens a form that takes it.")
	case q.Misordered:
		err = hintMore(no, "I took your first four words for the bucket, the level, the principal and the term: a word "+
			"like `for` or `to` has no place between them.")
	}
	return g, err
}

// hintMore returns a refusal with one more sentence in its hint.
func hintMore(no *grant.Refusal, hint string) *grant.Refusal {
	return no.WithHint("%s", strings.TrimSpace(no.Hint+" "+hint))
}

// drafted returns the typed draft with the caller as requester.
func drafted(c Invocation, q parse.Request) grant.Draft {
	d := q.Draft
	d.Requester = c.By
	if d.Beneficiary.User != "" {
		d.Beneficiary.Team = c.By.Team
	}
	return d
}

// RequestByForm stores a request from the request form.
func (s *Service) RequestByForm(ctx context.Context, c Invocation, draft grant.Draft) (Answer, error) {
	g, err := s.Request(ctx, c, draft)
	if err != nil {
		return Answer{}, err
	}
	return s.requestReply(ctx, g), nil
}

// CanRequest reports a request that is certain to be refused, by the config and the store only.
func (s *Service) CanRequest(ctx context.Context, c Invocation, draft grant.Draft) error {
	draft.Requester = c.By
	open, err := s.openRequests(ctx, c)
	if err != nil {
		return err
	}
	all, err := s.rules.DraftBatch(func() grant.ID { return "00000000" }, draft, open, s.received(c))
	if err != nil {
		return err
	}
	return s.mayBreakGlass(ctx, all[0])
}

func (s *Service) openRequests(ctx context.Context, c Invocation) (int, error) {
	open, err := s.store.Count(ctx,
		store.Query{Requester: c.By.User, States: []grant.State{grant.Checking, grant.Pending}})
	if err != nil {
		return 0, fmt.Errorf("counting open requests: %w", err)
	}
	return open, nil
}

// Request stores a request in the state checking, or returns a refusal of the rules. It returns the
// lead of a batch. The request dates from its receipt, and relative times are resolved against
// that. The caller must run one person's requests one at a time, so that the cap on open requests
// holds.
func (s *Service) Request(ctx context.Context, c Invocation, draft grant.Draft) (grant.Grant, error) {
	if g, err := s.askedBefore(ctx, c); err != nil || g.ID != "" {
		return g, err
	}
	open, err := s.openRequests(ctx, c)
	if err != nil {
		return grant.Grant{}, err
	}
	// on a conflict the id is taken; a retry draws a new one
	change, err := store.Update(ctx, s.store, func(ctx context.Context) (store.Tx, error) {
		return s.newRequest(ctx, c, draft, open)
	})
	if errors.Is(err, store.ErrDuplicate) { // by the first commit of this act, whose reply was lost
		return s.askedBefore(ctx, c)
	}
	if err != nil {
		return grant.Grant{}, err
	}
	g := change.Grants[0]
	s.log.InfoContext(ctx, "grant changed", "event", grant.Request, "grant", g.ID, "state", g.State, "by", c.By.User)
	return g, nil
}

// newRequest returns the change that stores a request.
func (s *Service) newRequest(ctx context.Context, c Invocation, draft grant.Draft, open int) (
	change store.Tx, err error) {
	all, err := s.rules.DraftBatch(s.newID, draft, open, s.received(c))
	if err != nil {
		return change, err
	}
	g := all[0]
	change = store.Tx{At: s.now(), Causes: c.IdempotencyKeys}
	if g.BreakGlass {
		if change.Expect, err = s.mayStillOpen(ctx, c, all); err != nil {
			return change, err
		}
	}
	if err := s.mayBreakGlass(ctx, g); err != nil {
		return change, err
	}
	for _, g := range all {
		change.Put(grant.Grant{}, g)
	}
	if c.ResponseURL != "" {
		change.Deliveries = []store.Delivery{{ID: g.ID, Reply: c.ResponseURL, ReplyBy: g.AskedAt.Add(replyLasts)}}
	}
	return change, nil
}

// askedBefore returns the request that this act stored earlier, or the zero grant. The bot may have
// ended before it noted that the act was done.
func (s *Service) askedBefore(ctx context.Context, c Invocation) (grant.Grant, error) {
	switch done, err := s.committed(ctx, c); {
	case err != nil:
		return grant.Grant{}, err
	case !done:
		return grant.Grant{}, nil
	}
	own, err := s.store.List(ctx, store.Query{Requester: c.By.User})
	if err != nil {
		return grant.Grant{}, fmt.Errorf("looking for a request that was stored: %w", err)
	}
	for _, g := range own {
		if g.IsBatchLead() && g.AskedAt.Equal(s.received(c)) {
			return g, nil
		}
	}
	return grant.Grant{}, fmt.Errorf("looking for a request that was stored: %w", store.ErrNotFound)
}

// mayBreakGlass checks a break-glass against a freeze and the requester's earlier break-glass.
func (s *Service) mayBreakGlass(ctx context.Context, g grant.Grant) error {
	if !g.BreakGlass {
		return nil
	}
	if err := s.whileFrozen(ctx); err != nil {
		return err
	}
	past, err := s.store.List(ctx, store.Query{Requester: g.Requester.User})
	if err != nil {
		return fmt.Errorf("looking for earlier break-glass: %w", err)
	}
	return s.rules.EvaluateBreakGlassHistory(g, past, s.now())
}
