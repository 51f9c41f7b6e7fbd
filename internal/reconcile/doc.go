// Package reconcile makes AWS agree with the records. It is the only caller of AWS writes.
//
// It knows nothing of Slack. Its loops are level-triggered: each pass reads the current records and
// the current state of AWS, determines the difference, and removes it. A restart, a lost reply and
// a repeated wake-up are therefore ordinary passes.
//
// The unit of work is the bucket (bucket.go) or the principal (principal.go), not the grant. Any
// number of due grants of a bucket cost one write. Each bucket has at most one pass at a time;
// passes on different buckets run concurrently.
//
// Invariants:
//
//   - A read error writes nothing.
//   - Nothing is written for a grant without an approved record on disk: the record is committed first. Nor is anything
//     written for a record that differs from its approving audit entries.
//   - Only a read-back causes the events "granted" and "ended".
//   - A write that AWS refuses fails only the grants it was sent for.
//   - Due work does not stay due. Otherwise the loops would read AWS as fast as it answers.
//
// Not promised: S3 has no conditional write, so another writer's edit between the bot's read and
// write is lost. The audit entry of the write has the earlier policy, and the operators are alerted
// if a read happens to show the loss. A group member without a grant is reported
// (unmanaged_members.go) and left alone. A role that got the policy outside s3share is not
// detected, because the bot may not list the policy's roles.
//
// A pass is steps that pass values: observe → plan → write → verify → record. Plans are pure.
//
// A tour: reconciler.go has the loop, dispatch.go starts the passes, and record.go stores their
// results. load_records.go loads the grants of a pass. bucket.go observes a bucket, bucket_plan.go
// computes its policy, bucket_write.go writes it, and bucket_verify.go reads it back. principal.go,
// principal_plan.go, principal_write.go and principal_verify.go do the same for the grantee half;
// principal_identity.go handles principals that were deleted or renamed. desired.go finds the
// statements of grants in a policy. inflight.go tracks the grants in late writes, and intent.go the
// edits that a late write would overwrite. workers.go runs one pass at a time for each key, within
// the slots of each account.
//
// gate.go says why nothing may be added. authority.go compares records with their approvals, which
// ledger.go reads. drift.go handles changes outside s3share, and damaged.go unreadable records.
// check.go runs the checks of package preflight for requests, and autoapprove.go approves requests
// that need no person. timers.go applies the timers, and sweep.go searches everything periodically:
// deactivated.go for people who left, and clockskew.go for a wrong clock. alert_each.go raises
// and ends the alerts of a sweep.
package reconcile
