package grant

import (
	"path"
	"slices"
	"strings"
	"time"
)

// A Rule says which buckets may be shared how, and who decides. What its fields
// mean when they are empty is said at each.
type Rule struct {
	Name          string         // where it stands in the config, for people
	Bucket        string         // glob on the bucket's name
	Account       string         // the owner account's name
	Region        string         // of its buckets; empty: the owner account's
	Prefixes      []string       // globs on the prefix; empty: any
	Levels        []string       // names; at least one
	MaxTerm       Term           // positive
	Approvals     int            // how many different people; at least 1
	LevelApproval map[string]int // the same by level, where it differs
	Channel       string         // where its cards go; a Slack channel id
	OwnPrincipals bool           // only people listed for a principal may ask for it
	Heal          bool           // a changed part is put back without asking
	Principals    []string       // globs on the principal's ARN; empty: any user or role of a configured account
	Requesters    People         // empty: everybody
	Approvers     People         // never empty
	Notify        People         // whom the card mentions; empty: nobody. It gives them no say
	RemindAfter   Term           // how long a request waits before the first reminder; 0: there is none
	EscalateAfter Term           // how long it waits before those of Escalate are asked too; 0: never
	Escalate      People         // mentioned then. They decide only if they are approvers
	ReasonPattern string         // a regular expression that a reason has to match; empty: any
	Auto          []AutoRule     // what needs no person; empty: nothing
	BreakGlass    *BreakGlass    // nil: nobody may
	Hours         *Hours         // in which undecided requests grow old; nil: all day, every day
	MaxTotal      Term           // how long a grant may last with all its extensions; 0: twice MaxTerm
	FreeExtension Term           // one extension of at most so much needs no approval; 0: each needs it
}

// Longest returns how long a grant may last with all its extensions.
func (r Rule) Longest() Term {
	if r.MaxTotal > 0 {
		return r.MaxTotal
	}
	return 2 * r.MaxTerm
}

// Quorum returns how many different people have to approve a level.
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

// Rules is everything in the config that decides about requests.
type Rules struct {
	Rules      []Rule // the first whose bucket matches decides
	Accounts   []Account
	Levels     map[string]Level
	Behind     map[string][]string // principal ARN to the Slack users who stand behind it
	BotARNs    []string            // of the users and roles that the bot itself acts as, as far as the config says
	Teams      []string            // Slack teams whose people count; empty: that of the bot
	Auditors   People
	Responders People // who may freeze everything, and end any grant; empty: nobody
	MaxPending int
	RequestTTL Term
	WarnBefore []Term
}

// Match returns the rule that decides about a bucket, and the account that owns it.
func (r Rules) Match(bucket string) (Rule, Account, bool) {
	for _, rule := range r.Rules {
		if ok, _ := path.Match(rule.Bucket, bucket); ok {
			account, found := r.account(rule.Account)
			return rule, account, found
		}
	}
	return Rule{}, Account{}, false
}

// RuleFor returns today's rule for a grant: the first that matches its bucket,
// as long as it is about the account that owned the bucket at the request.
func (r Rules) RuleFor(g Grant) (Rule, bool) {
	rule, account, ok := r.Match(g.Bucket.Name)
	return rule, ok && account.ID == g.Bucket.AccountID
}

// PeopleBehind returns the users who stand behind a principal. The people who run
// the bot may have written it without the path that it has in AWS, or in another
// case: the name alone tells the users of an account apart, and the roles.
func (r Rules) PeopleBehind(arn string) (users []string) {
	key := PrincipalKey(arn)
	for listed, behind := range r.Behind {
		if PrincipalKey(listed) == key {
			users = append(users, behind...)
		}
	}
	return users
}

