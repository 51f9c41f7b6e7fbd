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
	return policy.Holders{Account: g.Principal.AccountID, Name: g.Principal.Account, Principal: g.Principal.ARN}
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

// boundary asks for the permissions boundary of g's principal. The bot does not
// see the one of a principal whose account it has no role in.
func (r *Reconciler) boundary(ctx context.Context, g grant.Grant) (string, error) {
	if g.Principal.External {
		return "", nil
	}
	return r.Access.Boundary(ctx, g.Principal)
}

// warnings are what the approver of g has to know of other people's statements and
// of the settings.
func (r *Reconciler) warnings(g grant.Grant, ask policy.Ask, foreign policy.Document, facts awsaccess.Facts, boundary string) []policy.Finding {
	caller := policy.Caller{Ask: ask, UniqueID: g.Principal.UniqueID, Boundary: boundary != "", Owner: g.Bucket.AccountID, Now: r.Now()}
	var all []policy.Finding
	if role := r.writes(g.Bucket); role != "" {
		bot := policy.Caller{Ask: policy.Ask{Principal: role, Bucket: g.Bucket.Name}, Owner: g.Bucket.AccountID, Now: r.Now()}
		all = foreign.WriteDenials(bot)
	}
	all = append(all, foreign.Obstacles(caller)...)
	if boundary != "" {
		all = append(all, preflight.OfBoundary(g, boundary))
	}
	all = append(append(all, preflight.Settings(g, facts)...), r.delegations(g, foreign)...)
	return slices.DeleteFunc(all, func(f policy.Finding) bool { return f.Blocks })
}

// writes returns the ARN of the role that writes the policy of a bucket, as the
// config has it; "" where it has none.
func (r *Reconciler) writes(b grant.Bucket) string {
	for _, arn := range r.Rules.BotARNs {
		if f := strings.SplitN(arn, ":", 6); len(f) == 6 && f[4] == b.AccountID {
			return arn
		}
	}
	return ""
}
