// Package reconcile makes AWS agree with the records, and is the only caller of
// AWS writes.
//
// It knows nothing of Slack. Its loops are level-triggered: each pass reads the
// records and AWS as they are now, works out the difference, and removes it. A
// restart, a lost reply and a repeated wake are therefore ordinary passes.
//
// The unit of work is the bucket (bucket.go) and the principal
// (principal.go), not the grant: any number of due grants of a bucket cost
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
// Whoever is in the group without a grant is reported (unmanaged_members.go) and left
// alone; a role to which somebody else attached the policy is not even found,
// because the bot may not ask who has it.
//
// What is asked before anything is done about a grant is package preflight.
// check.go has it check requests, and records what follows; autoapprove.go lets
// through what needs no person, timers.go does what time alone does. bucket_plan.go works
// out what a policy should be, bucket_write.go writes it, bucket_verify.go and
// principal_verify.go wait to see it; inflight.go knows what a late write would
// bring back, and intent.go whose edit it would overwrite. gate.go says whether
// anything may be added at all; authority.go holds records to their approvals,
// which ledger.go reads. principal_identity.go is about principals that are gone or have
// another name, drift.go about what somebody else changed, sweep.go
// looks for what nobody reported.
package reconcile
