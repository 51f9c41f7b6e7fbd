package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// request stores what somebody asks for, in checking, and calls ack once it is
// on disk. What Slack and AWS say about it comes afterwards: a card follows, or
// a refusal.
func (s *Service) request(ctx context.Context, c Call, args []word, ack func()) (Answer, error) {
	g, err := s.ask(ctx, c, args)
	ack()
	if s.isDuplicate(ctx, c, err) {
		return Answer{Silent: true}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	s.Log.InfoContext(ctx, "grant changed", "event", grant.Ask, "grant", g.ID, "state", g.State, "by", c.By.User)
	return s.taken(ctx, g), nil
}

// taken answers that a request is stored.
func (s *Service) taken(ctx context.Context, g grant.Grant) Answer {
	a := taken(g)
	a.Text += s.andFrozen(ctx)
	return a
}

func taken(g grant.Grant) Answer {
	if n := len(g.Together); n > 0 {
		next := "I am checking all of it with AWS, then it goes to the approvers"
		if g.NeedsConsent() {
			next = "I am asking the person it is for to confirm it; then it goes to the approvers"
		}
		return Answer{Text: fmt.Sprintf("Request `%s` asks for %d grants, which are decided as one: %s. `/s3share list pending` says how they stand.", g.ID, n, next)}
	}
	if g.NeedsConsent() {
		return Answer{Text: fmt.Sprintf("Request `%s`: I am asking the person it is for to confirm it; then it goes to the approvers.", g.ID)}
	}
	return Answer{Text: fmt.Sprintf("Request `%s`: I am checking it with AWS, then it goes to the approvers. `/s3share show %s` says how it stands.", g.ID, g.ID)}
}

const requestUsage = "Try `/s3share request <bucket[/prefix]> <level> <principal> <term> <reason…>`, like `/s3share request my-bucket/builds read build/test.user 8h nightly build`."

// replyLasts is for how long answers can be sent to where the command came from.
const replyLasts = 25 * time.Minute

func (s *Service) ask(ctx context.Context, c Call, args []word) (grant.Grant, error) {
	args = joinLists(args)
	if len(args) < places {
		missing := []string{"the bucket", "the level", "the principal", "the term"}[len(args):]
		return grant.Grant{}, grant.Refuse("Something is missing: %s and a reason.", strings.Join(missing, ", ")).WithHint("%s", requestUsage)
	}
	draft := s.draft(c, args)
	reason, err := s.readClauses(ctx, c, args[places:], &draft)
	if err != nil {
		return grant.Grant{}, err
	}
	draft.Reason = phrase(reason)
	g, err := s.Ask(ctx, c, draft)
	var no *grant.Refusal
	switch {
	case !errors.As(err, &no):
	case no.Field == grant.FieldMoreBuckets:
		no.Hint = strings.TrimSpace(no.Hint + " If the comma is part of a folder's name, `/s3share` alone opens a form that takes it.")
	case s.fillers(args):
		no.Hint = strings.TrimSpace(no.Hint + " I took your first four words for the bucket, the level, the principal and the term: a word like `for` or `to` has no place between them.")
	}
	return g, err
}

// fillers reports whether what stands where a level or a term should is a word that
// people put in between, so that the refusal is about something else than they meant.
func (s *Service) fillers(args []word) bool {
	w := arrange(args, s.Rules)
	_, level := s.Rules.Levels[lower(w[placeLevel])]
	_, err := grant.ParseTerm(w[placeTerm])
	return !(level && err == nil) && slices.ContainsFunc(args[:places], func(w word) bool {
		return slices.Contains([]string{"access", "to", "for", "on", "as", "with", "the", "a", "please", "of"}, lower(w.text))
	})
}

// draft reads the first words of a request, whatever their order.
func (s *Service) draft(c Call, args []word) grant.Draft {
	w := arrange(args, s.Rules)
	targets, principals := targetsIn(w[placeTarget]), principalsIn(w[placePrincipal])
	return grant.Draft{
		Target: targets[0], Level: w[placeLevel], Principal: principals[0], Term: w[placeTerm], Requester: c.By,
		MoreTargets: targets[1:], MorePrincipals: principals[1:],
	}
}

// RequestByForm stores what somebody asked for in the request form.
func (s *Service) RequestByForm(ctx context.Context, c Call, draft grant.Draft) (Answer, error) {
	g, err := s.Ask(ctx, c, draft)
	if err != nil {
		return s.unlessRedelivered(ctx, c, err)
	}
	s.Log.InfoContext(ctx, "grant changed", "event", grant.Ask, "grant", g.ID, "state", g.State, "by", c.By.User)
	return s.taken(ctx, g), nil
}

// readClauses reads for whom it is asked and when it is to begin, in either
// order, and returns the words after that: the reason. What is neither is part of
// the reason.
func (s *Service) readClauses(ctx context.Context, c Call, words []word, d *grant.Draft) ([]word, error) {
	for range 2 {
		switch {
		case d.Beneficiary.User == "" && len(words) > 1 && lower(words[0].text) == "for" && mention.MatchString(words[1].text):
			d.Beneficiary = grant.Person{Team: c.By.Team, User: mention.FindStringSubmatch(words[1].text)[1]}
			words = words[2:]
		case d.Start.IsZero() && len(words) > 0 && lower(words[0].text) == "from":
			start, taken, err := readStart(words, s.Now(), s.Zone(ctx, c.By))
			if err != nil {
				return nil, err
			}
			d.Start, words = start, words[taken:]
		}
	}
	return words, nil
}

// Ask stores a request, in checking, or says why the rules forbid it. Of several
// grants that it asks for it returns the one that leads.
func (s *Service) Ask(ctx context.Context, c Call, draft grant.Draft) (grant.Grant, error) {
	defer s.requesters.lock(c.By.User)()
	open, err := s.Store.Count(ctx, grant.Query{Requester: c.By.User, States: []grant.State{grant.Checking, grant.Pending}})
	if err != nil {
		return grant.Grant{}, fmt.Errorf("counting open requests: %w", err)
	}
	change, err := store.Update(ctx, s.Store, func(ctx context.Context) (grant.Change, error) { // after a conflict the id is taken: it draws another
		return s.newRequest(ctx, c, draft, open)
	})
	if err != nil {
		return grant.Grant{}, err
	}
	return change.Grants[0], nil
}

// newRequest returns the change that stores a request.
func (s *Service) newRequest(ctx context.Context, c Call, draft grant.Draft, open int) (change grant.Change, err error) {
	all, err := s.Rules.DraftTogether(s.NewID, draft, open, s.Now())
	if err != nil {
		return change, err
	}
	g := all[0]
	if err := s.mayBreakGlass(ctx, g); err != nil {
		return change, err
	}
	change = grant.Change{At: g.AskedAt, Causes: c.Causes}
	for _, g := range all {
		change.Put(grant.Grant{}, g)
	}
	if c.Reply != "" {
		change.Deliveries = []grant.Delivery{{ID: g.ID, Reply: c.Reply, ReplyBy: g.AskedAt.Add(replyLasts)}}
	}
	return change, nil
}

// mayBreakGlass holds a break-glass to the person's earlier ones and to a freeze.
func (s *Service) mayBreakGlass(ctx context.Context, g grant.Grant) error {
	if !g.Urgent {
		return nil
	}
	if err := s.whileFrozen(ctx); err != nil {
		return err
	}
	past, err := s.Store.List(ctx, grant.Query{Requester: g.Requester.User})
	if err != nil {
		return fmt.Errorf("looking for earlier break-glass: %w", err)
	}
	return s.Rules.JudgeUrgentHistory(g, past, s.Now())
}
