package grant

// State is the state of a grant. See the diagram at [transitions].
type State string

const (
	Checking  State = "checking"  // committed; being checked with AWS and Slack
	Pending   State = "pending"   // a request that approvers may decide on
	Refused   State = "refused"   // by the rules or by AWS; it never had a card
	Denied    State = "denied"    // by an approver
	Cancelled State = "cancelled" // by the requester
	Lapsed    State = "lapsed"    // undecided for too long
	Approved  State = "approved"  // being applied: AWS may hold any part of it
	Active    State = "active"    // AWS confirmed both halves
	Ending    State = "ending"    // being removed: AWS may hold any part of it
	Ended     State = "ended"     // AWS confirmed that both halves are gone
)

// States lists every state, in the order of a grant's life.
var States = []State{Checking, Pending, Refused, Denied, Cancelled, Lapsed, Approved, Active, Ending, Ended}

// InAWS reports whether AWS may hold access for a grant in this state.
func (s State) InAWS() bool { return s == Approved || s == Active || s == Ending }

// Open reports whether the state is an undecided request's.
func (s State) Open() bool { return s == Checking || s == Pending }

// Outcome is how a grant ended.
type Outcome string

const (
	Expired      Outcome = "expired"
	Relinquished Outcome = "relinquished" // by the requester
	Revoked      Outcome = "revoked"      // by an approver
	Settled      Outcome = "settled"      // closed by a responder; AWS never confirmed the removal
	Failed       Outcome = "failed"       // it could not be applied, or no longer could
)
