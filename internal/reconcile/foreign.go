package reconcile

import (
	"slices"
	"strings"

	"s3share/internal/grant"
	"s3share/internal/policy"
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

// delegated refuses a bucket that is open to holders of the grantee half already.
func (r *Reconciler) delegated(g grant.Grant, doc policy.Document) error {
	all := r.delegations(g, doc)
	if i := slices.IndexFunc(all, func(f policy.Finding) bool { return f.Blocks }); i >= 0 {
		return grant.Refuse("%s", all[i].Text).WithHint("%s", all[i].Hint)
	}
	return nil
}

// warnings are what the approver of g has to know of other people's statements.
func (r *Reconciler) warnings(g grant.Grant, ask policy.Ask, foreign policy.Document) []policy.Finding {
	caller := policy.Caller{Ask: ask, UniqueID: g.Principal.UniqueID, Owner: g.Bucket.AccountID, Now: r.Now()}
	var all []policy.Finding
	if role := r.writes(g.Bucket); role != "" {
		bot := policy.Caller{Ask: policy.Ask{Principal: role, Bucket: g.Bucket.Name}, Owner: g.Bucket.AccountID, Now: r.Now()}
		all = foreign.WriteDenials(bot)
	}
	all = append(all, foreign.Obstacles(caller)...)
	for _, f := range r.delegations(g, foreign) {
		if !f.Blocks {
			all = append(all, f)
		}
	}
	return all
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
