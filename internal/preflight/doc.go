// Package preflight checks a grant before it is opened, narrowed, extended or restored.
//
// It reads AWS, Slack, the records and the rules. Its interfaces have no writes.
// [Preflight.Check] returns a [Report] of findings. A blocker refuses, with the way out;
// a warning goes on the card. Each finding names its [Source].
//
// The moments:
//
//	consent    before a beneficiary is asked to confirm a request
//	request    before a request gets its card
//	approval   before an approver's or a rule's yes counts
//	narrowing  before an approver's smaller request replaces the request
//	extension  before an extension is stored, and before its approval counts
//	restore    before access that was changed outside s3share is put back
//
// The checks, in their order. B can block, W can warn, a dash is not checked:
//
//	check        source           consent request approval narrowing extension restore
//	record       audit log        -       -       B        -         B         B
//	rules        config           B       B       -        -         -         -
//	people       Slack            B       B       -        -         -         -
//	approvers    Slack            -       B       -        -         -         -
//	policy       bucket policy    -       B       B        B         B         B
//	delegations  bucket policy    -       B W     B W      B W       B W       B W
//	settings     bucket settings  -       B W     B W      B W       B W       B W
//	principal    IAM              -       B       B        -         B         B
//	half         IAM              -       B       B        -         B         B
//	bot          config           -       B       B        B         B         B
//	encryption   bucket settings  -       B W     B W      B W       B W       B W
//	level        record           -       B       -        B         -         -
//	capacity     bucket policy    -       B       B        B         -         B
//	boundary     IAM              -       W       W        W         W         W
//	statements   bucket policy    -       W       W        W         W         W
//	named        bucket policy    -       W       W        W         W         W
//	clock        clock            -       -       B        -         B         B
//
// A narrowing that counts as an approval gets the checks of both columns. At the later
// moments the commands judge the rules and the people.
//
// The first blocker ends the run. A failed call is [Report.Unknown]. Then a request is
// retried and a narrowing refused. At the other moments the other checks go on, and
// the grant passes if none of them blocks: reconcile retries an approved grant until it
// expires. If S3 denies the bot a bucket, a request, a narrowing and an extension are
// refused as for a missing bucket; an approval and a restore treat it as a failed call.
//
// A tour: preflight.go has the table of checks and runs them. approvers.go checks people,
// bucket.go and bucket_settings.go the bucket, principal.go the principal, clock.go the
// clock. statements.go turns a grant into statements, for reconcile as well, and checks
// that they fit into the policy. findings.go has the results, subject.go the grant in
// its moment, and sources.go the interfaces.
package preflight
