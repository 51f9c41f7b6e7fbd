package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"s3share/internal/grant"
)

// Decisions decides on requests and extensions, and opens, prolongs and restores access.
type Decisions struct {
	decider   *decider
	rules     *ruleBook
	directory *directory
	gate      *gate
	preflight Preflight
	now       func() time.Time
	log       *slog.Logger
}

// Approve records the caller's approval of a request or an extension at a revision.
func (d *Decisions) Approve(ctx context.Context, c Invocation, id grant.ID, revision int) (Answer, error) {
	return d.approveOrDeny(ctx, c, id, &revision, grant.EventApprove, "")
}

// Deny ends a request or an extension for a reason.
func (d *Decisions) Deny(ctx context.Context, c Invocation, id grant.ID, revision int, reason string) (Answer, error) {
	return d.approveOrDeny(ctx, c, id, &revision, grant.EventDeny, reason)
}

func (d *Decisions) approveOrDeny(ctx context.Context, c Invocation, id grant.ID, revision *int, kind grant.EventKind,
	reason string) (Answer, error) {
	g, err := d.record(ctx, c, id, revision, kind, reason)
	return answer(g, err, func(g grant.Grant) string { return decisionReply(g, recordedAs(g, c, kind)) })
}

// record records an approver's decision, typed or by button. A nil revision means the latest.
func (d *Decisions) record(ctx context.Context, c Invocation, id grant.ID, revision *int, kind grant.EventKind,
	reason string) (grant.Grant, error) {
	c.closes = kind == grant.EventDeny
	return d.decider.decide(ctx, c, id, func(ctx context.Context, batch []grant.Grant) decision {
		who := d.directory.lookup(c, batch)
		by, seen := who.actor(ctx, c.By), batch[0].Revision
		if revision != nil {
			seen = *revision
		}
		if kind == grant.EventDeny {
			return decision{step: func(g grant.Grant, _ *grant.Findings) (grant.Grant, error) {
				no := grant.Deny{By: by, Today: d.rules.Today(g), Revision: seen, Why: strings.TrimSpace(reason)}
				return g.Apply(denial(g, no), d.now())
			}}
		}
		return decision{
			step: func(g grant.Grant, found *grant.Findings) (grant.Grant, error) {
				today := d.rules.Today(g)
				others := who.actors(ctx, today.CompletingApprovers(g))
				yes := grant.Approve{By: by, Today: today, Revision: seen, Others: others, Found: found}
				return g.Apply(d.rules.approval(g, yes), d.now())
			},
			preflight: func(ctx context.Context, g, _ grant.Grant) (*grant.Findings, error) {
				return d.preflightApproval(ctx, g, who)
			},
		}
	})
}

// approval returns the approval of the extension of g if one is pending, otherwise that of the request.
func (r *ruleBook) approval(g grant.Grant, yes grant.Approve) grant.Action {
	if g.PendingExtension == nil {
		return yes
	}
	return grant.Extend{By: yes.By, Today: yes.Today, Revision: yes.Revision, Others: yes.Others, Found: yes.Found,
		WarnBefore: r.WarnBefore}
}

// denial returns the denial of the extension of g if one is pending, otherwise that of the request.
func denial(g grant.Grant, no grant.Deny) grant.Action {
	if g.PendingExtension == nil {
		return no
	}
	return grant.DenyExtension(no)
}

// recordedAs returns the kind of event that the caller's decision was recorded as.
func recordedAs(g grant.Grant, c Invocation, kind grant.EventKind) grant.EventKind {
	more := grant.EventExtend
	if kind == grant.EventDeny {
		more = grant.EventDenyExtension
	}
	if last := g.Last(kind, more); last != nil && last.By.Same(c.By) {
		return last.Kind
	}
	return kind
}

