// Package awsaccess makes all AWS calls of the bot. In owner accounts these are
// bucket policies and settings. In grantee accounts these are the members of
// one group and the attachments of one managed policy.
//
// It tells the caller the meaning of a failure, as the [Class] of an [Error].
// It does not know grants, the contents of policies or retry schedules. Its
// only state are credentials, the regions of buckets, and the offset of the
// clock.
//
// Invariants:
//   - A read may be sent several times; a write is sent once. A repeated
//     PutBucketPolicy would overwrite a foreign change in between, and would
//     hide that the first write took effect. The caller reads again and then
//     decides.
//   - A write that may have taken effect is [Unknown]. All other classes of a
//     write promise that nothing has happened.
//   - Every call on a bucket names the expected owner. So a bucket that was
//     deleted and created again by a stranger is never written.
//
// A tour of the files: client.go and account.go set up clients and credentials.
// call.go sends a call and checks the form of its answer; error_class.go and error.go
// classify a failure. buckets.go and facts.go have the calls to S3;
// principals.go, members.go and names.go those to IAM; account.go those to STS.
// permissions.go lists the permissions. clock.go compares the clocks.
package awsaccess
