package grant

import (
	"slices"
	"strings"
	"time"
)

// A Grant is the record of one access through its whole life. It is the source
// of truth: AWS, Slack and the audit log follow it.
//
// It is a value. Only [Grant.Apply] and the methods of a [GrantHalf] derive the next one.
type Grant struct {
	ID      ID
	Version uint64 // of the stored record that this was read from; 0: not stored yet

	BatchIDs []ID // all grants of one request, this one included; empty: only this one

	State   State
	Outcome Outcome // once the state is ending or ended
	Why     string  // the reason given for a denial, an end or a refusal, shown to people

	Requester       Person
	Beneficiary     Person   // the person who benefits; the requester unless the request was for another person
	PrincipalOwners []string // Slack users who owned the principal at the request

	Principal Principal
	Bucket    Bucket
	Prefix    string // without its closing slash; "" is the whole bucket
	Level     Level  // with the level's actions at the decision
	Term      Term
	Reason    string // as typed
	Typed     Typed  // the request's other words, as typed

	AskedAt    time.Time
	LapsesAt   time.Time // when an undecided request lapses
	StartAt    time.Time // when the access begins: the approval, or a later time that the request named
	BreakGlass bool      // by break-glass: opened at once, reviewed afterwards
	Scheduled  bool      // it begins after its approval, and AWS has that start as well
	ExpiresAt  time.Time // fixed at the approval, whole seconds, UTC; zero before
	EndedAt    time.Time // when AWS had confirmed the removal

	Rule             Rule // as applied at the latest decision
	Decisions        []Decision
	Revision         int // number of the request's version that the card shows; each change increments it
	PendingExtension *PendingExtension
	Original         *Narrowing // the original request, once an approver has narrowed it
	Findings         Findings
	Warnings         []time.Duration // how long before the expiry people are warned; longest first

	DriftedAt time.Time  // since when no access is wanted, because a part was changed outside s3share; zero: not so
	Parts     []Part     // the parts that AWS has, or may have
	Owner     HalfStatus // of the owner half
	Grantee   HalfStatus // of the grantee half
	Check     HalfStatus // of the check with AWS before there is a card

	History []Event

	Approvals []Ref // the audit entries that opened or prolonged it, oldest first; set by the store
}

// Typed holds words of the request as typed, for the card.
type Typed struct {
	Target, Level, Principal, Term string
}

// A Decision is one approver's approval, as long as it counts. A denial ends
// the request and is in the history only.
type Decision struct {
	By       Person
	At       time.Time
	Revision int // of the request that the approver saw
}

// Findings are the results of the check with AWS.
type Findings struct {
	Change    string   // the change of the bucket policy, in a sentence
	Diff      string   // the same as a diff
	Warnings  []string // possible obstacles to the access
	AlsoOpens []string `json:",omitempty"` // further access that works once the principal has the grantee half
	KMSKey    string   // of the bucket's default encryption; "" if it has none

	RequesterPays bool // each request has to state that the caller pays
}

// NamesKeyForCaller reports whether the default encryption names its key by an
// alias or a bare id. S3 then looks for the key in the caller's account, and
// another account has no such key.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
func (f Findings) NamesKeyForCaller() bool {
	return f.KMSKey != "" && f.KMSKey != ManagedKey && !strings.HasPrefix(f.KMSKey, "arn:")
}

// KeyARN returns the key of the bucket's default encryption by its ARN, or by its
// alias's. It completes an alias or a bare id by the bucket's account and region,
// where S3 finds the key for the owner's own writers. It returns "" if that is
// not possible.
func (g Grant) KeyARN() string {
	key := g.Findings.KMSKey
	switch {
	case !g.Findings.NamesKeyForCaller():
		return key
	case g.Bucket.Region == "" || g.Bucket.AccountID == "":
		return ""
	case !strings.HasPrefix(key, "alias/"):
		key = "key/" + key
	}
	return "arn:" + partitionOf(g.Principal.ARN) + ":kms:" + g.Bucket.Region + ":" + g.Bucket.AccountID + ":" + key
}

// ManagedKey stands for S3's AWS-managed KMS key, which cannot be shared with
// another account.
const ManagedKey = "aws/s3"

// ConcernsToday reports whether p is on the requester's side: requester,
// beneficiary, or owner of the principal by the record or by today's config. Such a
// person may cancel and end the grant, but may not decide on it.
func (g Grant) ConcernsToday(p Person, owners []string) bool {
	return g.Requester.Same(p) || g.Beneficiary.Same(p) ||
		p.User != "" && (slices.Contains(g.PrincipalOwners, p.User) || slices.Contains(owners, p.User))
}

// Concerns is ConcernsToday by the record alone.
func (g Grant) Concerns(p Person) bool { return g.ConcernsToday(p, nil) }
