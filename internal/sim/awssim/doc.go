// Package awssim is an AWS of several accounts, in memory and behind one HTTP
// address: S3 (path-style), IAM, STS and KMS's DescribeKey. It was written from
// AWS's documentation and the SDK's wire format, with wire types of its own, and
// knows nothing of the programs that are tried against it.
//
// # What it models
//
// Every call is authorised as AWS does it: the access key names the caller, the
// caller's policies are evaluated, and for another account's bucket or role the
// resource's policy as well. So a role's policy that is too small fails a test
// here as it would fail in AWS. Signatures are not verified; a request without a
// well-formed one is refused.
//
// Bucket and trust policies keep principals by their unique ids. A user who was
// renamed appears under the new ARN, one who was deleted as the bare AIDA…, and
// a namesake made later gets nothing. A policy naming such an id cannot be
// written again, by anybody. Policies are checked when written, with S3's codes
// and sentences, and come back compact, with lists sorted and single elements
// unwrapped.
//
// Time is [Config.Now] and nothing else. With [Config.Settle], reads and access
// decisions show a bucket policy or a change in IAM only that long after it was
// made; writes act on the newest state. Changes made through the Go API, a
// test's own foreign hand, show at once.
//
// [World.Fault] breaks calls in the ways that networks and AWS do;
// [World.Calls] says what was asked; [World.Can] says who can reach what, and
// why. What is not modelled answers 501 and is told to [Config.Unmodelled], so
// that it cannot pass for success; that goes for single parameters and headers
// too. docs/awssim.md says what all of this was held against.
//
// # What it does not
//
// ACLs that are written by themselves, access points, virtual-hosted addresses,
// versions of objects, object locks, customer-provided keys, session policies,
// service control policies, service principals as callers, anonymous callers,
// rate limits, and grants of KMS keys.
//
// # Choices where AWS's documentation is silent
//
//   - A bucket policy over 20,480 bytes, counted without white space, is 400
//     PolicyTooLarge "Policy exceeds the maximum allowed document size."
//   - Removing a user from a group they are not in succeeds, as adding a member
//     does, and so does attaching a policy that is attached. Detaching one that
//     is not is NoSuchEntity.
//   - In NotPrincipal, an exempted user or role needs to be listed itself; its
//     account's root need not be. A listed root exempts only the root user.
//   - A value of an ARN operator that has fewer than six parts equals no ARN.
//   - A condition key must apply to every action of its statement.
//   - A value that an operator cannot compare with anything, such as a date
//     condition that is no date, is refused when written.
//   - A missing object under a folder that the caller may list is not betrayed,
//     unless [Config.KeyIsPrefix].
//   - HEAD of an object needs no key.
//   - Every request is signed with AWS4-HMAC-SHA256, just now, and comes over
//     TLS 1.3.
//   - Statements keep their order, and members of objects too.
//   - Account-wide public access blocks are off.
//   - Every caller is at 127.0.0.1 and speaks TLS, whatever the socket says.
//   - The caller's signature is not checked for its age, because the
//     simulator's clock may be anywhere.
package awssim
