// Package grant is the life of one temporary access, from the moment somebody
// asks for it until AWS confirms that it is gone.
//
// It knows nothing of Slack, AWS or disks. Time comes in as an argument, people
// come in as ids that an adapter has already proved, and every change goes
// through [Grant.Next]. So its tests reach every path without a clock, a
// network or a sleep.
//
// AWS may hold access in approved, active and ending, and in no other state.
// Approved is on that list because an attach can succeed while its reply is
// lost; ending, because a removal counts only once it has been read back.
//
// A tour: grant.go has the record, event.go what can happen to it and the
// transition table, next.go what each event changes and who may cause it,
// parts.go what it holds in AWS, wakes.go when each loop needs it next, rule.go
// and draft.go which requests the rules allow, store.go what keeps it all. What
// needs an explanation of its own has a file: change.go (an approver makes a
// request smaller), extension.go, reconfirm.go, remind.go, hours.go, auto.go (what
// needs no person), urgent.go (break-glass), freeze.go, authority.go (which audit
// entries approved a grant).
package grant
