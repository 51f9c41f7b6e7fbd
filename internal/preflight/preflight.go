package preflight

import (
	"cmp"
	"context"
	"slices"
	"time"

	"s3share/internal/grant"
	"s3share/internal/policy"
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

// Check runs the checks of a moment.
func (p *Preflight) Check(ctx context.Context, o Options) Report {
	s := subject{options: o, until: p.end(o)}
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
			report.Unknown = cmp.Or(report.Unknown, err)
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
	r.Principal, r.Bucket, r.Rule = s.options.Grant.Principal, s.options.Grant.Bucket, s.rule
	if s.facts.Region != "" {
		r.Bucket.Region = s.facts.Region
	}
	r.Owners = p.rules.OwnersOf(r.Principal.ARN)
	r.change = grant.Findings{KMSKey: s.facts.KMSKey, RequesterPays: s.facts.RequesterPays}
	if s.options.Moment.in(Request | Narrowing) {
		after := s.document.With(AccessOf(s.options.Grant, s.until).Statements()...)
		r.change.Change, r.change.Diff = policy.Describe(s.document, after)
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
		return grant.Findings{}, grant.Refuse("Nothing was changed: AWS didn't answer the checks.").
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
	found, err := blockers(Unheld, Source{Document: AuditLog}, p.held(ctx, s.options.Grant.ID))
	return s, found, err
}
