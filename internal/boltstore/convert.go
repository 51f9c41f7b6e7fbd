package boltstore

import (
	"s3share/internal/grant"
	"s3share/internal/store"
)

// Go converts a stored struct whose fields match the domain's. The others are converted here by
// field. A field that is missing on one side fails storetest's "every field of a record".

func fromGrant(g grant.Grant) grantRecord {
	return grantRecord{
		ID: string(g.ID), Together: each(g.BatchIDs, func(id grant.ID) string { return string(id) }),
		State: g.State, Outcome: g.Outcome, Why: g.Why,
		Requester: person(g.Requester), Beneficiary: person(g.Beneficiary), Behind: g.PrincipalOwners,
		Principal: principal(g.Principal), Bucket: bucket(g.Bucket), Prefix: g.Prefix, Level: level(g.Level),
		Term: int(g.Term), Reason: g.Reason, Typed: typed(g.Typed),
		AskedAt: g.AskedAt, LapsesAt: g.LapsesAt, StartAt: g.StartAt, Urgent: g.BreakGlass, Scheduled: g.Scheduled,
		ExpiresAt: g.ExpiresAt, EndedAt: g.EndedAt,
		Rule: fromRule(g.Rule), Decisions: each(g.Decisions, fromDecision), Revision: g.Revision,
		Amendment: pointer(g.PendingExtension, fromAmendment), Asked: pointer(g.Original, fromNarrowing),
		Findings: findings(g.Findings), Warnings: g.Warnings,
		Approvals: each(g.Approvals, func(r grant.Ref) entryRef { return entryRef(r) }),
		DriftedAt: g.DriftedAt, Parts: each(g.Parts, func(p grant.Part) part { return part(p) }),
		Owner: halfStatus(g.Owner), Grantee: halfStatus(g.Grantee), Check: halfStatus(g.Check),
		History: each(g.History, fromEvent),
	}
}

func (g grantRecord) grant() grant.Grant {
	return grant.Grant{
		ID: grant.ID(g.ID), BatchIDs: each(g.Together, func(id string) grant.ID { return grant.ID(id) }),
		State: g.State, Outcome: g.Outcome, Why: g.Why,
		Requester: grant.Person(g.Requester), Beneficiary: grant.Person(g.Beneficiary), PrincipalOwners: g.Behind,
		Principal: grant.Principal(g.Principal), Bucket: grant.Bucket(g.Bucket), Prefix: g.Prefix,
		Level: grant.Level(g.Level),
		Term:  grant.Term(g.Term), Reason: g.Reason, Typed: grant.Typed(g.Typed),
		AskedAt: g.AskedAt, LapsesAt: g.LapsesAt, StartAt: g.StartAt, BreakGlass: g.Urgent, Scheduled: g.Scheduled,
		ExpiresAt: g.ExpiresAt, EndedAt: g.EndedAt,
		Rule: g.Rule.rule(), Decisions: each(g.Decisions, decision.decision), Revision: g.Revision,
		PendingExtension: pointer(g.Amendment, amendment.amendment), Original: pointer(g.Asked, narrowing.narrowing),
		Findings: grant.Findings(g.Findings), Warnings: g.Warnings,
		Approvals: each(g.Approvals, func(r entryRef) grant.Ref { return grant.Ref(r) }),
		DriftedAt: g.DriftedAt, Parts: each(g.Parts, func(p part) grant.Part { return grant.Part(p) }),
		Owner: grant.HalfStatus(g.Owner), Grantee: grant.HalfStatus(g.Grantee), Check: grant.HalfStatus(g.Check),
		History: each(g.History, event.event),
	}
}

func fromDecision(d grant.Decision) decision {
	return decision{By: person(d.By), At: d.At, Revision: d.Revision}
}

func (d decision) decision() grant.Decision {
	return grant.Decision{By: grant.Person(d.By), At: d.At, Revision: d.Revision}
}

func fromAmendment(a grant.PendingExtension) amendment {
	return amendment{By: person(a.By), At: a.At, Term: int(a.Term), Reason: a.Reason, Free: a.Free,
		Decisions: each(a.Decisions, fromDecision)}
}

func (a amendment) amendment() grant.PendingExtension {
	return grant.PendingExtension{
		By: grant.Person(a.By), At: a.At, Term: grant.Term(a.Term), Reason: a.Reason, Free: a.Free,
		Decisions: each(a.Decisions, decision.decision),
	}
}

func fromNarrowing(n grant.Narrowing) narrowing {
	return narrowing{Prefix: n.Prefix, Level: level(n.Level), Term: int(n.Term)}
}

func (n narrowing) narrowing() grant.Narrowing {
	return grant.Narrowing{Prefix: n.Prefix, Level: grant.Level(n.Level), Term: grant.Term(n.Term)}
}

func fromEvent(e grant.Event) event {
	return event{
		Kind: e.Kind, At: e.At, To: e.To, By: person(e.By), Why: e.Why, Half: e.Half, Outcome: e.Outcome, Expiry: e.Expiry,
		Term: int(e.Term), Void: each(e.Void, func(p grant.Person) person { return person(p) }), Left: e.Left, Since: e.Since,
	}
}

