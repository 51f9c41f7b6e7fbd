// Package preflight asks whether a grant can be opened, and what its approver has to
// know, before anything is done about it.
//
// It reads AWS, Slack, the records and the rules, and writes nothing: its interfaces
// have no writes. [Preflight.Check] returns a [Report] of findings. A blocker refuses,
// with the way out; a warning goes on the card. Each names its [Source].
//
// It runs at five moments, and asks less at a sixth:
//
//	consent    a request waits for the word of the person it is for
//	request    before there is a card
//	approval   somebody, or a rule, says yes
//	narrowing  an approver makes a request smaller
//	extension  one is asked for or approved
//	restore    what somebody else changed in AWS is put back
//
// Which check runs when, in the order in which they run. B can block, W can warn, a
// dash is not looked at:
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
// A narrowing that counts as an approval is held to both columns. At the later moments
// the commands judge the rules and the people themselves.
//
// The first blocker is the end of it: nothing more is asked. What does not answer is
// [Report.Unknown]. A request is asked about again, a narrowing is refused, and at the
// other moments it is no reason to refuse: the other checks go on, and an approved
// grant is tried until it expires. That S3 denies the bot a bucket says that the bucket
// is not there (request, narrowing, extension), or nothing (approval, restore).
//
// A tour: preflight.go runs the checks, findings.go is what they return. approvers.go
// asks about people, bucket.go and settings.go about the bucket, principal.go about
// the principal, capacity.go whether the policy has room, clock.go about the clock.
// statements.go says what a grant asks of a policy, for reconcile as well.
package preflight
