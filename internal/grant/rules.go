package grant

import (
	"slices"
	"strings"
	"time"
)

// A Rule says which buckets may be shared, how, and who decides. Each field
// documents its empty value.
type Rule struct {
	Name          string         // its place in the config, for people
	Bucket        string         // glob on the bucket's name
	Account       string         // the owner account's name
	Region        string         // of its buckets; empty: the owner account's
	Prefixes      []string       // globs on the prefix; empty: any
	Levels        []string       // names; at least one
	MaxTerm       Term           // positive
	Approvals     int            // number of different approvers; at least 1
	LevelApproval map[string]int // the same by level, where it differs
	Channel       string         // Slack channel id of its cards
	OwnPrincipals bool           // only people listed for a principal may request it
	Heal          bool           // a changed part is restored without asking
	Principals    []string       // globs on the principal's ARN; empty: any user or role of a configured account
	Requesters    People         // empty: everyone
	Approvers     People         // never empty
	Notify        People         // mentioned on the card; empty: none. They do not decide by this
	RemindAfter   Term           // wait before the first reminder; 0: none
	EscalateAfter Term           // wait before the people of Escalate are asked too; 0: never
	Escalate      People         // mentioned then. They decide only if they are approvers
	ReasonPattern string         // a regular expression that the reason has to match; empty: any
	Auto          []AutoRule     // approval without a person; empty: none
	BreakGlass    *BreakGlass    // nil: not possible
	Hours         *Hours         // hours that count until a request lapses; nil: all
	MaxTotal      Term           // longest time of a grant with all its extensions; 0: twice MaxTerm
	FreeExtension Term           // one extension up to this needs no approval; 0: each needs it
}

// Longest returns the longest time of a grant with all its extensions.
func (r Rule) Longest() Term {
	if r.MaxTotal > 0 {
		return r.MaxTotal
	}
	return 2 * r.MaxTerm
}

// Quorum returns the number of different approvers that a level needs.
func (r Rule) Quorum(level string) int {
	if n, ok := r.LevelApproval[level]; ok {
		return max(1, n)
	}
	return max(1, r.Approvals)
}

// Groups returns the Slack user groups whose members matter to the rule.
func (r Rule) Groups() []string {
	all := slices.Concat(r.Approvers.Groups, r.Requesters.Groups)
	if r.BreakGlass != nil {
		all = append(all, r.BreakGlass.People.Groups...)
	}
	for _, auto := range r.Auto {
		all = append(all, auto.People.Groups...)
	}
	return all
}

// Rules is the whole part of the config that decides on requests.
type Rules struct {
	Rules           []Rule // the first one that matches the bucket decides
	Accounts        []Account
	Levels          map[string]Level
	PrincipalOwners map[string][]string // principal ARN to the Slack users who own it
	BotARNs         []string            // users and roles that the bot itself uses, as far as the config says
	Teams           []string            // Slack teams whose people may use the bot; empty: the bot's own
	Auditors        People
	Responders      People // may freeze, and end any grant; empty: none
	MaxPending      int
	RequestTTL      Term
	WarnBefore      []Term
}

// Match returns the rule for a bucket and the account that owns the bucket.
func (r Rules) Match(bucket string) (Rule, Account, bool) {
	for _, rule := range r.Rules {
		if matchBucket(rule.Bucket, bucket) {
			account, found := r.account(rule.Account)
			return rule, account, found
		}
	}
	return Rule{}, Account{}, false
}

// RuleFor returns today's rule for a grant: the first that matches its bucket,
// if the rule's account owned the bucket at the request.
func (r Rules) RuleFor(g Grant) (Rule, bool) {
	rule, account, ok := r.Match(g.Bucket.Name)
	return rule, ok && account.ID == g.Bucket.AccountID
}

// Today returns what today's config says about a grant.
func (r Rules) Today(g Grant) Today {
	today := Today{PrincipalOwners: r.OwnersOf(g.Principal.ARN)}
	if rule, covered := r.RuleFor(g); covered {
		today.Rule = &rule
	}
	return today
}

// OwnersOf returns the users who own a principal. The config may spell it
// without its path in AWS, or in another case: an account has no two users, or
// roles, with the same name.
func (r Rules) OwnersOf(arn string) (users []string) {
	key := PrincipalKey(arn)
	for listed, behind := range r.PrincipalOwners {
		if PrincipalKey(listed) == key {
			users = append(users, behind...)
		}
	}
	return users
}

// OwnsPrincipal reports whether a person is listed as the owner of any
// principal.
func (r Rules) OwnsPrincipal(user string) bool {
	for _, users := range r.PrincipalOwners {
		if user != "" && slices.Contains(users, user) {
			return true
		}
	}
	return false
}

