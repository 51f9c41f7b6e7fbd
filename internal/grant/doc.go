// Package grant models one temporary access, from the request until AWS
// confirms its removal.
//
// It knows neither Slack nor AWS nor a store. Time is an argument, people are
// ids that an adapter has verified, and every change goes through [Grant.Apply].
// So its tests reach every path without a clock, a network or a sleep.
//
// AWS may hold access in the states approved, active and ending only. Approved
// is included because an attach can succeed while its reply is lost. Ending is
// included because a removal counts only after a read-back.
//
// A tour of the files:
//   - grant.go has the record, id.go its id, person.go the people, state.go the
//     states, event.go the events, and question.go the open questions.
//   - action.go has one type for each action. transition.go has the table of
//     transitions, and applies the actions. The authorisation and the effect of an
//     action stand together in the file of its topic: check.go, consent.go,
//     decide.go, narrow.go, extension.go, drift.go, end.go, autoapprove.go (approval
//     by rule) and breakglass.go. refusal.go is a negative answer with its reason.
//   - authorize.go and quorum.go check who may decide.
//   - halves.go tracks the two halves in AWS, aws_retry.go their failures.
//   - timers.go has the due times, the reminders and the effects of time;
//     reconfirm.go and hours.go compute some of them.
//   - request.go reads a request, with target.go, principal.go, level.go, term.go and
//     reason.go. batch.go handles a request for several grants. evaluate.go checks
//     grants against the rules of rules.go; glob.go matches their patterns.
//   - freeze.go and cutoff.go stop additions.
//   - audit_entry.go writes audit entries. approval_entries.go compares a record with them,
//     and rebuild.go restores a record from them.
package grant
