package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
)

// principal checks that the principal exists and, after the request, that it still
// has the unique id of the request.
func (p *Preflight) principal(ctx context.Context, s subject) (subject, []Finding, error) {
	who, source := s.options.Grant.Principal, Source{Document: IAM}
	if who.External {
		return s, nil, nil
	}
	arn, id, err := p.aws.Principal(ctx, who)
	gone := awsaccess.ClassOf(err) == awsaccess.Gone
	if s.options.Moment != Request {
		if gone || err == nil && id != who.UniqueID {
			no := grant.Refuse("%s was deleted after the request.", who.ARN).WithHint("Deny it, so that the " +
				"requester can submit a new request.")
			return s, []Finding{blocker(Missing, source, no)}, nil
		}
		return s, nil, err
	}
	switch {
	case gone:
		no := grant.Refuse("AWS has no %s called %s in the account %s.", who.Kind, who.Name, who.Account).
			WithHint("Check the name.")
		return s, []Finding{blocker(Missing, source, no)}, nil
	case err != nil:
		return s, nil, err
	case strings.HasPrefix(s.options.Grant.Typed.Principal, "arn:") && arn != who.ARN:
		return s, []Finding{blocker(Missing, source, grant.Refuse("AWS has no %s.", who.ARN).
			WithHint("It has %s.", arn))}, nil
	}
	s.options.Grant.Principal.ARN, s.options.Grant.Principal.UniqueID = arn, id
	return s, nil, nil
}

// fewest is the lowest limit of any account, for the groups of a user and for the attached policies
// of a role.
const fewest = 10

// half refuses a principal at AWS's limit of groups or policies, and the role of a
// permission set without s3share's policy.
func (p *Preflight) half(ctx context.Context, s subject) (subject, []Finding, error) {
	who := s.options.Grant.Principal
	if who.External {
		return s, nil, nil
	}
	standing, err := p.aws.Joined(ctx, who)
	switch {
	case err != nil || standing.Member:
		return s, nil, err
	case who.PermissionSet() != "":
		return s, []Finding{blocker(Missing, Source{Document: IAM, Setting: "permission set"},
			grant.NotInPermissionSet(who))}, nil
	case standing.Others < fewest:
		return s, nil, nil
	}
	most, err := p.most(ctx, who)
	if err != nil || most == 0 || standing.Others < most {
		return s, nil, err
	}
	no, setting := grant.Refuse("%s is in %d groups, which is AWS's limit.", who.Name, standing.Others).
		WithHint("Remove the user from one first."), "groups"
	if who.Kind == grant.KindRole {
		no, setting = grant.Refuse("%s has %d policies attached, which is AWS's limit.", who.Name, standing.Others).
			WithHint("Detach one from the role first."), "attached policies"
	}
	return s, []Finding{blocker(Full, Source{Document: IAM, Setting: setting}, no)}, nil
}

// most returns the limit of groups or policies of a principal; 0 if unknown. The bot's role in an
// older stack may not read the limit of policies.
func (p *Preflight) most(ctx context.Context, who grant.Principal) (int, error) {
	most, err := p.aws.MembershipLimit(ctx, who)
	switch {
	case awsaccess.ClassOf(err) == awsaccess.Denied && who.Kind == grant.KindRole:
		return 0, nil
	case awsaccess.ClassOf(err) == awsaccess.Denied:
		return fewest, nil
	}
	return most, err
}

// bot judges the grant by the rules with the principal's full ARN, and refuses the
// bot's own identity as a principal.
func (p *Preflight) bot(ctx context.Context, s subject) (subject, []Finding, error) {
	self, err := p.aws.Self(ctx, s.options.Grant.Bucket.AccountID)
	if err != nil {
		return s, nil, err
	}
	rules := p.rules
	rules.BotARNs = append(slices.Clone(rules.BotARNs), self)
	rule, err := rules.Evaluate(s.options.Grant)
	s.self, s.rule = self, rule
	found, err := blockers(Refused, p.ofRules(s.options.Grant), err)
	return s, found, err
}

// boundary warns of the principal's permissions boundary.
func (p *Preflight) boundary(ctx context.Context, s subject) (subject, []Finding, error) {
	if s.options.Grant.Principal.External {
		return s, nil, nil
	}
	arn, err := p.aws.Boundary(ctx, s.options.Grant.Principal)
	if err != nil || arn == "" {
		return s, nil, err
	}
	s.bounds = arn
	return s, []Finding{{Kind: Boundary, Source: Source{Document: IAM, Setting: "permissions boundary"},
		Text: fmt.Sprintf("%s has a permissions boundary (%s), which may block this access. Ask the admin of its "+
			"account to check it.",
			s.options.Grant.Principal.Name, arn)}}, nil
}
