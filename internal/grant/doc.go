// Package grant models one temporary access, from the request until AWS
// confirms its removal.
//
// It knows neither Slack nor AWS nor a store. Time is an argument, people are
// ids that an adapter has verified, and every change goes through [Grant.Next].
// So its tests reach every path without a clock, a network or a sleep.
//
// AWS may hold access in the states approved, active and ending only. Approved
// is included because an attach can succeed while its reply is lost. Ending is
// included because a removal counts only after a read-back.
//
// A tour of the files:
//   - grant.go has the record; event.go the events and the transition table;
//     transition.go the effect of each event; question.go the open questions.
//   - authorize.go, quorum.go and settle.go check who may cause an event.
//   - halves.go tracks the two halves in AWS and their retries.
//   - timers.go has the due times, the reminders and the effects of time;
//     reconfirm.go and hours.go compute some of them.
//   - rules.go and draft.go check requests against the rules. batch.go
//     handles a request for several grants.
//   - narrow.go lets an approver narrow a request. extension.go, autoapprove.go
//     (approval by rule) and breakglass.go (break-glass) explain their subject at
//     the top.
//   - freeze.go and cutoff.go stop additions.
//   - entry.go writes audit entries. approval_entries.go compares a record with them,
//     and rebuild.go restores a record from them.
package grant
