package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/commands/parse"
	"s3share/internal/grant"
)

// decideOn records an approver's decision, typed or by button. A nil revision means the latest. It
// returns the decided grant, and the kind of event that the decision was recorded as.
func (s *Service) decideOn(
	ctx context.Context, c Invocation, id grant.ID, revision *int, kind grant.EventKind, reason string,
) (g grant.Grant, as grant.EventKind, err error) {
	c.closes = kind == grant.Deny
	batch, err := s.batchOf(ctx, id, c.closes)
	if err != nil {
		return g, kind, err
	}
	g, redelivered, err := s.redelivered(ctx, c, id)
	if redelivered || err != nil {
		return g, answered(g, c, kind), err
	}
	if revision == nil {
		revision = &batch[0].Revision
	}
	who := s.actorLookup(c, batch)
	act := grant.Action{By: who.lookup(ctx, c.By), Why: strings.TrimSpace(reason), Revision: *revision}
	d := decision{step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
		a := s.completed(act, g)
		a.Kind, a.Warn, a.Found = onWhatWaits(g, kind), s.rules.WarnBefore, found
		a.Others = who.lookupAll(ctx, g.CompletingApprovers(a))
		return g.Next(a)
	}}
	if kind == grant.Approve {
		d.preflight = func(ctx context.Context, g, _ grant.Grant) (*grant.Findings, error) {
			return s.preflightApproval(ctx, g, who)
		}
	}
	g, err = s.carryOut(ctx, c, id, batch, d)
	return g, onWhatWaits(batch[0], kind), err
}

// completed returns an approver's act on g with the time, and with the rule and the owners of today.
func (s *Service) completed(act grant.Action, g grant.Grant) grant.Action {
	act.At, act.PrincipalOwners = s.now(), s.rules.OwnersOf(g.Principal.ARN)
	if rule, covered := s.rules.RuleFor(g); covered {
		act.Rule = &rule
	}
	return act
}

// answered returns the kind of event that the caller's decision was recorded as.
func answered(g grant.Grant, c Invocation, kind grant.EventKind) grant.EventKind {
	more := grant.Extend
	if kind == grant.Deny {
		more = grant.DenyExtension
	}
	if last := g.Last(kind, more); last != nil && last.By.Same(c.By) {
		return last.Kind
	}
	return kind
}

// onWhatWaits returns the kind of a decision on g: on its pending extension if it has one, and on
// the request otherwise.
func onWhatWaits(g grant.Grant, kind grant.EventKind) grant.EventKind {
	if g.PendingExtension == nil {
		return kind
	}
	if kind == grant.Approve {
		return grant.Extend
	}
	return grant.DenyExtension
}

