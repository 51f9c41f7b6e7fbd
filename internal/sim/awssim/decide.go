package awssim

import (
	"fmt"
	"time"
)

// A Decision tells whether access is open, and gives the reasons in sentences.
type Decision struct {
	Allowed bool
	Owner   Half // by the bucket's policy
	Grantee Half // by the principal's policies
	Why     string

	deniedBy string // the kind of policy with an explicit deny
}

// A Half is one side's answer.
type Half struct {
	Allowed bool
	Why     string
}

// decide combines both sides. A deny on either side wins. Within an account one
// side's allow suffices; between accounts both must allow.
func (a *access) decide(q question, owner *Account, resource finding, now time.Time) Decision {
	identity := a.identitySays(q, now)
	d := Decision{
		Owner:   Half{resource.allowed, resource.why},
		Grantee: Half{identity.allowed, identity.why},
	}
	same := q.caller.account == owner
	if same && (resource.delegated || identity.beyond && q.caller.role != nil && !resource.bySession) {
		d.Owner.Allowed = false // the account's own policies or the role's boundary decide
	}
	switch {
	case identity.denied:
		d.deniedBy, d.Why = "an identity-based policy", "Denied: "+identity.why+"."
	case resource.denied:
		d.deniedBy, d.Why = "a resource-based policy", "Denied: "+resource.why+"."
	case same && (d.Owner.Allowed || d.Grantee.Allowed):
		d.Allowed = true
		d.Why = fmt.Sprintf("Allowed within account %s: %s.", owner.id, allowing(d))
	case same:
		d.Why = fmt.Sprintf("Neither half allows it: %s; %s.", d.Owner.Why, d.Grantee.Why)
	case d.Owner.Allowed && d.Grantee.Allowed:
		d.Allowed = true
		d.Why = fmt.Sprintf("Allowed by both halves: %s; %s.", d.Owner.Why, d.Grantee.Why)
	case d.Grantee.Allowed:
		d.Why = "The owner half is missing: " + d.Owner.Why + "."
	case d.Owner.Allowed:
		d.Why = "The grantee half is missing: " + d.Grantee.Why + "."
	default:
		d.Why = fmt.Sprintf("Both halves are missing: %s; %s.", d.Owner.Why, d.Grantee.Why)
	}
	return d
}

func allowing(d Decision) string {
	if d.Owner.Allowed {
		return d.Owner.Why
	}
	return d.Grantee.Why
}

// denial is the refusal in AWS's words. For another account's bucket it gives
// no reasons.
func (d Decision) denial(q question, resource string, sameAccount bool) *apiError {
	if !sameAccount {
		return &apiError{status: 403, code: "AccessDenied", message: "Access Denied"}
	}
	why := "because no identity-based policy allows the " + q.action + " action"
	if d.deniedBy != "" {
		why = "with an explicit deny in " + d.deniedBy
	}
	return &apiError{status: 403, code: "AccessDenied", message: fmt.Sprintf(
		"User: %s is not authorized to perform: %s on resource: %s %s", q.caller.arn(), q.action, resource, why)}
}
