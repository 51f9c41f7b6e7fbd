// Package awsaccess is every call that the bot makes to AWS: bucket policies
// and what S3 says of a bucket in the owner accounts, the members of one group
// and the attachments of one managed policy in the grantee accounts.
//
// It knows what a call means for the one who made it, as the [Class] of an
// [Error], and nothing of grants, of what a policy says, or of when to try
// again. It keeps no state but credentials and the regions of buckets.
//
// A read may be sent several times. A write is sent once: a repeated
// PutBucketPolicy would overwrite what somebody else wrote in between without
// having read it, and would hide that the first one may have taken effect. The
// caller reads again and then decides. Whatever leaves open whether a write
// took effect is [Unknown], and nothing else of a write is: the other classes
// promise that nothing has happened.
//
// Every call on a bucket names the owner it expects, so a bucket that was
// deleted and made again by a stranger is not written to.
package awsaccess