// StandsBehind reports whether a person is listed behind any principal.
func (r Rules) StandsBehind(user string) bool {
	for _, users := range r.Behind {
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

// Judge says whether today's rules allow g, with the sentence people see if they
// do not. It looks at everything but who asks: see [Rules.JudgePerson].
func (r Rules) Judge(g Grant) (Rule, error) {
	rule, owner, ok := r.Match(g.Bucket.Name)
	if !ok {
		return Rule{}, About(FieldBucket, NoSuchBucket(g.Bucket.Name))
	}
	p := g.Principal
	switch {
	case !slices.Contains(rule.Levels, g.Level.Name):
		return Rule{}, About(FieldLevel, Refuse("%s cannot be shared at the level %s.", g.Bucket.Name, clip(g.Level.Name, 40)).
			WithHint("Here it can be %s.", oneOf(rule.Levels)))
	case !covers(r.Levels[g.Level.Name], g.Level): // the config has changed
		return Rule{}, About(FieldLevel, Refuse("The level %s allows less today than when this was asked.", g.Level.Name).
			WithHint("Ask for it anew."))
	case !matchAny(rule.Prefixes, g.Prefix):
		return Rule{}, About(FieldPrefix, r.refusePrefix(rule, g))
	case g.Term > rule.MaxTerm:
		return Rule{}, About(FieldTerm, Refuse("%s is longer than the %s that %s may be shared for.", g.Term, rule.MaxTerm, g.Bucket.Name).
			WithHint("Ask for %s or less.", rule.MaxTerm))
	case p.AccountID == owner.ID:
		return Rule{}, About(FieldPrincipal, Refuse("%s is in the account that owns %s: there the bucket's policy alone would open it.", p.Name, g.Bucket.Name).
			WithHint("Give it access in its own account instead."))
	case owner.Partition != "" && owner.Partition != partitionOf(p.ARN):
		return Rule{}, About(FieldPrincipal, Refuse("%s is in the AWS partition %s, and %s is in %s: nothing is ever shared between partitions.",
			p.Name, partitionOf(p.ARN), g.Bucket.Name, owner.Partition).
			WithHint("Name a principal of an account in %s.", owner.Partition))
	case r.IsBot(p.ARN):
		return Rule{}, About(FieldPrincipal, Refuse("%s is the bot's own %s, and nothing is ever shared with it.", p.Name, p.Kind))
	case managedByAWS(p.ARN):
		return Rule{}, About(FieldPrincipal, refuseManaged(p.Name))
	case len(rule.Principals) > 0 && !matchAny(rule.Principals, p.ARN):
		return Rule{}, About(FieldPrincipal, Refuse("%s cannot be shared with %s.", g.Bucket.Name, p.ARN).
			WithHint("The rule for it allows only %s.", strings.Join(rule.Principals, ", ")))
	}
	return rule, nil
}

// JudgeOpen says whether today's rules allow for what is left of g's time what was
// approved before, and somebody else has taken away since: to put it back opens it.
func (r Rules) JudgeOpen(g Grant, now time.Time) (Rule, error) {
	return r.Judge(g.Rest(now))
}

// Rest is g as a request for what is left of its time.
func (g Grant) Rest(now time.Time) Grant {
	left := g.ExpiresAt.Sub(now) + time.Minute - 1
	g.Term = min(g.Term, Term(left/time.Minute))
	return g
}

// IsBot reports whether an ARN is that of a user or role that the bot acts as.
func (r Rules) IsBot(arn string) bool {
	return slices.ContainsFunc(r.BotARNs, func(own string) bool { return PrincipalKey(own) == PrincipalKey(arn) })
}

// JudgePerson says whether a may ask for g under a rule. People listed behind a
// principal may always ask for it.
func (r Rules) JudgePerson(rule Rule, g Grant, a Actor) error {
	if err := a.check(); err != nil {
		return err
	}
	behind := slices.Contains(r.PeopleBehind(g.Principal.ARN), a.User)
	switch {
	case g.Urgent && (rule.BreakGlass == nil || !rule.BreakGlass.People.Include(a)):
		return Refuse("You are not one of those who may open %s by break-glass.", g.Bucket.Name).WithHint("`/s3share request` asks for it in the ordinary way.")
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

// JudgeBeneficiary is [Rules.JudgePerson] of the person it is for. The refusal is
// for the one who asked.
func (r Rules) JudgeBeneficiary(rule Rule, g Grant, a Actor) error {
	err := r.JudgePerson(rule, g, a)
	if err == nil {
		return nil
	}
	switch a.Standing {
	case Member:
		return Refuse("The person it is for is not one of those who may ask for %s, or for access for %s.", g.Bucket.Name, g.Principal.Name).
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

// JudgeStill says whether a, who asked for g or for whom it was asked, may still
// ask for it under a rule. The refusal is for the person who would approve it.
func (r Rules) JudgeStill(rule Rule, g Grant, a Actor) error {
	if r.JudgePerson(rule, g, a) == nil {
		return nil
	}
	who := "the person who asked"
	switch {
	case g.Amendment != nil && g.Amendment.By.Same(a.Person):
		who = "the person who asked for the extension"
	case !g.Requester.Same(a.Person):
		who = "the person whom it is for"
	}
	switch a.Standing {
	case Unknown:
		return Refuse("Slack could not say just now whether %s may still have this, so nothing was done.", who).WithHint("Try again in a minute.")
	case Deactivated:
		return Refuse("The Slack account of %s is deactivated, so this cannot be approved any more.", who).WithHint("Deny it.")
	}
	return Refuse("This cannot be approved any more: today's rules do not let %s ask for %s.", who, g.Bucket.Name).WithHint("Deny it.")
}

// JudgeQuorum says whether enough different people could ever approve g, as far
// as that can be known without asking Slack who is in a group.
func (r Rules) JudgeQuorum(rule Rule, g Grant) error {
	if len(rule.Approvers.Groups) > 0 {
		return nil
	}
	able := 0
	for i, u := range rule.Approvers.Users {
		if !g.concerns(Person{User: u}, r.PeopleBehind(g.Principal.ARN)) && !slices.Contains(rule.Approvers.Users[:i], u) {
			able++
		}
	}
	return g.judgeAble(rule, able, "without those whom it concerns")
}

// JudgePresent says the same once Slack has been asked: able is how many of the
// approvers, as they are just now, could decide on g.
func (r Rules) JudgePresent(rule Rule, g Grant, able int) error {
	return g.judgeAble(rule, able, "without those whom it concerns, and those who have left or are guests,")
}

func (g Grant) judgeAble(rule Rule, able int, without string) error {
	if need := rule.Quorum(g.Level.Name); able < need {
		return Refuse("Nobody could approve this: it needs %d of the approvers of %s, and %s there %s %d.",
			need, g.Bucket.Name, without, isAre(able), able).WithHint("The people who run s3share can name more approvers.")
	}
	return nil
}

// NoSuchBucket is the answer both for a bucket that no rule covers and for one
// that does not exist, so that asking tells nothing about what there is.
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

// matchAny matches with * as any run of characters, slashes included: in a
// prefix builds/* means everything under builds, and builds itself.
func matchAny(globs []string, s string) bool {
	if len(globs) == 0 {
		return true
	}
	return slices.ContainsFunc(globs, func(g string) bool {
		return glob(g, s) || strings.HasSuffix(g, "/*") && glob(strings.TrimSuffix(g, "/*"), s) && s != ""
	})
}

// glob matches s against a pattern in which only * is special.
func glob(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	for {
		if glob(rest, s) {
			return true
		}
		if s == "" {
			return false
		}
		s = s[1:]
	}
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
