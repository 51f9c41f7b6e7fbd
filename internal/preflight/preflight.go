package preflight

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"s3share/internal/awsaccess"
	"s3share/internal/grant"
	"s3share/internal/policy"
	"s3share/internal/store"
)

// AWS has the reads of AWS. Errors are sorted by [awsaccess.ClassOf].
type AWS interface {
	BucketPolicy(ctx context.Context, b grant.Bucket) (string, error) // "" only if there is none
	Facts(ctx context.Context, b grant.Bucket, writing bool) (awsaccess.Facts, error)
	Principal(ctx context.Context, p grant.Principal) (arn, uniqueID string, err error)
	// ARN of the permissions boundary; "": none
	Boundary(ctx context.Context, p grant.Principal) (arn string, err error)
	Joined(ctx context.Context, p grant.Principal) (awsaccess.Membership, error)
	MembershipLimit(ctx context.Context, p grant.Principal) (int, error) // limit of the groups or policies of p
	Self(ctx context.Context, accountID string) (arn string, err error)  // ARN of the bot's identity in an account
	ClockSkew() time.Duration                                            // the bot's clock minus AWS's
}

// Records are the grants as they are stored.
type Records interface {
	Get(ctx context.Context, id grant.ID) (grant.Grant, error)
	List(ctx context.Context, q store.Query) ([]grant.Grant, error)
}

// People looks people up in Slack.
type People interface {
	// Actor returns a person's standing and groups. A cached answer counts if its
	// question was sent at since or later.
	Actor(ctx context.Context, p grant.Person, groups []string, since time.Time) (grant.Actor, error)
	// Present counts the full members of p without those that out reports. It stops
	// at enough. It returns an error if Slack did not answer.
	Present(ctx context.Context, p grant.People, out func(user string) bool, enough int) (int, error)
}

// Config has the sources of a [Preflight]. A field is required unless its comment explains nil.
type Config struct {
	AWS     AWS
	Records Records
	People  People // nil: every request stays unknown
	Rules   grant.Rules
	Now     func() time.Time
	Log     *slog.Logger
	// Held returns a refusal if the stored record of a grant differs from its
	// approval. nil: it never differs.
	Held func(ctx context.Context, id grant.ID) error
}

// A Preflight runs checks. Its methods are safe for concurrent use.
type Preflight struct {
	aws     AWS
	records Records
	people  People
	rules   grant.Rules
	now     func() time.Time
	log     *slog.Logger
	held    func(ctx context.Context, id grant.ID) error
}

// New returns a preflight.
func New(c Config) *Preflight {
	return &Preflight{aws: c.AWS, records: c.Records, people: c.People, rules: c.Rules, now: c.Now, log: c.Log,
		held: c.Held}
}

// A Moment is a step in a grant's life that a preflight precedes. Moments can be joined to a set.
type Moment uint8

// The moments.
const (
	Consent Moment = 1 << iota
	Request
	Approval
	Narrowing
	Extension
	Restore
)

const (
	opened = Request | Approval | Extension | Restore
	always = opened | Narrowing
)

// in reports whether a moment is one of a set.
func (m Moment) in(set Moment) bool { return m&set != 0 }

// Options configures one preflight.
type Options struct {
	Moment Moment // one moment
	Opens  bool   // a narrowing counts as an approval as well
	Grant  grant.Grant
	With   []grant.Grant // its batch, with itself; nil: read from the records
}

// asks reports whether a check of these moments runs.
func (o Options) asks(at Moment) bool { return o.Moment.in(at) || o.Opens && Approval.in(at) }

// A Name names a check; see the package's table.
type Name string

const (
	recordCheck      Name = "record"
	rulesCheck       Name = "rules"
	peopleCheck      Name = "people"
	approversCheck   Name = "approvers"
	policyCheck      Name = "policy"
	delegationsCheck Name = "delegations"
	settingsCheck    Name = "settings"
	principalCheck   Name = "principal"
	halfCheck        Name = "half"
	botCheck         Name = "bot"
	encryptionCheck  Name = "encryption"
	levelCheck       Name = "level"
	capacityCheck    Name = "capacity"
	boundaryCheck    Name = "boundary"
	statementsCheck  Name = "statements"
	namedCheck       Name = "named"
	clockCheck       Name = "clock"
)

// A check observes one thing and judges it. It returns the subject with the
// observation.
type check struct {
	name  Name
	at    Moment // a set
	needs []Name // checks whose observations it uses
	run   func(p *Preflight, ctx context.Context, s subject) (subject, []Finding, error)
}

// checks run in this order.
var checks = []check{
	{recordCheck, Approval | Extension | Restore, nil, (*Preflight).record},
	{rulesCheck, Consent | Request, nil, (*Preflight).typed},
	{peopleCheck, Consent | Request, []Name{rulesCheck}, (*Preflight).persons},
	{approversCheck, Request, []Name{rulesCheck}, (*Preflight).approvers},
	{policyCheck, always, nil, (*Preflight).policy},
	{delegationsCheck, always, []Name{policyCheck}, (*Preflight).delegations},
	{settingsCheck, always, nil, (*Preflight).settings},
	{principalCheck, opened, nil, (*Preflight).principal},
	{halfCheck, opened, []Name{principalCheck}, (*Preflight).half},
	{botCheck, always, nil, (*Preflight).bot},
	{encryptionCheck, always, []Name{settingsCheck}, (*Preflight).encryption},
	{levelCheck, Request | Narrowing, nil, (*Preflight).level},
	{capacityCheck, Request | Approval | Narrowing | Restore, []Name{policyCheck}, (*Preflight).capacity},
	{boundaryCheck, always, nil, (*Preflight).boundary},
	{statementsCheck, always, []Name{policyCheck, botCheck, boundaryCheck}, (*Preflight).statements},
	{namedCheck, always, []Name{policyCheck}, (*Preflight).named},
}

