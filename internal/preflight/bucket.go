package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
)

// policy reads the bucket's policy.
func (p *Preflight) policy(ctx context.Context, s subject) (subject, []Finding, error) {
	g, source := s.options.Grant, Source{Document: BucketPolicy}
	text, err := p.aws.BucketPolicy(ctx, g.Bucket)
	switch class := awsaccess.ClassOf(err); {
	case class == awsaccess.Gone, isDeniedBucket(err) && s.options.Moment.in(Request|Narrowing|Extension):
		p.log.WarnContext(ctx, "a bucket that a rule covers cannot be read", "grant", g.ID, "bucket", g.Bucket.Name,
			"err", err)
		return s, []Finding{blocker(Missing, source, grant.NoSuchBucket(g.Bucket.Name))}, nil
	case err != nil:
		return s, nil, err
	case text == "":
		return s, nil, nil
	}
	if s.document, err = policy.Parse([]byte(text)); err != nil {
		return s, []Finding{blocker(policy.Unreadable, source, unreadable(g, err))}, nil
	}
	return s, nil, nil
}

// isDeniedBucket reports whether S3 denied the read. Then the bucket may be another
// company's, and the answer must not tell that it exists. A role that the bot cannot
// assume is another error: an operator may repair it.
func isDeniedBucket(err error) bool {
	var fault *awsaccess.Error
	return errors.As(err, &fault) && fault.Class == awsaccess.Denied && fault.Op == "GetBucketPolicy" &&
		slices.Contains([]string{"AccessDenied", "AllAccessDisabled", "MethodNotAllowed"}, fault.Code)
}

// unreadable refuses a bucket whose policy has no certain meaning, because an edit
// could change that meaning.
func unreadable(g grant.Grant, err error) *grant.Refusal {
	return grant.Refuse("The policy of %s is ambiguous (%v), so s3share can't safely add to it.",
		g.Bucket.Name, err).
		WithHint("Ask the bucket's owner to rewrite the policy.")
}

// delegations judges the statements that open the bucket to the grantee half alone,
// for the actions of all levels. Statements with a Sid of ours can block, and do not
// warn.
func (p *Preflight) delegations(_ context.Context, s subject) (subject, []Finding, error) {
	var actions []string
	for _, l := range p.rules.Levels {
		actions = append(append(actions, l.Object...), l.Bucket...)
	}
	find := func(doc policy.Document) []Finding {
		return ofPolicy(doc.Delegations(s.options.Grant.Bucket.Name, holders(s.options.Grant), actions))
	}
	return s, append(only(find(s.document), true), only(find(s.foreign()), false)...), nil
}

// foreign returns the policy without statements that have a Sid of ours.
func (s subject) foreign() policy.Document {
	return s.document.Without(func(st policy.Statement) bool { _, like := policy.IDOfSid(st.Sid()); return like })
}

// holders returns the principals that have the grantee half of g.
func holders(g grant.Grant) policy.Holders {
	return policy.Holders{Account: g.Principal.AccountID, Name: g.Principal.Account, Principal: g.Principal.ARN,
		Owner: g.Bucket.AccountID}
}

// settings reads the bucket's settings.
func (p *Preflight) settings(ctx context.Context, s subject) (subject, []Finding, error) {
	facts, err := p.aws.Facts(ctx, s.options.Grant.Bucket, s.options.Grant.Level.Writes())
	if err != nil {
		return s, nil, err
	}
	s.facts = facts
	return s, Settings(s.options.Grant, facts), nil
}

// encryption judges the key of the bucket's default encryption.
func (p *Preflight) encryption(_ context.Context, s subject) (subject, []Finding, error) {
	g, key, source := s.options.Grant, s.facts.KMSKey, Source{Document: BucketSettings, Setting: "default encryption"}
	switch {
	case key == awsaccess.ManagedKey:
		no := grant.Refuse("%s encrypts with the AWS-managed key aws/s3, which no other account "+
			"can use.", g.Bucket.Name).
			WithHint("Ask the bucket's owner to encrypt it with a customer managed key, and to copy the objects " +
				"onto themselves so that they use it.")
		return s, []Finding{blocker(Key, source, no)}, nil
	case grant.Findings{KMSKey: key}.NamesKeyForCaller() && g.Level.Writes():
		return s, []Finding{{Kind: Key, Source: source,
			Text: fmt.Sprintf("The bucket's default encryption names its key as %s, so "+
				"AWS looks for it in the uploader's account and uploads from %s fail.", key, g.Principal.Account),
			Hint: "Ask the bucket's owner to name the key by its ARN, or upload with `--sse aws:kms " +
				"--sse-kms-key-id KEY_ARN`."}}, nil
	case s.facts.EncryptionUnknown:
		return s, []Finding{{Kind: Unread, Source: source,
			Text: "The bucket's encryption couldn't be read. If it uses a KMS key, check that the " +
				"key's policy allows this access."}}, nil
	}
	return s, nil, nil
}

// level refuses a grant that a policy cannot express.
func (p *Preflight) level(_ context.Context, s subject) (subject, []Finding, error) {
	g, source := s.options.Grant, Source{Document: Record}
	if err := AccessOf(g, s.until).Check(); err != nil {
		no := grant.Refuse("This cannot be written as a policy: %s.", strings.TrimSuffix(err.Error(), "."))
		return s, []Finding{blocker(Unwritable, source, no)}, nil
	}
	for _, action := range g.Level.Bucket {
		if g.Prefix != "" && !policy.PrefixNarrows(action) {
			no := grant.Refuse("The level %s works only for a whole bucket: %s can't be limited to a folder.",
				g.Level.Name, action)
			return s, []Finding{blocker(Unwritable, source, no)}, nil
		}
	}
	return s, nil, nil
}

// statements warns of other people's statements that could stop the grant, or the
// bot's own write of the policy.
func (p *Preflight) statements(_ context.Context, s subject) (subject, []Finding, error) {
	g, foreign, now := s.options.Grant, s.foreign(), p.now()
	caller := policy.Caller{Access: AccessOf(g, s.until), UniqueID: g.Principal.UniqueID, Boundary: s.bounds != "",
		Owner: g.Bucket.AccountID, Now: now}
	var all []policy.Finding
	if writer := roleIn(g.Bucket.AccountID, append(slices.Clone(p.rules.BotARNs), s.self)); writer != "" {
		all = foreign.WriteDenials(
			policy.Caller{Access: policy.Access{Principal: writer, Bucket: g.Bucket.Name}, Owner: g.Bucket.AccountID, Now: now})
	}
	return s, only(ofPolicy(append(all, foreign.Obstacles(caller)...)), false), nil
}

// named warns of statements that let the principal in as soon as it has the grantee
// half.
func (p *Preflight) named(_ context.Context, s subject) (subject, []Finding, error) {
	return s, ofPolicy(s.foreign().AlreadyNames(holders(s.options.Grant))), nil
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
