// Package policy reads, edits, compares and explains S3 bucket policies, and
// writes the IAM policies of the grantee half.
//
// It does not know AWS calls, Slack, the store or permissions: text comes in,
// text goes out, and instants are arguments. The caller decides whether a
// statement that looks like the bot's belongs to this store.
//
// Invariants:
//   - A foreign statement stays byte for byte and in its place through every
//     edit.
//   - No statement is written without an end, the instant from which it no
//     longer applies.
//   - A statement that cannot be read with certainty is kept. It never counts
//     as the bot's, and never as harmless.
//
// A tour of the files:
//   - jsonscan.go finds values in JSON text. document.go keeps a policy as its
//     pieces.
//   - statement.go and view.go read a statement. canonical.go compares two
//     statements after AWS has rearranged them.
//   - allow.go and access_statements.go define the statements that the bot writes. actions.go
//     has the actions of S3 and compares them; wildcard.go compares patterns.
//   - delegates.go, unsigned.go, obstacles.go, public.go and writer.go find
//     problems in foreign statements. caller.go and truth.go evaluate their conditions;
//     finding.go and words.go put the result into sentences.
//   - describe.go and linediff.go show an edit. identity_policy.go and kms.go write the
//     IAM and KMS side.
package policy
