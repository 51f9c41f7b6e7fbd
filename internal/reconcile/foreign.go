package reconcile

import (
	"context"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/preflight"
)

// holders are those whom the grantee half of g reaches.
func holders(g grant.Grant) policy.Holders {
	return policy.Holders{Account: g.Principal.AccountID, Name: g.Principal.Account, Principal: g.Principal.ARN, Owner: g.Bucket.AccountID}
}

// delegations are the statements of a policy by which the grantee half alone
// opens g's bucket, for what any level can mean.
func (r *Reconciler) delegations(g grant.Grant, doc policy.Document) []policy.Finding {
	var actions []string
	for _, l := range r.Rules.Levels {
		actions = append(append(actions, l.Object...), l.Bucket...)
	}
	return doc.Delegations(g.Bucket.Name, holders(g), actions)
}

// blocked refuses a bucket where a grant could not be ended, or could not be
// what it says.
func (r *Reconciler) blocked(g grant.Grant, doc policy.Document, facts awsaccess.Facts) error {
	all := append(r.delegations(g, doc), preflight.Settings(g, facts)...)
	if i := slices.IndexFunc(all, func(f policy.Finding) bool { return f.Blocks }); i >= 0 {
		return grant.Refuse("%s", all[i].Text).WithHint("%s", all[i].Hint)
	}
	return nil
}

// unreadable refuses a bucket whose policy makes no sense: to edit it could change
// what other people meant.
func unreadable(g grant.Grant, err error) error {
	return grant.Refuse("The policy of %s cannot be read with certainty (%v), so nothing can be added to it safely.", g.Bucket.Name, err).
		WithHint("The bucket's owners can write the policy anew.")
}

// observed are AWS's answers about the bucket, the principal and the bot.
type observed struct {
	facts    awsaccess.Facts
	boundary string // of the principal's permissions; "" if it has none, or cannot be asked
	writer   string // ARN of the role or user that writes the bucket's policy; "" if it is not known
}

// observe asks for the rest of what the approver has to know.
func (r *Reconciler) observe(ctx context.Context, g grant.Grant, facts awsaccess.Facts) (seen observed, err error) {
	seen = observed{facts: facts, writer: roleIn(g.Bucket.AccountID, r.Rules.BotARNs)}
	if seen.writer == "" {
		self, err := r.Access.Self(ctx, g.Bucket.AccountID)
		if err != nil {
			return seen, err
		}
		seen.writer = roleIn(g.Bucket.AccountID, []string{self})
	}
	if !g.Principal.External {
		seen.boundary, err = r.Access.Boundary(ctx, g.Principal)
	}
	return seen, err
}

// warnings are what the approver of g has to know of other people's statements and
// of the settings.
func (r *Reconciler) warnings(g grant.Grant, ask policy.Ask, foreign policy.Document, seen observed) []policy.Finding {
	caller := policy.Caller{Ask: ask, UniqueID: g.Principal.UniqueID, Boundary: seen.boundary != "", Owner: g.Bucket.AccountID, Now: r.Now()}
	var all []policy.Finding
	if seen.writer != "" {
		bot := policy.Caller{Ask: policy.Ask{Principal: seen.writer, Bucket: g.Bucket.Name}, Owner: g.Bucket.AccountID, Now: r.Now()}
		all = foreign.WriteDenials(bot)
	}
	all = append(all, foreign.Obstacles(caller)...)
	if seen.boundary != "" {
		all = append(all, preflight.OfBoundary(g, seen.boundary))
	}
	all = append(append(all, preflight.Settings(g, seen.facts)...), r.delegations(g, foreign)...)
	return slices.DeleteFunc(all, func(f policy.Finding) bool { return f.Blocks })
}

// roleIn returns the first of the ARNs that is in an account; "" if none is.
func roleIn(accountID string, arns []string) string {
	for _, arn := range arns {
		if f := strings.SplitN(arn, ":", 6); len(f) == 6 && f[4] == accountID {
			return arn
		}
	}
	return ""
}
