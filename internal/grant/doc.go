// Package grant models one temporary access, from the request until AWS
// confirms its removal.
//
// It calls neither Slack nor AWS nor a disk. Time is an argument, people are
// ids that an adapter has verified, and every change goes through [Grant.NextAttemptAt].
// So its tests reach every path without a clock, a network or a sleep.
//
// AWS may hold access in the states approved, active and ending only. Approved
// is included because an attach can succeed while its reply is lost. Ending is
// included because a removal counts only after a read-back.
//
// A tour of the files:
//   - grant.go has the record; event.go the events and the transition table;
//     next.go the effect of each event.
//   - authorise.go, quorum.go and settle.go check who may cause an event.
//   - parts.go tracks the two halves in AWS and their retries.
//   - wakes.go has the due times and the effects of time; remind.go,
//     reconfirm.go and hours.go compute them.
//   - rule.go and draft.go check requests against the rules. together.go
//     handles a request for several grants.
//   - change.go lets an approver narrow a request. extension.go, auto.go
//     (approval by rule) and urgent.go (break-glass) explain their subject at
//     the top.
//   - freeze.go and cutoff.go stop additions.
//   - entry.go writes audit entries. authority.go compares a record with them,
//     and rebuild.go restores a record from them.
//   - store.go is the interface to the store. note.go and question.go are small
//     helpers.
package grant
