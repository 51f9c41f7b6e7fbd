package grant

import (
	"slices"
	"time"
)

// CutoffLasts is how long a cutoff is kept. An act that opens access is dropped
// if it is older than this.
const CutoffLasts = 15 * time.Minute

// A Cutoff is a freeze or an end-all that took effect. It cancels acts that
// open or prolong access it covers and that were received before it, even after
// an unfreeze.
type Cutoff struct {
	At     time.Time // when it was received
	By     Person
	Why    string
	Freeze bool // false: an end-all
	Lost   bool `json:",omitempty"` // it replaces a list that was damaged
	Scope
}

// A Scope selects the grants of an end-all. The zero Scope selects all.
type Scope struct {
	ID        ID     `json:",omitempty"`
	Bucket    string `json:",omitempty"`
	Prefix    string `json:",omitempty"` // in the bucket
	ARN       string `json:",omitempty"` // of a principal
	AccountID string `json:",omitempty"` // of a principal named without its path, with Kind and Name
	Kind      string `json:",omitempty"`
	Name      string `json:",omitempty"`
	Person    string `json:",omitempty"` // a Slack user id: requester, beneficiary, or owner of the principal
}

// Covers reports whether g is in the scope. owners are those of its
// principal by today's config.
func (s Scope) Covers(g Grant, owners []string) bool {
	switch {
	case s.ID != "" && g.ID != s.ID,
		s.Bucket != "" && (g.Bucket.Name != s.Bucket || !PrefixesOverlap(g.Prefix, s.Prefix)),
		s.ARN != "" && g.Principal.ARN != s.ARN,
		s.Name != "" && (g.Principal.AccountID != s.AccountID || g.Principal.Kind != s.Kind || g.Principal.Name != s.Name):
		return false
	}
	return s.Person == "" || g.Requester.User == s.Person || g.Beneficiary.User == s.Person ||
		slices.Contains(g.PrincipalOwners, s.Person) || slices.Contains(owners, s.Person)
}

// Refusal is the answer to an act that the cutoff cancels.
func (f Cutoff) Refusal() *Refusal {
	why := "an end-all covered this access meanwhile"
	switch {
	case f.Lost:
		why = "a freeze or an end-all may have taken effect meanwhile, and their list was damaged"
	case f.Freeze:
		why = "s3share was frozen meanwhile"
	}
	return Refuse("Nothing was done: %s.", why).WithHint("Try again if the access is still needed.").
		WithDecision(f.By, f.At)
}
