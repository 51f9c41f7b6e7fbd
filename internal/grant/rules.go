package grant

import "slices"

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
	for listed, owners := range r.PrincipalOwners {
		if PrincipalKey(listed) == key {
			users = append(users, owners...)
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

// IsBot reports whether the ARN is a user or role that the bot uses.
func (r Rules) IsBot(arn string) bool {
	return slices.ContainsFunc(r.BotARNs, func(own string) bool { return PrincipalKey(own) == PrincipalKey(arn) })
}
