package grant

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrNoEntries says that the audit chain lacks the entries to rebuild a grant.
var ErrNoEntries = errors.New("the audit chain has no entry of its request")

// Rebuild returns a record as complete as its audit entries allow; they are
// oldest first. Account names, the rule, the principal's owners and the
// warnings come from today's config. The findings of the check and the words as
// typed are lost. Both halves are due, so that AWS is read.
func (r Rules) Rebuild(id ID, entries []Recorded) (Grant, error) {
	g := Grant{ID: id}
	for _, e := range entries {
		if e.Grant != id || e.State == "" {
			continue
		}
		if g.AskedAt.IsZero() && EventKind(e.Kind) != EventRequest {
			return g, ErrNoEntries
		}
		e.reapply(&g)
	}
	if g.AskedAt.IsZero() {
		return g, ErrNoEntries
	}
	r.complete(&g)
	return g, nil
}

// reapply applies one entry to g: its facts about the grant, and the effects of its
// event.
func (e Recorded) reapply(g *Grant) {
	ev := e.event()
	g.State = ev.To
	g.History = append(g.History, ev)
	facts := e.Facts
	before := Narrowing{Prefix: g.Prefix, Level: g.Level, Term: g.Term}
	g.Bucket.Name, g.Bucket.AccountID, g.Prefix = facts["bucket"], facts["owner_account"], facts["prefix"]
	g.Principal.ARN, g.Principal.UniqueID = facts["principal"], facts["principal_id"]
	if term, err := ParseTerm(facts["term"]); err == nil {
		g.Term = term
	}
	if g.Level.Name = facts["level"]; facts["object_actions"] != "" || facts["bucket_actions"] != "" {
		g.Level.Object, g.Level.Bucket = strings.Fields(facts["object_actions"]), strings.Fields(facts["bucket_actions"])
	}
	if n, err := strconv.Atoi(facts["revision"]); err == nil {
		g.Revision = n
	}
	if e.Opened() {
		g.Approvals = append(g.Approvals, e.Ref)
	}
	switch ev.Kind {
	case EventRequest:
		g.AskedAt, g.Requester, g.Reason = ev.At, ev.By, facts["reason"]
		g.Beneficiary = Person{Team: ev.By.Team, User: facts["beneficiary"]}
		g.LapsesAt = parseStamp(facts["lapses"])
		for _, with := range strings.Fields(facts["asked_with"]) {
			g.BatchIDs = append(g.BatchIDs, ID(with))
		}
	case EventNarrow:
		if g.Decisions = nil; g.Original == nil {
			g.Original = &before
		}
	case EventApprove, EventAutoApprove, EventOpenBreakGlass:
		ev.reapplyApproval(g, facts["start"])
	case EventRequestExtension:
		g.PendingExtension = &PendingExtension{By: ev.By, At: ev.At, Term: ev.Term, Reason: ev.Why}
	case EventExtend:
		if ev.Expiry.IsZero() && g.PendingExtension != nil {
			g.PendingExtension.Decisions = append(g.PendingExtension.Decisions,
				Decision{By: ev.By, At: ev.At, Revision: g.Revision})
		} else if !ev.Expiry.IsZero() {
			g.ExpiresAt, g.PendingExtension = ev.Expiry, nil
		}
	case EventDenyExtension, EventCancelExtension:
		g.PendingExtension = nil
	default:
		ev.reapplyInAWS(g)
	}
}

func (ev Event) reapplyApproval(g *Grant, start string) {
	if ev.Kind == EventApprove {
		g.Decisions = slices.DeleteFunc(g.Decisions, func(d Decision) bool {
			return slices.ContainsFunc(ev.Void, func(p Person) bool { return p.Same(d.By) })
		})
		g.Decisions = append(g.Decisions, Decision{By: ev.By, At: ev.At, Revision: g.Revision})
	}
	if ev.To != Approved {
		return
	}
	g.BreakGlass = ev.Kind == EventOpenBreakGlass
	g.StartAt, g.ExpiresAt = ev.At, ev.Expiry
	if g.Scheduled = start != ""; g.Scheduled {
		g.StartAt = parseStamp(start)
	}
}

