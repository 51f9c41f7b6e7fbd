package blocks

import (
	"fmt"
	"slices"
	"strings"

	"s3share/internal/grant"
)

// named is the most people in one line.
const named = 10

// Approvers names the approvers of the rule: "@Ada or @Bob", or "2 of @Ada, @Bob and @Eve".
func Approvers(g grant.Grant) string {
	return needed(g.Rule.Approvers, g.Rule.Quorum(g.Level.Name), named)
}

// missingApprovers names the approvers who can still approve the request, or its pending extension.
func missingApprovers(g grant.Grant, most int) string {
	left, decisions := g.Rule.Approvers, g.Decisions
	if g.PendingExtension != nil {
		decisions = g.PendingExtension.Decisions
	}
	left.Users = slices.DeleteFunc(slices.Clone(left.Users), func(u string) bool {
		return g.Concerns(grant.Person{User: u}) ||
			slices.ContainsFunc(decisions, func(d grant.Decision) bool { return d.By.User == u })
	})
	if left.IsEmpty() { // an earlier approval may be void
		left = g.Rule.Approvers
	}
	return needed(left, g.Missing(), most)
}

// needed names people, some of whom have to approve.
func needed(p grant.People, approvals, most int) string {
	switch {
	case approvals < 2:
		return mentions(p, "or", most)
	case len(p.Groups) == 0 && len(p.Users) == approvals:
		return mentions(p, "and", most)
	}
	return fmt.Sprintf("%d of %s", approvals, mentions(p, "and", most))
}

// onCard names the missing approvers on the card. If the rule lists people to notify, only those are
// mentioned, because a mention notifies.
func onCard(g grant.Grant) string {
	switch n := g.Missing(); {
	case g.Rule.Notify.IsEmpty():
		return missingApprovers(g, named)
	case n > 1:
		return fmt.Sprintf("%d approvers (*Details* names them)", n)
	}
	return "an approver (*Details* names them)"
}

// approversOnCard lists the approvers for a place that everyone can see.
func approversOnCard(g grant.Grant) string {
	if g.Rule.Notify.IsEmpty() {
		return Mentions(g.Rule.Approvers, "or")
	}
	return "an approver"
}

// notified mentions the people that the rule notifies.
func notified(g grant.Grant) string {
	if pinged := Mentions(g.Rule.Notify, "and"); pinged != "" {
		return " · cc " + pinged
	}
	return ""
}

// Mentions formats people and groups as mentions, the last two joined by a word. Slack notifies them.
func Mentions(p grant.People, join string) string { return mentions(p, join, named) }

// mentions formats at most that many people and groups, and counts the rest.
func mentions(p grant.People, join string, most int) string {
	var names []string
	for _, u := range p.Users {
		names = append(names, Mention(grant.Person{User: u}))
	}
	for _, s := range p.Groups {
		names = append(names, "<!subteam^"+Safe(s, 32)+">")
	}
	return fewOf(names, join, most)
}

// fewOf joins at most that many names, and counts the rest.
func fewOf(names []string, join string, most int) string {
	if more := len(names) - most; more > 0 {
		names = append(names[:most:most], fmt.Sprintf("%d more", more))
	}
	return listed(names, join)
}

// listed joins names: "a, b and c".
func listed(names []string, join string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + join + " " + names[last]
}
