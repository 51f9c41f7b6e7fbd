// Package awsaccess makes the AWS calls of the bot: bucket policies in the owner
// accounts, one group's members and one policy's attachments in the grantee
// accounts. It decides nothing; what a failed call means is sorted into a
// [Class].
//
// A read is tried a few times. A write is sent once: a write that the SDK
// repeats by itself would overwrite what somebody else wrote meanwhile without
// reading it, and would hide that the first try may still take effect. Whoever
// called reads again and decides again.
//
// Every call on a bucket names the account that is expected to own it.
package awsaccess
