package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CutoffKey is the key of the note that lists the recent freezes and end-alls.
const CutoffKey = "cutoffs"

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

// Covers reports whether g is in the scope. behind are the owners of its
// principal by today's config.
func (s Scope) Covers(g Grant, behind []string) bool {
	switch {
	case s.ID != "" && g.ID != s.ID,
		s.Bucket != "" && (g.Bucket.Name != s.Bucket || !g.ReadersToday(s.Prefix)),
		s.ARN != "" && g.Principal.ARN != s.ARN,
		s.Name != "" && (g.Principal.AccountID != s.AccountID || g.Principal.Kind != s.Kind || g.Principal.Name != s.Name):
		return false
	}
	return s.Person == "" || g.Requester.User == s.Person || g.Beneficiary.User == s.Person ||
		slices.Contains(g.PrincipalOwners, s.Person) || slices.Contains(behind, s.Person)
}

// Refusal is the answer to an act that the cutoff cancels.
func (f Cutoff) Refusal() *Refusal {
	why := "everything was ended meanwhile"
	switch {
	case f.Lost:
		why = "a freeze or an end-all may have come meanwhile, and the list of them was damaged"
	case f.Freeze:
		why = "everything was frozen meanwhile"
	}
	return Refuse("Nothing was done: %s.", why).WithHint("If it is still needed, do it again.").WithDecision(f.By, f.At)
}

// CutOff returns the cutoff that cancels an act on g, or nil. The commit of the
// act must include the returned Expect, so that it fails if a cutoff comes
// between. received is when the act was received. While the stored list is
// damaged, CutOff refuses every act; the next freeze or end-all replaces the
// list.
func CutOff(ctx context.Context, store Store, g Grant, behind []string, received time.Time) (
	*Cutoff, Expect, error) {
	var all []Cutoff
	note, err := ReadDocument(ctx, store, CutoffKey, &all)
	read := Expect{Key: CutoffKey, Version: note.Version}
	if errors.Is(err, ErrUnreadable) {
		return nil, read, Refuse("Nothing was done: the stored list of freezes and end-alls is damaged, " +
			"so I cannot tell whether one covers it.").
			WithHint("A freeze, and an unfreeze after it, store the list anew.")
	}
	if err != nil {
		return nil, read, fmt.Errorf("looking for a freeze or an end-all: %w", err)
	}
	for _, f := range all {
		if received.Before(f.At) && (f.Freeze || f.Covers(g, behind)) {
			return &f, read, nil
		}
	}
	return nil, read, nil
}

// AddCutoff adds to c that a freeze or an end-all takes effect.
func (c *Tx) AddCutoff(ctx context.Context, store Store, f Cutoff) error {
	var all []Cutoff
	note, err := ReadDocument(ctx, store, CutoffKey, &all)
	if errors.Is(err, ErrUnreadable) { // the lost cutoffs may cover any earlier act
		all, err = []Cutoff{{At: f.At, By: f.By, Lost: true}}, nil
	}
	if err != nil {
		return fmt.Errorf("reading the freezes and end-alls of the last minutes: %w", err)
	}
	all = slices.DeleteFunc(all, func(old Cutoff) bool { return c.At.Sub(old.At) > CutoffLasts })
	if note, err = note.WithValue(append(all, f)); err != nil {
		return err
	}
	c.Documents = append(c.Documents, note)
	return nil
}
