// Package reconcile makes AWS agree with the records, and is the only caller of
// AWS writes.
//
// It knows nothing of Slack. Its loops are level-triggered: each pass reads the
// records and AWS as they are now, works out the difference, and removes it. A
// restart, a lost reply and a repeated wake are therefore ordinary passes.
//
// The unit of work is the bucket (pass_bucket.go) and the principal
// (pass_principal.go), not the grant: any number of due grants of a bucket cost
// one write. One pass at a time works on a bucket; passes on different ones run
// side by side.
//
// What always holds: a read error writes nothing; nothing is written for a grant
// without an approved record on disk, because the record is committed first, nor
// for one whose record is not what its approving audit entries say;
// "granted" and "ended" are events that only a read-back causes; a write that
// AWS refuses is held against those whom it was for and nobody else; what is due
// does not stay due, or the loops would read AWS as fast as it answers.
//
// What is not promised: S3 has no conditional write, so somebody's edit between
// our read and our write is lost; the audit entry of the write has the policy
// from before it, and people are told where a read happens to show the loss.
// Whoever is in the group without a grant is reported (strangers.go) and left
// alone; a role to which somebody else attached the policy is not even found,
// because the bot may not ask who has it.
//
// What is asked before anything is done about a grant is package preflight.
// check.go has it check requests, and records what follows; unattended.go lets
// through what needs no person, life.go does what time alone does. plan.go works
// out what a policy should be, write_bucket.go writes it, settle_bucket.go and
// settle_principal.go wait to see it; carried.go knows what a late write would
// bring back, and intent.go whose edit it would overwrite. gate.go says whether
// anything may be added at all; authority.go holds records to their approvals,
// which ledger.go reads. identify.go is about principals that are gone or have
// another name, drift.go about what somebody else changed, sweep.go
// looks for what nobody reported.
package reconcile
