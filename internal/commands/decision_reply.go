package commands

import (
	"fmt"
	"time"

	"s3share/internal/grant"
)

// decisionReply returns the answer to an approval or a denial.
func decisionReply(g grant.Grant, kind grant.EventKind) string {
	switch {
	case kind == grant.EventDenyExtension:
		return fmt.Sprintf("Denied the extension of `%s`; access still ends %s. "+PersonMark+" will be notified.",
			g.ID, day(g.ExpiresAt))
	case kind == grant.EventExtend:
		return extensionApproved(g)
	case kind == grant.EventDeny && len(g.BatchIDs) > 0:
		return fmt.Sprintf("Denied %s. "+PersonMark+" will be notified.", grantsOf(g))
	case kind == grant.EventDeny:
		return "Denied. " + PersonMark + " will be notified."
	case !isApproved(g): // a redelivery: it was closed meanwhile
		return fmt.Sprintf("`%s` was not approved; `/s3share show %s` shows its status.", g.ID, g.ID)
	}
	if len(g.BatchIDs) > 0 && g.State != grant.Pending {
		return "Approved " + grantsOf(g) + approvalNext(g)
	}
	return "Approved" + approvalNext(g)
}

// isApproved reports whether the latest approval of g still counts.
func isApproved(g grant.Grant) bool { return g.State == grant.Pending || wasApproved(g) }

// approvalNext says what follows an approval.
func approvalNext(g grant.Grant) string {
	switch {
	case g.State == grant.Pending:
		return fmt.Sprintf("; %s needed.", missing(g)) + voidNote(g)
	case g.Scheduled:
		return fmt.Sprintf(". Access starts %s; "+PersonMark+" will be notified.", day(g.StartAt))
	}
	return ". " + PersonMark + " will be notified when access is active."
}

// extensionReply returns the answer to the caller's request for an extension.
func extensionReply(g grant.Grant, by grant.Person) string {
	switch {
	case g.PendingExtension != nil && len(g.PendingExtension.Decisions) == 0:
		return fmt.Sprintf("Extension of %s requested; access stays active until %s meanwhile.",
			g.PendingExtension.Term, day(g.ExpiresAt))
	case g.PendingExtension == nil && isExtended(g) && isFor(g, by):
		how := "approved"
		if g.Last(grant.EventExtend).By.IsBot() {
			how = "approved automatically"
		}
		return fmt.Sprintf("Extension %s. I'll confirm in a direct message when access is extended until %s.", how,
			day(g.ExpiresAt))
	case g.PendingExtension != nil:
		return fmt.Sprintf("Extension of %s requested and approved by you; %s needed.", g.PendingExtension.Term,
			missing(g)) + voidNote(g)
	case isExtended(g):
		return fmt.Sprintf("Extended by %s. "+PersonMark+" will be notified when access is extended until %s.",
			g.Last(grant.EventRequestExtension).Term, day(g.ExpiresAt))
	}
	return extensionApproved(g)
}

// extensionApproved returns the answer to an approval of an extension. A redelivery may find that the
// extension was denied, cancelled or undecided until the end.
func extensionApproved(g grant.Grant) string {
	switch {
	case g.PendingExtension != nil:
		return fmt.Sprintf("Approved; %s needed.", missing(g)) + voidNote(g)
	case !isExtended(g):
		return fmt.Sprintf("The extension of `%s` was not approved; `/s3share show %s` shows its status.", g.ID, g.ID)
	}
	return fmt.Sprintf("Approved. "+PersonMark+" will be notified when access is extended until %s.", day(g.ExpiresAt))
}

// isExtended reports whether the last extension of a grant was approved.
func isExtended(g grant.Grant) bool {
	last := g.Last(grant.EventRequestExtension, grant.EventExtend)
	return last != nil && !last.Expiry.IsZero()
}

// isFor reports whether a person requested a grant or is its beneficiary. Both get its notices.
func isFor(g grant.Grant, by grant.Person) bool {
	return g.Requester.Same(by) || g.Beneficiary.Same(by)
}

// missing formats the number of approvals that a request or an extension still needs.
func missing(g grant.Grant) string {
	if n := g.Missing(); n > 1 {
		return fmt.Sprintf("%d more approvals are", n)
	}
	return "1 more approval is"
}

func wasApproved(g grant.Grant) bool {
	last := g.Last(grant.EventApprove)
	return last != nil && last.To == grant.Approved
}

// day formats a time for a text without Slack's markup.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// voidNote reports how many earlier approvals the latest one voided.
func voidNote(g grant.Grant) string {
	switch n := len(g.Last(grant.EventApprove, grant.EventExtend).Void); n {
	case 0:
		return ""
	case 1:
		return " One earlier approval no longer counts: its approver may not decide any more."
	default:
		return fmt.Sprintf(" %d earlier approvals no longer count: their approvers may not decide any more.", n)
	}
}

// grantsOf formats the grants of a decision.
func grantsOf(g grant.Grant) string {
	if n := len(g.BatchIDs); n > 0 {
		return fmt.Sprintf("all %d grants of `%s`", n, g.BatchLead())
	}
	return "`" + string(g.ID) + "`"
}
