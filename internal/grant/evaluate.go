package grant

import (
	"slices"
	"strings"
	"time"
)

// Evaluate checks g against today's rules, and returns the rule or a refusal. It
// does not check the requester: see [Rules.EvaluateRequester].
func (r Rules) Evaluate(g Grant) (Rule, error) {
	rule, owner, ok := r.Match(g.Bucket.Name)
	if !ok {
		return Rule{}, About(FieldBucket, NoSuchBucket(g.Bucket.Name))
	}
	p := g.Principal
	switch {
	case !slices.Contains(rule.Levels, g.Level.Name):
		return Rule{}, About(FieldLevel,
			Refuse("%s can't be shared at the level %s.", g.Bucket.Name, clip(g.Level.Name, 40)).
				WithHint("Choose %s.", oneOf(rule.Levels)))
	case !covers(r.Levels[g.Level.Name], g.Level): // the config has changed
		return Rule{}, About(FieldLevel, Refuse("The level %s allows less today than when this was "+
			"requested.", g.Level.Name).
			WithHint("Submit a new request."))
	case !matchAny(rule.Prefixes, g.Prefix):
		return Rule{}, About(FieldPrefix, r.refusePrefix(rule, g))
	case g.Term > rule.MaxTerm:
		return Rule{}, About(FieldTerm,
			Refuse("%s is longer than the limit of %s for %s.", g.Term, rule.MaxTerm, g.Bucket.Name).
				WithHint("Request %s or less.", rule.MaxTerm))
	case p.AccountID == owner.ID:
		return Rule{}, About(FieldPrincipal,
			Refuse("%s is in the account that owns %s, and s3share shares only across "+
				"accounts.", p.Name, g.Bucket.Name).
				WithHint("Give it access with IAM in that account instead."))
	case owner.Partition != "" && owner.Partition != partitionOf(p.ARN):
		return Rule{}, About(FieldPrincipal,
			Refuse("%s is in the AWS partition %s, and %s is in %s: access can't cross partitions.",
				p.Name, partitionOf(p.ARN), g.Bucket.Name, owner.Partition).
				WithHint("Name a principal of an account in %s.", owner.Partition))
	case r.IsBot(p.ARN):
		return Rule{}, About(FieldPrincipal,
			Refuse("%s is s3share's own %s, and can't be given access.", p.Name, p.Kind))
	case managedByAWS(p.ARN):
		return Rule{}, About(FieldPrincipal, refuseManaged(p.Name))
	case len(rule.Principals) > 0 && !matchAny(rule.Principals, p.ARN):
		return Rule{}, About(FieldPrincipal, Refuse("%s can't be shared with %s.", g.Bucket.Name, p.ARN).
			WithHint("Its rule allows only %s.", strings.Join(rule.Principals, ", ")))
	}
	return rule, nil
}

// EvaluateRestore checks the rest of g against today's rules, before a part that was
// removed outside s3share is restored: a restore opens access again.
func (r Rules) EvaluateRestore(g Grant, now time.Time) (Rule, error) {
	return r.Evaluate(g.RemainingRequest(now))
}

// RemainingRequest is g as a request for its remaining time.
func (g Grant) RemainingRequest(now time.Time) Grant {
	left := g.ExpiresAt.Sub(now) + time.Minute - 1
	g.Term = min(g.Term, Term(left/time.Minute))
	return g
}

// EvaluateRequester checks whether a may request g under a rule. Owners of a
// principal may always request it.
func (r Rules) EvaluateRequester(rule Rule, g Grant, a Actor) error {
	if err := a.check(); err != nil {
		return err
	}
	owns := slices.Contains(r.OwnersOf(g.Principal.ARN), a.User)
	switch {
	case g.BreakGlass && (rule.BreakGlass == nil || !rule.BreakGlass.People.Include(a)):
		return Refuse("You may not open %s with break-glass.", g.Bucket.Name).
			WithCommand("request", "submits an ordinary request.")
	case owns:
		return nil
	case rule.OwnPrincipals:
		return Refuse("Only the people listed for %s may request access for it.", g.Principal.Name).
			WithHint("Ask one of them, or ask the operators of s3share to list you.")
	case !rule.Requesters.IsEmpty() && !rule.Requesters.Include(a):
		return Refuse("You may not request access to %s.", g.Bucket.Name)
	}
	return nil
}