// preflightApproval checks an approval against the changes since the request: a freeze, the rules in
// the config, the requester and the beneficiary, and last the limits of AWS. It returns the current
// findings of AWS.
func (d *Decisions) preflightApproval(ctx context.Context, g grant.Grant, who *actorLookup) (*grant.Findings, error) {
	if err := d.gate.whileFrozen(ctx); err != nil {
		return nil, err
	}
	rule, err := d.rules.evaluate(g)
	if err != nil {
		return nil, err
	}
	if err := who.mayStillRequest(ctx, rule, g); err != nil {
		return nil, err
	}
	if g.PendingExtension != nil {
		return d.preflight.CheckExtension(ctx, g)
	}
	return d.preflight.CheckApproval(ctx, g)
}

// evaluate checks a request, or the pending extension of a grant, against today's rules.
func (r *ruleBook) evaluate(g grant.Grant) (rule grant.Rule, err error) {
	if g.PendingExtension != nil {
		rule, err = r.EvaluateExtension(g, g.PendingExtension.Term)
	} else {
		rule, err = r.Evaluate(g)
	}
	var no *grant.Refusal
	if errors.As(err, &no) {
		err = grant.Refuse("The rules have changed since this was asked. %s", no.Sentence).
			WithHint("Deny it, and have them ask again.")
	}
	return rule, err
}

func decisionReply(g grant.Grant, kind grant.EventKind) string {
	switch {
	case kind == grant.EventDenyExtension:
		return fmt.Sprintf("The extension of `%s` is denied; it ends as it would have. The person who asked is told why.",
			g.ID)
	case kind == grant.EventExtend:
		return extensionReply(g)
	case kind == grant.EventDeny:
		return fmt.Sprintf("Denied %s. The person who asked is told why.", allOf(g))
	case g.State == grant.Pending:
		return fmt.Sprintf("Approved: your approval of %s counts; %d more to go.", allOf(g), g.Missing()) + void(g)
	case !wasApproved(g): // a redelivery: it was closed meanwhile
		return fmt.Sprintf("`%s` was not approved; `/s3share show %s` says how it stands.", g.ID, g.ID)
	case len(g.BatchIDs) > 0:
		return fmt.Sprintf("Approved %s. They are being applied, %s, and the person who asked is told of each once AWS has "+
			"confirmed it.", allOf(g), until(g))
	}
	return fmt.Sprintf("Approved `%s`: %s. It is being applied, and the person who asked is told once AWS has "+
		"confirmed it.", g.ID, gives(g))
}

func wasApproved(g grant.Grant) bool {
	last := g.Last(grant.EventApprove)
	return last != nil && last.To == grant.Approved
}

// gives summarizes a grant: principal, level, target and dates.
func gives(g grant.Grant) string {
	return fmt.Sprintf("%s, %s, s3://%s/, %s", g.Principal.Name, g.Level.Name,
		strings.TrimSuffix(g.Bucket.Name+"/"+g.Prefix, "/"), until(g))
}

// until formats the end of a grant, and its start if it is scheduled.
func until(g grant.Grant) string {
	const layout = "2006-01-02 15:04 UTC"
	if g.Scheduled {
		return "from " + g.StartAt.UTC().Format(layout) + " until " + g.ExpiresAt.UTC().Format(layout)
	}
	return "until " + g.ExpiresAt.UTC().Format(layout)
}

// void reports how many earlier approvals the latest one voided.
func void(g grant.Grant) string {
	switch n := len(g.Last(grant.EventApprove, grant.EventExtend).Void); n {
	case 0:
		return ""
	case 1:
		return " One that was given before counts no more: that person may not decide any longer."
	default:
		return fmt.Sprintf(" %d that were given before count no more: those people may not decide any longer.", n)
	}
}

// allOf formats the grants of a decision.
func allOf(g grant.Grant) string {
	if n := len(g.BatchIDs); n > 0 {
		return fmt.Sprintf("`%s`, all %d grants of it", g.BatchLead(), n)
	}
	return "`" + string(g.ID) + "`"
}