// groupsOf returns the user groups that today's rules name for some grants.
func (s *Service) groupsOf(all []grant.Grant) (groups []string) {
	for _, g := range all {
		rule, _ := s.rules.RuleFor(g)
		for _, group := range rule.Groups() {
			if !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
	}
	return groups
}

// preflightApproval checks an approval against the changes since the request: a freeze, the rules in
// the config, the requester and the beneficiary, and last the limits of AWS. It returns the current
// findings of AWS.
func (s *Service) preflightApproval(ctx context.Context, g grant.Grant, who *actorLookup) (
	found *grant.Findings, err error) {
	if err := s.whileFrozen(ctx); err != nil {
		return nil, err
	}
	var rule grant.Rule
	if g.PendingExtension != nil {
		rule, err = s.rules.EvaluateExtension(g, g.PendingExtension.Term)
	} else {
		rule, err = s.rules.Evaluate(g)
	}
	if err != nil {
		return nil, againstTodaysRules(err)
	}
	if err := who.mayStillRequest(ctx, rule, g); err != nil {
		return nil, err
	}
	switch {
	case s.preflight == nil:
		return nil, nil
	case g.PendingExtension != nil:
		return s.preflight.CheckExtension(ctx, g)
	}
	return s.preflight.CheckApproval(ctx, g)
}

func againstTodaysRules(err error) error {
	var no *grant.Refusal
	if !errors.As(err, &no) {
		return err
	}
	return grant.Refuse("The rules have changed since this was asked. %s", no.Sentence).
		WithHint("Deny it, and have them ask again.")
}

func decisionReply(g grant.Grant, kind grant.EventKind) string {
	switch {
	case kind == grant.DenyExtension:
		return fmt.Sprintf("The extension of `%s` is denied; it ends as it would have. The person who asked is told why.",
			g.ID)
	case kind == grant.Extend:
		return asked(g)
	case kind == grant.Deny:
		return fmt.Sprintf("Denied %s. The person who asked is told why.", allOf(g))
	case g.State == grant.Pending:
		return fmt.Sprintf("Approved: your approval of %s counts; %d more to go.", allOf(g), g.Missing()) + void(g)
	case !wasApproved(g): // a redelivery: it was closed meanwhile
		return fmt.Sprintf("`%s` was not approved; `/s3share show %s` says how it stands.", g.ID, g.ID)
	case len(g.BatchIDs) > 0:
		return fmt.Sprintf("Approved %s. They are being applied, %s, and the person who asked is told of each once AWS has "+
			"confirmed it.", allOf(g), until(g))
	}
	return fmt.Sprintf("Approved `%s`: %s. It is being applied, and the person who asked is told once AWS has "+
		"confirmed it.", g.ID, gives(g))
}

func wasApproved(g grant.Grant) bool {
	last := g.Last(grant.Approve)
	return last != nil && last.To == grant.Approved
}

// gives summarizes a grant: principal, level, target and dates.
func gives(g grant.Grant) string {
	return fmt.Sprintf("%s, %s, s3://%s/, %s", g.Principal.Name, g.Level.Name,
		strings.TrimSuffix(g.Bucket.Name+"/"+g.Prefix, "/"), until(g))
}

// until formats the end of a grant, and its start if it is scheduled.
func until(g grant.Grant) string {
	const layout = "2006-01-02 15:04 UTC"
	if g.Scheduled {
		return "from " + g.StartAt.UTC().Format(layout) + " until " + g.ExpiresAt.UTC().Format(layout)
	}
	return "until " + g.ExpiresAt.UTC().Format(layout)
}

// void reports how many earlier approvals the latest one voided.
func void(g grant.Grant) string {
	switch n := len(g.Last(grant.Approve, grant.Extend).Void); n {
	case 0:
		return ""
	case 1:
		return " One that was given before counts no more: that person may not decide any longer."
	default:
		return fmt.Sprintf(" %d that were given before count no more: those people may not decide any longer.", n)
	}
}

// allOf formats the grants of a decision.
func allOf(g grant.Grant) string {
	if n := len(g.BatchIDs); n > 0 {
		return fmt.Sprintf("`%s`, all %d grants of it", g.BatchLead(), n)
	}
	return "`" + string(g.ID) + "`"
}

func (s *Service) approve(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	return s.answerDecision(s.decideOn(ctx, c, id, c.Revision, grant.Approve, ""))
}

func (s *Service) deny(ctx context.Context, c Invocation, t parse.About) (Answer, error) {
	return s.answerDecision(s.decideOn(ctx, c, t.ID, c.Revision, grant.Deny, t.Reason))
}

func (s *Service) answerDecision(g grant.Grant, kind grant.EventKind, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: decisionReply(g, kind)}, nil
}

// Consent records that the beneficiary confirmed a request made for them.
func (s *Service) Consent(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	say := func(g grant.Grant) string {
		return fmt.Sprintf("Thank you. `%s` is checked with AWS now, then it goes to the approvers.", g.ID)
	}
	if a, again, err := s.again(ctx, c, id, say); again || err != nil {
		return a, err
	}
	by := s.actor(ctx, c, c.By, nil)
	g, err := s.decide(ctx, c, id, func(grant.Grant) (grant.Action, error) {
		return grant.Action{Kind: grant.Consent, At: s.now(), By: by}, nil
	})
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: say(g)}, nil
}

// Decline records that the beneficiary refused a request made for them. After a consent they have
// to cancel the request instead, because the old question can stay in Slack for hours after it was
// answered.
func (s *Service) Decline(ctx context.Context, c Invocation, id grant.ID) (Answer, error) {
	say := func(g grant.Grant) string {
		return fmt.Sprintf("Cancelled %s. The person who asked is told that it is not for you.", allOf(g))
	}
	if a, again, err := s.again(ctx, c, id, say); again || err != nil {
		return a, err
	}
	c.closes = true
	by := s.actor(ctx, c, c.By, nil)
	g, err := s.decide(ctx, c, id, func(g grant.Grant) (grant.Action, error) {
		if g.Last(grant.Consent) != nil && g.State.Open() {
			return grant.Action{}, grant.Refuse("You have confirmed already that it is for you.").
				WithHint("`/s3share cancel %s` takes the request back.", g.ID)
		}
		return grant.Action{Kind: grant.Cancel, At: s.now(), By: by}, nil
	})
	if err != nil {
		return Answer{}, err
	}
	return Answer{Text: say(g)}, nil
}

// Review closes the review of a break-glass.
func (s *Service) Review(ctx context.Context, c Invocation, id grant.ID, found string) (Answer, error) {
	return s.byPerson(ctx, c, id, grant.Review, found, func(g grant.Grant) string {
		return fmt.Sprintf("The review of `%s` is closed.", g.ID)
	})
}