// EvaluateBeneficiary is [Rules.EvaluateRequester] for the beneficiary. The refusal
// addresses the requester.
func (r Rules) EvaluateBeneficiary(rule Rule, g Grant, a Actor) error {
	err := r.EvaluateRequester(rule, g, a)
	if err == nil {
		return nil
	}
	switch a.Standing {
	case Member:
		return Refuse("The beneficiary may not have access to %s, or not for %s.", g.Bucket.Name,
			g.Principal.Name).
			WithHint("Ask the operators of s3share.")
	case Guest:
		return Refuse("The beneficiary is a guest here, and guests can't have access.")
	case App:
		return Refuse("The beneficiary is an app, and access is for people.").WithHint("Request it for a person.")
	case Stranger:
		return Refuse("The beneficiary is not in this workspace.")
	case Deactivated:
		return Refuse("The Slack account of the beneficiary is deactivated.")
	}
	return err
}

// EvaluateAtDecision checks whether a, the requester or the beneficiary of g, may still
// request it under a rule. The refusal addresses the approver.
func (r Rules) EvaluateAtDecision(rule Rule, g Grant, a Actor) error {
	if r.EvaluateRequester(rule, g, a) == nil {
		return nil
	}
	who := "the requester"
	switch {
	case g.PendingExtension != nil && g.PendingExtension.By.Same(a.Person):
		who = "the requester of the extension"
	case !g.Requester.Same(a.Person):
		who = "the beneficiary"
	}
	switch a.Standing {
	case Unknown:
		return Refuse("Nothing was done: Slack couldn't confirm that %s may still have this.", who).
			WithHint("Try again in a minute.")
	case Deactivated:
		return Refuse("The Slack account of %s is deactivated, so this can't be approved.", who).
			WithHint("Deny it.")
	}
	return Refuse("This can't be approved any more: today's rules don't let %s request %s.", who, g.Bucket.Name).
		WithHint("Deny it.")
}

// EvaluateQuorum checks whether enough different people could ever approve g, as
// far as that is known without Slack's groups.
func (r Rules) EvaluateQuorum(rule Rule, g Grant) error {
	if len(rule.Approvers.Groups) > 0 {
		return nil
	}
	able := 0
	for i, u := range rule.Approvers.Users {
		if !g.ConcernsToday(Person{User: u}, r.OwnersOf(g.Principal.ARN)) && !slices.Contains(rule.Approvers.Users[:i], u) {
			able++
		}
	}
	return rule.refuseTooFew(g, able, "not counting the people it concerns")
}

// EvaluateApproverCount is EvaluateQuorum with Slack's data: able is how many approvers can
// currently decide on g.
func (r Rules) EvaluateApproverCount(rule Rule, g Grant, able int) error {
	return rule.refuseTooFew(g, able, "not counting the people it concerns, guests and deactivated accounts")
}

// refuseTooFew refuses g if its level needs more approvers than can approve it.
func (r Rule) refuseTooFew(g Grant, able int, without string) error {
	if need := r.Quorum(g.Level.Name); able < need {
		return Refuse("Too few people could approve this: it needs %d of the approvers of %s, and there %s %d, %s.",
			need, g.Bucket.Name, isAre(able), able, without).
			WithHint("Ask the operators of s3share to name more approvers.")
	}
	return nil
}

// NoSuchBucket is the answer for a bucket without a rule and for one that does
// not exist. It is the same for both, so that it reveals nothing.
func NoSuchBucket(bucket string) *Refusal {
	return Refuse("%s can't be shared: no rule covers it, or it does not exist.", bucket).
		WithHint("Check the name, or ask the operators of s3share to add a rule.")
}

func (r Rules) refusePrefix(rule Rule, g Grant) error {
	if g.Prefix == "" {
		return Refuse("%s can't be shared as a whole.", g.Bucket.Name).
			WithHint("Name a folder that matches %s.", oneOf(rule.Prefixes))
	}
	return Refuse("%s/%s can't be shared.", g.Bucket.Name, clip(g.Prefix, 80)).
		WithHint("Name a folder that matches %s.", oneOf(rule.Prefixes))
}

func oneOf(words []string) string {
	switch len(words) {
	case 0:
		return "none"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
