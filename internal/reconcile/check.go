package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// delayedAfter is how long a check fails before the requester and those who run
// the bot are told.
const delayedAfter = time.Minute

// checksShare is how old an answer of Slack may be that a check goes by: nothing is
// opened by it.
const checksShare = 30 * time.Second

// check asks Slack and AWS what a request depends on. A request that passes
// becomes a card; what AWS or the rules do not allow is refused; and whoever
// cannot be reached is asked again.
func (r *Reconciler) check(ctx context.Context, id grant.ID) error {
	p := r.pass()
	g, err := r.Store.Get(ctx, id)
	if err != nil || g.State != grant.Checking {
		return p.end(ctx, err, "checking a request", "grant", id)
	}
	examine := r.examineAll
	if g.NeedsConsent() {
		examine = r.examineConsent
	}
	acts, err := examine(ctx, g)
	var no *grant.Refusal
	switch {
	case err == nil && len(acts) == 0:
		p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
			if !g.NeedsConsent() {
				return g, errMoved
			}
			return g.MayBeAsked(), nil
		})
		return p.end(ctx, nil, "checking a request", "grant", id)
	case err == nil:
	case errors.As(err, &no):
		acts = nil
		for _, id := range g.Decided() {
			acts = append(acts, act{id, grant.Act{Kind: grant.Reject, Why: no.Error()}})
		}
	default:
		p.cannotCheck(ctx, id, err)
		return p.end(ctx, nil, "checking a request", "grant", id)
	}
	if len(acts) == 1 {
		acts[0].At = r.Now()
		p.checked(ctx, id, acts[0].Act)
	} else {
		p.recordAll(ctx, g.Decided(), func(one grant.Grant) (grant.Grant, error) {
			i := slices.IndexFunc(acts, func(a act) bool { return a.id == one.ID })
			acts[i].At = p.Now()
			return one.Next(acts[i].Act)
		})
	}
	return p.end(ctx, nil, "checking a request", "grant", id)
}

// An act is what happens to one of several grants.
type act struct {
	id grant.ID
	grant.Act
}

// examineConsent examines whether what waits for the word of the person it is for
// waits for somebody who can give it: a bot never answers, and who has left may
// not. Nothing else is asked before they have, and nothing follows if they can.
func (r *Reconciler) examineConsent(ctx context.Context, g grant.Grant) ([]act, error) {
	rule, err := r.Rules.Judge(g)
	if err != nil {
		return nil, err
	}
	return nil, r.examinePeople(ctx, rule, g)
}

// examineAll examines all that one request asked for. Only all of it passes.
func (r *Reconciler) examineAll(ctx context.Context, g grant.Grant) (acts []act, err error) {
	all, err := grant.DecidedWith(ctx, r.Store, g)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		checked, err := r.examine(ctx, one, all)
		if err != nil {
			return nil, err
		}
		acts = append(acts, act{one.ID, checked})
	}
	return acts, nil
}

func (p *pass) cannotCheck(ctx context.Context, id grant.ID, cause error) {
	p.Log.WarnContext(ctx, "a request could not be checked yet", "grant", id, "err", cause)
	var stored grant.Grant
	told := false
	p.record(ctx, id, func(g grant.Grant) (grant.Grant, error) {
		if g.State != grant.Checking {
			return g, errMoved
		}
		stored = g.RetryCheck(cause.Error(), p.Now(), p.Spread())
		if told = stored.Last(grant.Delayed) == nil && p.Now().Sub(stored.Check.FailingAt) >= delayedAfter; !told {
			return stored, nil
		}
		return stored.Next(grant.Act{Kind: grant.Delayed, At: p.Now(), Why: strings.TrimSuffix(cause.Error(), ".")})
	})
	if told {
		p.alert(ctx, fmt.Sprintf("The request `%s` cannot be checked, so it has no card yet: %s. Next try at %s.", id, strings.TrimSuffix(cause.Error(), "."), stored.Check.Next.UTC().Format(time.RFC3339)))
	}
}

// examine returns the act that passes the check, a refusal, or a fault of
// whoever could not be asked.
func (r *Reconciler) examine(ctx context.Context, g grant.Grant, all []grant.Grant) (grant.Act, error) {
	rule, err := r.Rules.Judge(g)
	if err != nil {
		return grant.Act{}, err
	}
	if err := r.examinePeople(ctx, rule, g); err != nil {
		return grant.Act{}, err
	}
	if err := r.examineApprovers(ctx, rule, g, all); err != nil {
		return grant.Act{}, err
	}
	doc, facts, err := r.examineBucket(ctx, g)
	if err != nil {
		return grant.Act{}, err
	}
	if g.Principal, err = r.examinePrincipal(ctx, g); err != nil {
		return grant.Act{}, err
	}
	if rule, err = r.judgeAsFound(ctx, g); err != nil {
		return grant.Act{}, err
	}
	seen, err := r.observe(ctx, g, facts)
	if err != nil {
		return grant.Act{}, err
	}
	found, err := r.findings(g, doc, seen, all)
	if err != nil {
		return grant.Act{}, err
	}
	if facts.Region != "" {
		g.Bucket.Region = facts.Region
	}
	return grant.Act{
		Kind: grant.Check, Principal: &g.Principal, Bucket: &g.Bucket, Rule: &rule, Findings: found,
		Behind: r.Rules.PeopleBehind(g.Principal.ARN),
	}, nil
}

