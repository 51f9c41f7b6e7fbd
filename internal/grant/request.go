package grant

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Draft is a request as typed, before any check.
type Draft struct {
	Target, Level, Principal, Term string
	MoreTargets, MorePrincipals    []string // further ones; each target is asked for with each principal
	Reason                         string
	Requester                      Person
	Beneficiary                    Person    // zero: the requester
	BreakGlass                     bool      // by break-glass
	Start                          time.Time // start of the access; zero: at the approval
}

// furthest is how far ahead a start may be.
const furthest = 30 * 24 * time.Hour

// Draft returns a new grant in state checking, or a refusal if the rules forbid
// it. It calls neither Slack nor AWS; their checks follow in that state. open
// is the number of the requester's undecided requests.
func (r Rules) Draft(id ID, d Draft, open int, now time.Time) (Grant, error) {
	if len(r.Teams) > 0 && !slices.Contains(r.Teams, d.Requester.Team) {
		return Grant{}, Actor{Standing: Stranger}.check() // a stranger learns nothing about the buckets
	}
	if d.Beneficiary.User == "" {
		d.Beneficiary = d.Requester
	}
	g := Grant{
		ID: id, State: Checking, BreakGlass: d.BreakGlass, Requester: d.Requester, Beneficiary: d.Beneficiary,
		Reason:  strings.TrimSpace(d.Reason),
		Typed:   Typed{Target: d.Target, Level: d.Level, Principal: d.Principal, Term: d.Term},
		AskedAt: now, LapsesAt: now.Add(r.RequestTTL.Duration()), Check: HalfStatus{NextAttemptAt: now},
	}
	if err := r.read(&g, d); err != nil {
		return Grant{}, err
	}
	if err := g.Rule.checkReason(g.Reason); err != nil {
		return Grant{}, err
	}
	if r.MaxPending > 0 && open >= r.MaxPending {
		return Grant{}, Refuse("You have %d open %s, which is the limit.", open, requests(open)).
			WithHint("Cancel one, or wait for a decision.")
	}
	g.PrincipalOwners = r.OwnersOf(g.Principal.ARN)
	if err := r.EvaluateQuorum(g.Rule, g); err != nil {
		return Grant{}, err
	}
	var err error
	if g.StartAt, err = d.startAt(now); err != nil {
		return Grant{}, err
	}
	if err := r.evaluateBreakGlass(g.Rule, g); err != nil {
		return Grant{}, err
	}
	if g.Rule.Hours != nil {
		g.LapsesAt = g.Rule.Hours.After(now, r.RequestTTL.Duration())
	}
	g.History = []Event{{Kind: EventRequest, At: now, By: d.Requester, To: Checking}}
	return g, nil
}

// startAt returns the start of the access; zero: its approval. It is rounded up to
// whole seconds, so that the access never begins early.
func (d Draft) startAt(now time.Time) (time.Time, error) {
	switch start := d.Start; {
	case start.IsZero():
		return time.Time{}, nil
	case !start.After(now):
		return time.Time{}, About(FieldStart, Refuse("The start %s is in the past.", start.Format("2006-01-02 15:04 MST")).
			WithHint("Leave it out to start at the approval."))
	case start.After(now.Add(furthest)):
		return time.Time{}, About(FieldStart,
			Refuse("The start %s is more than 30 days ahead.", start.Format("2006-01-02 15:04 MST")).
				WithHint("Request it closer to the day."))
	}
	return d.Start.UTC().Add(time.Second - 1).Truncate(time.Second), nil
}

// read parses the words of the draft. It checks the bucket's rule first, so
// that the answer for an unknown bucket depends on nothing else.
func (r Rules) read(g *Grant, d Draft) error {
	bucket, prefix, err := ParseTarget(d.Target)
	if err != nil {
		return About(FieldBucket, err)
	}
	rule, owner, ok := r.Match(bucket)
	if !ok {
		return About(FieldBucket, NoSuchBucket(bucket))
	}
	level, ok := r.Levels[strings.ToLower(d.Level)]
	if !ok {
		return About(FieldLevel, Refuse("There is no access level %q.", clip(d.Level, 40)).
			WithHint("Choose %s.", oneOf(rule.Levels)))
	}
	if g.Principal, err = ParsePrincipal(d.Principal, r.Accounts); err != nil {
		return About(FieldPrincipal, err)
	}
	if g.Term, err = ParseTerm(d.Term); err != nil {
		return About(FieldTerm, err)
	}
	g.Bucket = Bucket{Name: bucket, AccountID: owner.ID, Account: owner.Name, Region: cmp.Or(rule.Region, owner.Region)}
	g.Prefix, g.Level = prefix, level
	for _, w := range r.WarnBefore {
		if w < g.Term {
			g.Warnings = append(g.Warnings, w.Duration())
		}
	}
	g.Rule, err = r.Evaluate(*g)
	return err
}

func requests(n int) string {
	if n == 1 {
		return "request"
	}
	return "requests"
}
