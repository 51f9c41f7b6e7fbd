package blocks

import (
	"fmt"
	"time"

	"s3share/internal/grant"
	"s3share/internal/store"
)

// This file draws the wait for an extension in the newest notice of an active access. The notice has no
// *Extend…* meanwhile.

// extensionWait describes an extension that is pending, or that AWS has not confirmed yet; "" if there is
// none.
func extensionWait(g grant.Grant) string {
	switch asked := g.Last(grant.EventRequestExtension); {
	case g.PendingExtension != nil:
		text := fmt.Sprintf("Extension of %s: ", g.PendingExtension.Term)
		if n := len(g.PendingExtension.Decisions); n > 0 {
			text += fmt.Sprintf("%d of %d approvals, ", n, n+g.Missing())
		}
		return text + "waiting for " + missingApprovers(g, named) + "."
	case asked != nil && g.IsExtending():
		return fmt.Sprintf("Extension of %s: approved, waiting for AWS.", asked.Term)
	}
	return ""
}

// withExtension redraws the newest notice of an active access. ok is false if no extension was requested
// since it was posted.
func withExtension(g grant.Grant, post store.Post) (m Message, ok bool) {
	if g.State != grant.Active || !g.DriftedAt.IsZero() || g.IsRestoring() || post.Event >= len(g.History) {
		return Message{}, false
	}
	changed := false
	for _, ev := range g.History[post.Event+1:] {
		switch ev.Kind {
		case grant.EventRequestExtension, grant.EventExtend, grant.EventDenyExtension, grant.EventCancelExtension:
			changed = true
		}
	}
	if !changed {
		return Message{}, false
	}
	g.ExpiresAt = confirmedEnd(g)
	switch g.History[post.Event].Kind {
	case grant.EventApplied:
		return GrantedNotice(g), true
	case grant.EventExtended:
		return extendedNotice(g), true
	case grant.EventResumed:
		return resumedNotice(g), true
	case grant.EventWarn:
		return warnedNotice(g, post.Event), true
	}
	return Message{}, false
}

// confirmedEnd returns the expiry without the extensions that AWS has not confirmed yet.
func confirmedEnd(g grant.Grant) time.Time {
	end := g.ExpiresAt
	if !g.IsExtending() {
		return end
	}
	approved := false
	for i := len(g.History) - 1; i >= 0; i-- {
		switch ev := g.History[i]; {
		case ev.Kind == grant.EventExtended || ev.Kind == grant.EventApplied:
			return end
		case ev.Kind == grant.EventExtend && !ev.Expiry.IsZero():
			approved = true
		case ev.Kind == grant.EventRequestExtension && approved:
			end, approved = end.Add(-ev.Term.Duration()), false
		}
	}
	return end
}