// judgeAsFound judges a request by what only AWS knows: the principal's whole ARN,
// and whom the bot runs as, with whom nothing may be shared either.
func (r *Reconciler) judgeAsFound(ctx context.Context, g grant.Grant) (grant.Rule, error) {
	self, err := r.Access.Self(ctx, g.Bucket.AccountID)
	if err != nil {
		return grant.Rule{}, err
	}
	rules := r.Rules
	rules.BotARNs = append(slices.Clone(rules.BotARNs), self)
	return rules.Judge(g)
}

func (r *Reconciler) examinePeople(ctx context.Context, rule grant.Rule, g grant.Grant) error {
	who := []grant.Person{g.Requester}
	if !g.Beneficiary.Same(g.Requester) {
		who = append(who, g.Beneficiary)
	}
	for i, person := range who {
		if r.People == nil {
			return errors.New("nobody can be asked who people are")
		}
		actor, err := r.People.Actor(ctx, person, rule.Groups(), r.Now().Add(-checksShare))
		if err != nil {
			return fmt.Errorf("asking Slack who %s is: %w", person.User, err)
		}
		judge := r.Rules.JudgePerson
		if i > 0 {
			judge = r.Rules.JudgeBeneficiary
		}
		if err := judge(rule, g, actor); err != nil {
			return err
		}
	}
	return nil
}

// examineApprovers refuses what nobody who is there could approve: better said at
// once than left waiting. What may go through without a person is let be, and
// what Slack cannot say is asked again at each click.
func (r *Reconciler) examineApprovers(ctx context.Context, rule grant.Rule, g grant.Grant, all []grant.Grant) error {
	if g.Urgent || len(rule.Auto) > 0 && len(all) == 1 {
		return nil
	}
	concerned := func(user string) bool {
		return slices.ContainsFunc(all, func(one grant.Grant) bool {
			return one.ConcernsToday(grant.Person{User: user}, r.Rules.PeopleBehind(one.Principal.ARN))
		})
	}
	able, err := r.People.Present(ctx, rule.Approvers, concerned, rule.Quorum(g.Level.Name))
	if err != nil {
		r.Log.WarnContext(ctx, "asking Slack who could approve", "grant", g.ID, "err", err)
		return nil
	}
	return r.Rules.JudgePresent(rule, g, able)
}

// examineBucket reads the bucket. Denied means the same as missing to the
// person: the bucket may be somebody else's, and asking must not tell.
func (r *Reconciler) examineBucket(ctx context.Context, g grant.Grant) (policy.Document, awsaccess.Facts, error) {
	var none policy.Document
	text, err := r.Access.BucketPolicy(ctx, g.Bucket)
	if c := awsaccess.ClassOf(err); c == awsaccess.Gone || c == awsaccess.Denied && isBucketCall(err) {
		r.Log.WarnContext(ctx, "a bucket that a rule covers cannot be read", "grant", g.ID, "bucket", g.Bucket.Name, "err", err)
		return none, awsaccess.Facts{}, grant.NoSuchBucket(g.Bucket.Name)
	}
	if err != nil {
		return none, awsaccess.Facts{}, err
	}
	doc := none
	if text != "" {
		if doc, err = policy.Parse([]byte(text)); err != nil {
			return none, awsaccess.Facts{}, unreadable(g, err)
		}
	}
	facts, err := r.Access.Facts(ctx, g.Bucket, g.Level.Writes())
	if err != nil {
		return none, awsaccess.Facts{}, err
	}
	return doc, facts, r.blocked(g, doc, facts)
}

// isBucketCall reports whether it was S3 that refused to show the bucket, rather
// than that the bot could not become its role: the first is an answer about the
// bucket, the second somebody may repair.
func isBucketCall(err error) bool {
	var fault *awsaccess.Error
	return errors.As(err, &fault) && fault.Op == "GetBucketPolicy" &&
		slices.Contains([]string{"AccessDenied", "AllAccessDisabled", "MethodNotAllowed"}, fault.Code)
}

// examinePrincipal asks AWS who the principal is, and whether it can still take
// the grantee half.
func (r *Reconciler) examinePrincipal(ctx context.Context, g grant.Grant) (grant.Principal, error) {
	p := g.Principal
	if p.External {
		return p, nil
	}
	arn, id, err := r.Access.Principal(ctx, p)
	if awsaccess.ClassOf(err) == awsaccess.Gone {
		return p, grant.Refuse("AWS knows no %s called %s in the account %s.", p.Kind, p.Name, p.Account).WithHint("Check the name.")
	}
	if err != nil {
		return p, err
	}
	if strings.HasPrefix(g.Typed.Principal, "arn:") && arn != p.ARN {
		return p, grant.Refuse("AWS knows no %s.", p.ARN).WithHint("It knows %s.", arn)
	}
	p.ARN, p.UniqueID = arn, id
	return p, r.mayJoin(ctx, p)
}