func (e event) event() grant.Event {
	return grant.Event{
		Kind: e.Kind, At: e.At, To: e.To, By: grant.Person(e.By), Why: e.Why, Half: e.Half, Outcome: e.Outcome,
		Expiry: e.Expiry,
		Term:   grant.Term(e.Term), Void: each(e.Void, func(p person) grant.Person { return grant.Person(p) }),
		Left: e.Left, Since: e.Since,
	}
}

func fromRule(r grant.Rule) rule {
	return rule{
		Name: r.Name, Bucket: r.Bucket, Account: r.Account, Region: r.Region, Prefixes: r.Prefixes, Levels: r.Levels,
		MaxTerm:   int(r.MaxTerm),
		Approvals: r.Approvals, LevelApproval: r.LevelApproval, Channel: r.Channel, OwnPrincipals: r.OwnPrincipals,
		Heal:       r.Heal,
		Principals: r.Principals, Requesters: people(r.Requesters), Approvers: people(r.Approvers), Notify: people(r.Notify),
		RemindAfter: int(r.RemindAfter), EscalateAfter: int(r.EscalateAfter), Escalate: people(r.Escalate),
		ReasonPattern: r.ReasonPattern,
		Auto:          each(r.Auto, fromAutoRule), BreakGlass: pointer(r.BreakGlass, fromBreakGlass),
		Hours:    pointer(r.Hours, func(h grant.Hours) hours { return hours(h) }),
		MaxTotal: int(r.MaxTotal), FreeExtension: int(r.FreeExtension),
	}
}

func (r rule) rule() grant.Rule {
	return grant.Rule{
		Name: r.Name, Bucket: r.Bucket, Account: r.Account, Region: r.Region, Prefixes: r.Prefixes, Levels: r.Levels,
		MaxTerm:   grant.Term(r.MaxTerm),
		Approvals: r.Approvals, LevelApproval: r.LevelApproval, Channel: r.Channel, OwnPrincipals: r.OwnPrincipals,
		Heal:       r.Heal,
		Principals: r.Principals, Requesters: grant.People(r.Requesters), Approvers: grant.People(r.Approvers),
		Notify:      grant.People(r.Notify),
		RemindAfter: grant.Term(r.RemindAfter), EscalateAfter: grant.Term(r.EscalateAfter),
		Escalate:      grant.People(r.Escalate),
		ReasonPattern: r.ReasonPattern,
		Auto:          each(r.Auto, autoRule.autoRule), BreakGlass: pointer(r.BreakGlass, breakGlass.breakGlass),
		Hours:    pointer(r.Hours, func(h hours) grant.Hours { return grant.Hours(h) }),
		MaxTotal: grant.Term(r.MaxTotal), FreeExtension: grant.Term(r.FreeExtension),
	}
}

func fromAutoRule(a grant.AutoRule) autoRule {
	return autoRule{Levels: a.Levels, MaxTerm: int(a.MaxTerm), People: people(a.People), PerDay: a.PerDay,
		WeekTotal: int(a.WeekTotal)}
}

func (a autoRule) autoRule() grant.AutoRule {
	return grant.AutoRule{
		Levels: a.Levels, MaxTerm: grant.Term(a.MaxTerm), People: grant.People(a.People), PerDay: a.PerDay,
		WeekTotal: grant.Term(a.WeekTotal),
	}
}

func fromBreakGlass(b grant.BreakGlass) breakGlass {
	return breakGlass{People: people(b.People), MaxTerm: int(b.MaxTerm), PerDay: b.PerDay}
}

func (b breakGlass) breakGlass() grant.BreakGlass {
	return grant.BreakGlass{People: grant.People(b.People), MaxTerm: grant.Term(b.MaxTerm), PerDay: b.PerDay}
}

func fromDelivery(d store.Delivery) deliveryRecord {
	return deliveryRecord{
		ID: string(d.ID), Told: d.Told, Posts: each(d.Posts, func(p store.Post) post { return post(p) }),
		Reply: d.Reply, ReplyBy: d.ReplyBy, Tries: d.Attempts, Fault: d.LastError,
	}
}

func (d deliveryRecord) delivery() store.Delivery {
	return store.Delivery{
		ID: grant.ID(d.ID), Told: d.Told, Posts: each(d.Posts, func(p post) store.Post { return store.Post(p) }),
		Reply: d.Reply, ReplyBy: d.ReplyBy, Attempts: d.Tries, LastError: d.Fault,
	}
}

// each applies to to each element; nil for an empty slice.
func each[X, Y any](xs []X, to func(X) Y) []Y {
	if len(xs) == 0 {
		return nil
	}
	ys := make([]Y, len(xs))
	for i, x := range xs {
		ys[i] = to(x)
	}
	return ys
}

func pointer[X, Y any](x *X, to func(X) Y) *Y {
	if x == nil {
		return nil
	}
	y := to(*x)
	return &y
}
