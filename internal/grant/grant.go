package grant

import (
	"strings"
	"time"
)

// State is where a grant stands. See the diagram at [transitions].
type State string

const (
	Checking  State = "checking"  // committed; AWS and Slack are being asked about it
	Pending   State = "pending"   // a request that people may decide on
	Refused   State = "refused"   // by the rules or by what AWS said; it never had a card
	Denied    State = "denied"    // by an approver
	Cancelled State = "cancelled" // by the requester
	Lapsed    State = "lapsed"    // undecided for too long
	Approved  State = "approved"  // being applied: AWS may hold any part of it
	Active    State = "active"    // AWS confirmed both halves
	Ending    State = "ending"    // over: being removed, AWS may hold any part of it
	Ended     State = "ended"     // AWS confirmed that both halves are gone
)

// States lists every state, in the order of a life.
var States = []State{Checking, Pending, Refused, Denied, Cancelled, Lapsed, Approved, Active, Ending, Ended}

// InAWS reports whether AWS may hold access for a grant in this state.
func (s State) InAWS() bool { return s == Approved || s == Active || s == Ending }

// Open reports whether the state is that of an undecided request.
func (s State) Open() bool { return s == Checking || s == Pending }

// Outcome says how a grant came to its end.
type Outcome string

const (
	Expired      Outcome = "expired"
	Relinquished Outcome = "relinquished" // by the requester
	Revoked      Outcome = "revoked"      // by an approver
	Settled      Outcome = "settled"      // closed by a responder; AWS never confirmed the removal
	Failed       Outcome = "failed"       // it could not be applied, or no longer could
)

// A Grant is the record of one access through its whole life, and the only
// truth about it: AWS, Slack and the audit log are made to agree with it.
//
// It is a value. [Grant.Next] is the only way from one to the next.
type Grant struct {
	ID      ID
	Version uint64 // of the stored record that this was read from; 0: not stored yet

	Together []ID // what one request asked for, this grant among it; empty: this alone

	State   State
	Outcome Outcome // once the state is ending or ended
	Why     string  // the reason given for a denial, an end or a refusal, for people

	Requester   Person
	Beneficiary Person   // for whom it was asked; the requester unless it was on behalf of somebody
	Behind      []string // users who stood behind the principal at the request

	Principal Principal
	Bucket    Bucket
	Prefix    string // without its closing slash; "" is the whole bucket
	Level     Level  // with the actions it meant at the decision
	Term      Term
	Reason    string // as typed
	Typed     Typed  // the other words of the request, as typed

	AskedAt   time.Time
	LapsesAt  time.Time // when an undecided request is nobody's any more
	StartAt   time.Time // when the access begins: the approval, unless the request named a later time
	Urgent    bool      // by break-glass: opened at once, and reviewed afterwards
	Scheduled bool      // it begins later than its approval, and says so in AWS
	ExpiresAt time.Time // fixed at the approval, whole seconds, UTC; zero before
	EndedAt   time.Time // when AWS had confirmed that it is gone

	Rule      Rule // as it was applied, last at the latest decision
	Decisions []Decision
	Revision  int // what the card asks about; each change of the request makes it another
	Amendment *Amendment
	Asked     *Narrowing // what was asked for, once an approver has narrowed it
	Findings  Findings
	Warnings  []time.Duration // how long before the expiry people are told; longest first

	DriftedAt time.Time // since when it is left out of what is asked of AWS, because somebody else changed a part
	Parts     []Part    // what it has, or may have, in AWS
	Owner     Progress  // of the owner half
	Grantee   Progress  // of the grantee half
	Check     Progress  // of what is asked of AWS before there is a card

	History []Event

	Approvals []Ref // the audit entries that opened or prolonged it, the oldest first; the store sets it
}

// A Principal is the IAM user or role that receives access.
type Principal struct {
	ARN       string
	AccountID string // the grantee account
	Account   string // its name in the config
	Kind      string // KindUser or KindRole
	Name      string // without its path
	UniqueID  string // AIDA… or AROA…, as AWS said at the request: a namesake made later is somebody else
	Subject   string // a narrower subject within it, such as a session's source identity; not used yet
	External  bool   // the grantee half is in the hands of that account's admin
}

// The kinds of principal that can receive access.
const (
	KindUser = "user"
	KindRole = "role"
)

// A Bucket is what is shared, with where it lives.
type Bucket struct {
	Name      string
	AccountID string // the owner account
	Account   string // its name in the config
	Region    string
}

// Typed holds words of the request just as they were typed, for the card.
type Typed struct {
	Target, Level, Principal, Term string
}

// A Decision is one approver's yes, as long as it counts. A no ends the request
// and is in the history.
type Decision struct {
	By       Person
	At       time.Time
	Revision int // of the request that they saw
}

// An Amendment is a change of a grant that waits for a decision of its own: an
// extension.
type Amendment struct {
	By        Person
	At        time.Time
	Term      Term // how much longer
	Reason    string
	Free      bool       // the rule lets it happen without an approval
	Decisions []Decision // so far
}

// A Narrowing is the part of a request that an approver can make smaller.
type Narrowing struct {
	Prefix string
	Level  Level
	Term   Term
}

// Findings is what AWS said when the request was checked.
type Findings struct {
	Change    string   // what would change in the bucket's policy, in a sentence
	Diff      string   // the same as a diff
	Warnings  []string // what could stop the access from working
	AlsoOpens []string `json:",omitempty"` // what else would work, once the principal has the grantee half
	KMSKey    string   // of the bucket's default encryption; "" if it has none

	RequesterPays bool // each request has to say that the caller pays
}

// NamesKeyForCaller reports whether the default encryption names its key by an
// alias or a bare id. S3 then looks for the key in the account of the caller, and
// a caller of another account has none of that name.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
func (f Findings) NamesKeyForCaller() bool {
	return f.KMSKey != "" && f.KMSKey != ManagedKey && !strings.HasPrefix(f.KMSKey, "arn:")
}

// ManagedKey stands for the AWS-managed KMS key of S3, which cannot be shared
// with another account.
const ManagedKey = "aws/s3"

// concerns reports whether p is on the side of the request, by the record or as
// one of those who stand behind its principal today: they may take it back and
// end it, and may not decide on it.
func (g Grant) concerns(p Person, behind []string) bool {
	if g.Requester.Same(p) || g.Beneficiary.Same(p) {
		return true
	}
	for _, users := range [][]string{g.Behind, behind} {
		for _, u := range users {
			if u == p.User && u != "" {
				return true
			}
		}
	}
	return false
}

// ConcernsToday reports whether p is on the side of the grant, by the record or
// because they stand behind its principal today.
func (g Grant) ConcernsToday(p Person, behind []string) bool { return g.concerns(p, behind) }

// Concerns reports whether p is the requester or the beneficiary of g, or
// stands behind its principal.
func (g Grant) Concerns(p Person) bool { return g.concerns(p, nil) }
