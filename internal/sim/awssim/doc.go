// Package awssim simulates several AWS accounts in memory behind one HTTP
// address: S3 (path-style), IAM, STS and KMS's DescribeKey. It is written from
// AWS's documentation and the SDK's wire format, has its own wire types, and
// does not import the programs that are tested against it.
//
// # Modelled
//
// Every call is authorised as in AWS: the access key identifies the caller, and
// the caller's policies are evaluated. For a bucket or role of another account,
// the resource's policy is evaluated as well. A role's policy that is too small
// therefore fails a test here as it would fail in AWS. Signatures are not
// verified, but a request without a well-formed one is refused.
//
// Bucket and trust policies store principals by unique id. A renamed user
// appears under the new ARN. A deleted user appears as the bare id (AIDA…), and
// a new user of the same name gets no access. No caller can write a policy that
// contains the id of a deleted user. Policies are checked on write, with S3's
// codes and messages. A read returns them compact, with lists sorted and
// single elements unwrapped.
//
// [Config.Now] is the only clock. With [Config.Settle], reads and access
// decisions see a bucket policy or a change in IAM only after that delay;
// writes act on the newest state. Changes through the Go API, which stand for
// other administrators, are visible at once.
//
// [World.Fault] makes calls fail as networks and AWS do, [World.Calls] is the
// log of calls, and [World.Can] explains which principal can reach an object.
// An operation, parameter or header that is not modelled answers 501 and is
// reported to [Config.Unmodelled], so that a test cannot take it for success.
// docs/awssim.md lists the comparisons with other sources.
//
// # Not modelled
//
// Writing an ACL by itself, access points, virtual-hosted addresses, versions
// of objects, object locks, customer-provided keys, session policies, service
// control policies, service principals as callers, anonymous callers, rate
// limits, and grants of KMS keys.
//
// # Tour
//
// world.go has the parts of a [World], config.go its options. core.go and entities.go have the state
// that all parts share, versions.go its delayed visibility. account.go,
// bucket.go, boundary.go and the [Account]'s keys in kms.go are the Go API for
// tests, together with calls.go (the log), decide_s3.go (Can) and inventory.go.
//
// serve.go takes a request through faults.go, identity.go (the caller) and one
// service: s3.go lists the operations of S3, which s3_*.go implement for
// buckets, objects and uploads; iam.go those of IAM, which iam_*.go implement
// with the checks and pages of query.go; sts.go and kms.go serve their
// services. request.go is one call, and reply.go encodes the answers. validate.go
// and identity_policy.go check written policies, with the actions of actions.go
// and the limits of quotas.go; normalise.go stores them.
//
// decide.go combines both accounts' policies, decide_s3.go and s3_authorise.go
// do so for a bucket; evaluate.go, conditions.go and match.go evaluate one
// policy; acl.go, public.go and regions.go add S3's own rules. document.go is a
// parsed policy, json.go its JSON, and lists.go has functions on lists.
//
// # Choices where AWS's documentation is silent
//
//   - A bucket policy over 20,480 bytes, counted without white space, is 400
//     PolicyTooLarge "Policy exceeds the maximum allowed document size."
//   - Removing a user from a group that they are not in succeeds. So do adding
//     an existing member and attaching an attached policy. Detaching a policy
//     that is not attached is NoSuchEntity.
//   - In NotPrincipal, an exempted user or role must itself be listed; its
//     account's root need not be. A listed root exempts only the root user.
//   - A value of an ARN operator with fewer than six parts equals no ARN.
//   - A condition key must apply to every action of its statement.
//   - A value that an operator cannot compare with anything, such as a date
//     condition without a date, is refused on write.
//   - A caller who may list a folder is not told that an object in it is
//     missing, unless [Config.KeyIsPrefix].
//   - HEAD of an object needs no KMS key.
//   - Every request counts as signed just now with AWS4-HMAC-SHA256, over
//     TLS 1.3.
//   - Statements and members of objects keep their order.
//   - Account-wide public access blocks are off.
//   - Every caller is at 127.0.0.1 and uses TLS, whatever the socket is.
//   - The age of a signature is not checked, because the simulator's clock may
//     differ from the caller's.
package awssim