// reapplyInAWS applies an observation in AWS, or the end.
func (ev Event) reapplyInAWS(g *Grant) {
	switch ev.Kind {
	case EventHalfApplied, EventDelegated:
		g.Parts = slices.DeleteFunc(g.Parts, func(p Part) bool { return p.Half == ev.Half })
		g.Parts = append(g.Parts, ev.part(*g))
		g.half(ev.Half).ConfirmedAt = ev.At
	case EventWarn:
		g.Warnings = append(g.Warnings, ev.Left) // those already given, see [Rules.complete]
	case EventDrift:
		g.DriftedAt = ev.At
	case EventRestore:
		g.restore(ev.At)
	case EventEnd:
		g.end(&ev, ev.Outcome, ev.Why)
	case EventHalfRemoved:
		HalfRemoved{ev.Half, ev.Why}.apply(g, &ev)
	case EventRemoved:
		g.EndedAt = ev.At
	case EventSettle:
		Settle{Why: ev.Why}.apply(g, &ev)
	case EventReject, EventDeny, EventCancel:
		g.Why = ev.Why
	}
}

// part returns the part of g that a read-back found for a half. Its key is the one
// that the bot would write; a pass replaces it if AWS has another.
func (ev Event) part(g Grant) Part {
	p := Part{Half: ev.Half, Kind: Statement, Key: "S3Share" + string(g.ID), WrittenExpiry: ev.Expiry,
		Confirmed: ev.Expiry}
	if ev.Half == OwnerHalf {
		return p
	}
	partition, account, role := partitionOf(g.Principal.ARN), "", false
	if fields := strings.SplitN(g.Principal.ARN, ":", 6); len(fields) == 6 {
		account, role = fields[4], strings.HasPrefix(fields[5], "role/")
	}
	switch {
	case ev.Kind == EventDelegated:
		p.Kind, p.Key = ByAdmin, account
	case role:
		p.Kind, p.Key = Attachment, "arn:"+partition+":iam::"+account+":policy/s3share/s3share"
	default:
		p.Kind, p.Key = Membership, "arn:"+partition+":iam::"+account+":group/s3share/s3share"
	}
	return p
}

// complete adds the data of today's config to a rebuilt grant.
func (r Rules) complete(g *Grant) {
	if p, err := ParsePrincipal(g.Principal.ARN, r.Accounts); err == nil {
		p.UniqueID = g.Principal.UniqueID
		g.Principal = p
	}
	for i := range g.Parts {
		if g.Parts[i].Kind == ByAdmin {
			g.Parts[i].Key, g.Principal.External = g.Principal.Account, true
		}
	}
	for _, a := range r.Accounts {
		if a.ID == g.Bucket.AccountID {
			g.Bucket.Account, g.Bucket.Region = a.Name, a.Region
		}
	}
	if rule, ok := r.RuleFor(*g); ok {
		if g.Rule = rule; rule.Region != "" {
			g.Bucket.Region = rule.Region
		}
	}
	g.PrincipalOwners = r.OwnersOf(g.Principal.ARN)
	if g.LapsesAt.IsZero() { // older bots did not record it
		g.LapsesAt = g.AskedAt.Add(r.RequestTTL.Duration())
	}
	given := g.Warnings
	g.Warnings = nil
	for _, w := range r.WarnBefore {
		earlier := slices.ContainsFunc(given, func(left time.Duration) bool { return w.Duration() >= left })
		if w < g.Term && !earlier {
			g.Warnings = append(g.Warnings, w.Duration())
		}
	}
	last := g.History[len(g.History)-1].At
	switch {
	case g.State == Checking:
		g.Check.NextAttemptAt = last
	case g.State.InAWS(), g.State == Ended && last.Before(g.ExpiresAt):
		g.wake(last)
		if g.State != Ended { // a write without an event may be under way
			g.Owner.WrittenAt, g.Grantee.WrittenAt = last, last
		}
	}
}

// event converts an entry back to its event.
func (e Entry) event() Event {
	ev := Event{
		Kind: EventKind(e.Kind), At: e.At, To: e.State, By: e.By, Why: e.Why,
		Half: Half(e.Facts["half"]), Outcome: Outcome(e.Facts["outcome"]), Expiry: parseStamp(e.Facts["expiry"]),
	}
	if ev.Kind != EventEnd && ev.Kind != EventSettle {
		ev.Outcome = "" // in removed it is the grant's outcome
	}
	if term, err := ParseTerm(e.Facts["more"]); err == nil {
		ev.Term = term
	}
	if left, err := time.ParseDuration(e.Facts["left"]); err == nil {
		ev.Left = left
	}
	for _, user := range strings.Fields(e.Facts["void"]) {
		ev.Void = append(ev.Void, Person{User: user})
	}
	return ev
}

// parseStamp reads a time of an entry; it returns the zero time if s is none.
func parseStamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
