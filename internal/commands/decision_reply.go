package commands

import (
	"fmt"
	"strings"

	"s3share/internal/grant"
)

// decisionReply returns the answer to an approval or a denial.
func decisionReply(g grant.Grant, kind grant.EventKind) string {
	switch {
	case kind == grant.EventDenyExtension:
		return fmt.Sprintf("The extension of `%s` is denied; it ends as it would have. The person who asked is told why.",
			g.ID)
	case kind == grant.EventExtend:
		return extensionReply(g)
	case kind == grant.EventDeny:
		return fmt.Sprintf("Denied %s. The person who asked is told why.", grantsOf(g))
	case g.State == grant.Pending:
		return fmt.Sprintf("Approved: your approval of %s counts; %d more to go.", grantsOf(g), g.Missing()) + voidNote(g)
	case !wasApproved(g): // a redelivery: it was closed meanwhile
		return fmt.Sprintf("`%s` was not approved; `/s3share show %s` says how it stands.", g.ID, g.ID)
	case len(g.BatchIDs) > 0:
		return fmt.Sprintf("Approved %s. They are being applied, %s, and the person who asked is told of each once AWS has "+
			"confirmed it.", grantsOf(g), period(g))
	}
	return fmt.Sprintf("Approved `%s`: %s. It is being applied, and the person who asked is told once AWS has "+
		"confirmed it.", g.ID, summary(g))
}

// extensionReply returns the answer to an extension, and to an approval of one. A redelivery may find
// that it was denied, cancelled or undecided until the end.
func extensionReply(g grant.Grant) string {
	last := g.Last(grant.EventRequestExtension, grant.EventExtend)
	if g.PendingExtension == nil && (last == nil || last.Expiry.IsZero()) {
		return fmt.Sprintf("The extension of `%s` was not approved; `/s3share show %s` says how it stands.", g.ID, g.ID)
	}
	if g.PendingExtension == nil {
		return fmt.Sprintf("The extension of `%s` is approved. The later end is being written: %s. The person who asked is "+
			"told once AWS has confirmed it.", g.ID, summary(g))
	}
	if len(g.PendingExtension.Decisions) > 0 {
		return fmt.Sprintf("Approved: your approval of the extension of `%s` counts; %d more to go.", g.ID, g.Missing()) +
			voidNote(g)
	}
	return fmt.Sprintf("An extension of `%s` by %s is asked for. The access stays as it is until the approvers have "+
		"decided.", g.ID, g.PendingExtension.Term)
}

func wasApproved(g grant.Grant) bool {
	last := g.Last(grant.EventApprove)
	return last != nil && last.To == grant.Approved
}

// summary describes a grant: principal, level, target and dates.
func summary(g grant.Grant) string {
	return fmt.Sprintf("%s, %s, s3://%s/, %s", g.Principal.Name, g.Level.Name,
		strings.TrimSuffix(g.Bucket.Name+"/"+g.Prefix, "/"), period(g))
}

// period formats the end of a grant, and its start if it is scheduled.
func period(g grant.Grant) string {
	const layout = "2006-01-02 15:04 UTC"
	if g.Scheduled {
		return "from " + g.StartAt.UTC().Format(layout) + " until " + g.ExpiresAt.UTC().Format(layout)
	}
	return "until " + g.ExpiresAt.UTC().Format(layout)
}

// voidNote reports how many earlier approvals the latest one voided.
func voidNote(g grant.Grant) string {
	switch n := len(g.Last(grant.EventApprove, grant.EventExtend).Void); n {
	case 0:
		return ""
	case 1:
		return " One that was given before counts no more: that person may not decide any longer."
	default:
		return fmt.Sprintf(" %d that were given before count no more: those people may not decide any longer.", n)
	}
}

// grantsOf formats the grants of a decision.
func grantsOf(g grant.Grant) string {
	if n := len(g.BatchIDs); n > 0 {
		return fmt.Sprintf("`%s`, all %d grants of it", g.BatchLead(), n)
	}
	return "`" + string(g.ID) + "`"
}