func (r Rules) account(name string) (Account, bool) {
	i := slices.IndexFunc(r.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return Account{}, false
	}
	return r.Accounts[i], true
}

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
			Refuse("%s cannot be shared at the level %s.", g.Bucket.Name, clip(g.Level.Name, 40)).
				WithHint("Here it can be %s.", oneOf(rule.Levels)))
	case !covers(r.Levels[g.Level.Name], g.Level): // the config has changed
		return Rule{}, About(FieldLevel, Refuse("The level %s allows less today than when this was asked.", g.Level.Name).
			WithHint("Ask for it anew."))
	case !matchAny(rule.Prefixes, g.Prefix):
		return Rule{}, About(FieldPrefix, r.refusePrefix(rule, g))
	case g.Term > rule.MaxTerm:
		return Rule{}, About(FieldTerm,
			Refuse("%s is longer than the %s that %s may be shared for.", g.Term, rule.MaxTerm, g.Bucket.Name).
				WithHint("Ask for %s or less.", rule.MaxTerm))
	case p.AccountID == owner.ID:
		return Rule{}, About(FieldPrincipal,
			Refuse("%s is in the account that owns %s: there the bucket's policy alone would open it.", p.Name, g.Bucket.Name).
				WithHint("Give it access in its own account instead."))
	case owner.Partition != "" && owner.Partition != partitionOf(p.ARN):
		return Rule{}, About(FieldPrincipal,
			Refuse("%s is in the AWS partition %s, and %s is in %s: nothing is ever shared between partitions.",
				p.Name, partitionOf(p.ARN), g.Bucket.Name, owner.Partition).
				WithHint("Name a principal of an account in %s.", owner.Partition))
	case r.IsBot(p.ARN):
		return Rule{}, About(FieldPrincipal,
			Refuse("%s is the bot's own %s, and nothing is ever shared with it.", p.Name, p.Kind))
	case managedByAWS(p.ARN):
		return Rule{}, About(FieldPrincipal, refuseManaged(p.Name))
	case len(rule.Principals) > 0 && !matchAny(rule.Principals, p.ARN):
		return Rule{}, About(FieldPrincipal, Refuse("%s cannot be shared with %s.", g.Bucket.Name, p.ARN).
			WithHint("The rule for it allows only %s.", strings.Join(rule.Principals, ", ")))
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

// IsBot reports whether the ARN is a user or role that the bot uses.
func (r Rules) IsBot(arn string) bool {
	return slices.ContainsFunc(r.BotARNs, func(own string) bool { return PrincipalKey(own) == PrincipalKey(arn) })
}

// EvaluateRequester checks whether a may request g under a rule. Owners of a
// principal may always request it.
func (r Rules) EvaluateRequester(rule Rule, g Grant, a Actor) error {
	if err := a.check(); err != nil {
		return err
	}
	behind := slices.Contains(r.OwnersOf(g.Principal.ARN), a.User)
	switch {
	case g.BreakGlass && (rule.BreakGlass == nil || !rule.BreakGlass.People.Include(a)):
		return Refuse("You are not one of those who may open %s by break-glass.", g.Bucket.Name).
			WithCommand("request", "asks for it in the ordinary way.")
	case behind:
		return nil
	case rule.OwnPrincipals:
		return Refuse("Only the people behind %s may ask for access for it.", g.Principal.Name).
			WithHint("Ask one of them, or the people who run s3share to list you there.")
	case !rule.Requesters.IsEmpty() && !rule.Requesters.Include(a):
		return Refuse("You are not one of the people who may ask for %s.", g.Bucket.Name)
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
		return Refuse("The person it is for is not one of those who may ask for %s, or for access for %s.", g.Bucket.Name,
			g.Principal.Name).
			WithHint("The people who run s3share can tell why.")
	case Guest:
		return Refuse("The person it is for is a guest here, and guests can neither ask for access nor have it.")
	case App:
		return Refuse("It was asked for an app, and access is for people.").WithHint("Ask for a person.")
	case Stranger:
		return Refuse("The person it is for is not of this workspace.")
	case Deactivated:
		return Refuse("The Slack account of the person it is for is deactivated.")
	}
	return err
}

// EvaluateAtDecision checks whether a, the requester or the beneficiary of g, may still
// request it under a rule. The refusal addresses the approver.
func (r Rules) EvaluateAtDecision(rule Rule, g Grant, a Actor) error {
	if r.EvaluateRequester(rule, g, a) == nil {
		return nil
	}
	who := "the person who asked"
	switch {
	case g.PendingExtension != nil && g.PendingExtension.By.Same(a.Person):
		who = "the person who asked for the extension"
	case !g.Requester.Same(a.Person):
		who = "the person whom it is for"
	}
	switch a.Standing {
	case Unknown:
		return Refuse("Slack could not say just now whether %s may still have this, so nothing was done.", who).
			WithHint("Try again in a minute.")
	case Deactivated:
		return Refuse("The Slack account of %s is deactivated, so this cannot be approved any more.", who).
			WithHint("Deny it.")
	}
	return Refuse("This cannot be approved any more: today's rules do not let %s ask for %s.", who, g.Bucket.Name).
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
	return rule.refuseTooFew(g, able, "without those whom it concerns")
}

// EvaluateApproverCount is EvaluateQuorum with Slack's data: able is how many approvers can
// currently decide on g.
func (r Rules) EvaluateApproverCount(rule Rule, g Grant, able int) error {
	return rule.refuseTooFew(g, able, "without those whom it concerns, and those who have left or are guests,")
}

// refuseTooFew refuses g if its level needs more approvers than can approve it.
func (r Rule) refuseTooFew(g Grant, able int, without string) error {
	if need := r.Quorum(g.Level.Name); able < need {
		return Refuse("Nobody could approve this: it needs %d of the approvers of %s, and %s there %s %d.",
			need, g.Bucket.Name, without, isAre(able), able).WithHint("The people who run s3share can name more approvers.")
	}
	return nil
}

// NoSuchBucket is the answer for a bucket without a rule and for one that does
// not exist. It is the same for both, so that it reveals nothing.
func NoSuchBucket(bucket string) *Refusal {
	return Refuse("%s cannot be shared: no rule covers a bucket of that name, or there is none.", bucket).
		WithHint("Check the name, or ask the people who run s3share to add a rule.")
}

func (r Rules) refusePrefix(rule Rule, g Grant) error {
	if g.Prefix == "" {
		return Refuse("%s cannot be shared as a whole.", g.Bucket.Name).
			WithHint("Name a prefix that matches %s.", oneOf(rule.Prefixes))
	}
	return Refuse("%s/%s cannot be shared.", g.Bucket.Name, clip(g.Prefix, 80)).
		WithHint("The prefixes that can are %s.", oneOf(rule.Prefixes))
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