// A subject is the grant and the observations so far.
type subject struct {
	Options
	until    time.Time // the expiry to check
	rule     grant.Rule
	document policy.Document
	facts    awsaccess.Facts
	self     string // ARN of the bot's identity in the bucket's account
	bounds   string // ARN of the principal's permissions boundary; "": none
}

// Check runs the checks of a moment.
func (p *Preflight) Check(ctx context.Context, o Options) Report {
	s := subject{Options: o, until: p.end(o)}
	report, missing := Report{}, []Name{}
	for _, c := range checks {
		if !o.asks(c.at) {
			continue
		}
		if slices.ContainsFunc(c.needs, func(n Name) bool { return slices.Contains(missing, n) }) {
			missing = append(missing, c.name)
			continue
		}
		next, found, err := c.run(p, ctx, s)
		if err != nil {
			missing = append(missing, c.name)
			report.Unknown = cmpOr(report.Unknown, err)
			if o.Moment.in(Approval | Extension | Restore) {
				continue
			}
			break
		}
		for i := range found {
			found[i].Check = c.name
		}
		s, report.Findings = next, append(report.Findings, found...)
		if len(only(found, true)) > 0 {
			break
		}
	}
	if f, wrong := p.clock(o); wrong { // last, because each answer of AWS tells the time
		report.Findings = append([]Finding{f}, report.Findings...)
	}
	report.Findings = inOrder(report.Findings)
	for _, f := range only(report.Findings, true) {
		p.log.InfoContext(ctx, "a blocker was found", "grant", o.Grant.ID, "check", f.Check, "kind", f.Kind,
			"source", f.Source)
	}
	return p.complete(report, s)
}

func cmpOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// end returns the expiry that the grant would have.
func (p *Preflight) end(o Options) time.Time {
	g := o.Grant
	switch {
	case !o.Moment.in(Extension|Restore) || g.ExpiresAt.IsZero():
		return p.now().Add(g.Term.Duration())
	case g.PendingExtension != nil:
		return g.ExpiresAt.Add(g.PendingExtension.Term.Duration())
	}
	return g.ExpiresAt
}

// complete adds the observations to a report without blockers.
func (p *Preflight) complete(r Report, s subject) Report {
	if r.Unknown != nil || r.Refusal() != nil {
		return r
	}
	r.Principal, r.Bucket, r.Rule = s.Grant.Principal, s.Grant.Bucket, s.rule
	if s.facts.Region != "" {
		r.Bucket.Region = s.facts.Region
	}
	r.Behind = p.rules.OwnersOf(r.Principal.ARN)
	r.change = grant.Findings{KMSKey: s.facts.KMSKey, RequesterPays: s.facts.RequesterPays}
	if s.Moment.in(Request | Narrowing) {
		r.change.Change, r.change.Diff = policy.Describe(s.document, s.document.With(AskOf(s.Grant, s.until).Statements()...))
	}
	return r
}

// within bounds a preflight that a person waits for.
const within = 5 * time.Second

// CheckApproval checks a request before its approval. Its error is a refusal. found
// has today's warnings; it is nil if a call failed.
func (p *Preflight) CheckApproval(ctx context.Context, g grant.Grant) (found *grant.Findings, err error) {
	return p.leniently(ctx, Options{Moment: Approval, Grant: g})
}

// CheckExtension checks a grant before it is extended. It returns as CheckApproval
// does.
func (p *Preflight) CheckExtension(ctx context.Context, g grant.Grant) (found *grant.Findings, err error) {
	return p.leniently(ctx, Options{Moment: Extension, Grant: g})
}

// CheckRestore checks a grant before it is put back for the rest of its duration. It
// returns as CheckApproval does.
func (p *Preflight) CheckRestore(ctx context.Context, g grant.Grant) (found *grant.Findings, err error) {
	return p.leniently(ctx, Options{Moment: Restore, Grant: g.RemainingRequest(p.now())})
}

// leniently passes a grant if a call failed and no other check blocks.
func (p *Preflight) leniently(ctx context.Context, o Options) (*grant.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	report := p.Check(ctx, o)
	if err := report.Refusal(); err != nil {
		return nil, err
	}
	if report.Unknown != nil {
		p.log.WarnContext(ctx, "not everything could be held against what AWS says", "grant", o.Grant.ID, "err",
			report.Unknown)
		return nil, nil
	}
	found := report.Card()
	return &found, nil
}

// CheckNarrowing checks a narrowed request; opens says that the approver approves it
// as well. The approver has to see the new findings, so a failed call is a refusal.
func (p *Preflight) CheckNarrowing(ctx context.Context, g grant.Grant, opens bool) (grant.Findings, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	report := p.Check(ctx, Options{Moment: Narrowing, Grant: g, Opens: opens})
	if err := report.Refusal(); err != nil {
		return grant.Findings{}, err
	}
	if report.Unknown != nil {
		p.log.WarnContext(ctx, "a change could not be held against what AWS says", "grant", g.ID, "err", report.Unknown)
		return grant.Findings{}, grant.Refuse("AWS could not be asked about the change just now, so nothing was changed.").
			WithHint("Try again in a minute.")
	}
	return report.Card(), nil
}

// record compares the stored record with its approval, because an extension or a
// restore confirms the record.
func (p *Preflight) record(ctx context.Context, s subject) (subject, []Finding, error) {
	if p.held == nil {
		return s, nil, nil
	}
	found, err := blockers(Unheld, Source{Document: AuditLog}, p.held(ctx, s.Grant.ID))
	return s, found, err
}

var errNobody = errors.New("nobody can be asked who people are")