// fewest is how many groups a user, and how many attached policies a role, may have
// in every account.
const fewest = 10

// mayJoin refuses a principal that has no room left for the grantee half, and the
// role of a permission set that does not carry it.
func (r *Reconciler) mayJoin(ctx context.Context, p grant.Principal) error {
	standing, err := r.Access.Joined(ctx, p)
	switch {
	case err != nil || standing.Joined:
		return err
	case p.PermissionSet() != "":
		return grant.NotInPermissionSet(p)
	case standing.Others < fewest:
		return nil
	}
	most, err := r.Access.Most(ctx, p)
	switch {
	case awsaccess.ClassOf(err) == awsaccess.Denied && p.Kind == grant.KindRole:
		return nil // the bot's role is from before this was asked: attaching tells
	case awsaccess.ClassOf(err) == awsaccess.Denied:
		most = fewest
	case err != nil:
		return err
	}
	switch {
	case standing.Others < most:
		return nil
	case p.Kind == grant.KindRole:
		return grant.Refuse("%s has %d policies attached, which is as many as AWS allows.", p.Name, standing.Others).
			WithHint("Detach one from the role first.")
	}
	return grant.Refuse("%s is in %d groups, which is as many as AWS allows.", p.Name, standing.Others).
		WithHint("Take the user out of one first.")
}

// findings says what the grant would change and what could stop it from working.
// all are those that were asked for with it: the policy has to take all of them.
func (r *Reconciler) findings(g grant.Grant, doc policy.Document, seen observed, all []grant.Grant) (grant.Findings, error) {
	if seen.facts.KMSKey == awsaccess.ManagedKey {
		return grant.Findings{}, grant.Refuse("%s encrypts with the AWS-managed key aws/s3, which no other account can use.", g.Bucket.Name).
			WithHint("Ask its owners to encrypt the bucket with a customer managed key, and to copy the objects onto themselves so that they use it.")
	}
	ask := askOf(g, r.Now().Add(g.Term.Duration()))
	if err := ask.Check(); err != nil {
		return grant.Findings{}, grant.Refuse("This cannot be written as a policy: %s.", strings.TrimSuffix(err.Error(), "."))
	}
	if g.Prefix != "" {
		for _, action := range g.Level.Bucket {
			if !policy.PrefixNarrows(action) {
				return grant.Findings{}, grant.Refuse("The level %s can only be had for a whole bucket: %s cannot be narrowed to a prefix.", g.Level.Name, action)
			}
		}
	}
	after := doc.With(ask.Statements()...)
	if !r.withOthers(after, g, all).Fits() {
		return grant.Findings{}, fullPolicy(g)
	}
	found := grant.Findings{KMSKey: seen.facts.KMSKey, RequesterPays: seen.facts.RequesterPays}
	found.Change, found.Diff = policy.Describe(doc, after)
	foreign := doc.Without(func(st policy.Statement) bool { _, like := policy.IDOfSid(st.Sid()); return like })
	found.Warnings = policy.Sentences(r.warnings(g, ask, foreign, seen))
	found.AlsoOpens = policy.Sentences(foreign.AlreadyNames(holders(g)))
	if found.NamesKeyForCaller() && g.Level.Writes() {
		found.Warnings = append(found.Warnings, fmt.Sprintf("The bucket's default encryption names its key as %s, which AWS looks for in the account of the user who writes: uploads from %s fail. "+
			"Name the key by its ARN in the bucket's encryption, or upload with `--sse aws:kms --sse-kms-key-id KEY_ARN`.", seen.facts.KMSKey, g.Principal.Account))
	}
	if seen.facts.EncryptionUnknown {
		found.Warnings = append(found.Warnings, "The bucket's encryption could not be read: if it uses a KMS key, access to the key was not checked.")
	}
	return found, nil
}

// withOthers returns a policy with the statements of those of some grants that
// are on g's bucket, and are not g.
func (r *Reconciler) withOthers(doc policy.Document, g grant.Grant, all []grant.Grant) policy.Document {
	for _, o := range all {
		if o.ID != g.ID && o.Bucket.Name == g.Bucket.Name {
			doc = doc.With(askOf(o, r.Now().Add(o.Term.Duration())).Statements()...)
		}
	}
	return doc
}

func fullPolicy(g grant.Grant) error {
	return grant.Refuse("The policy of %s is full: AWS allows %d bytes, and this grant would pass that.", g.Bucket.Name, policy.MaxBucketPolicy).
		WithHint("Wait until another grant there ends, or ask its owners to shorten the policy.")
}
