package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CutoffNote is the key of the note that has the freezes and end-alls of the last minutes.
const CutoffNote = "cutoffs"

// CutoffLasts is for how long a cutoff is kept. An act that opens access is never carried out later than that
// after it was received.
const CutoffLasts = 15 * time.Minute

// A Cutoff is a freeze or an end-all that took effect: acts that open or prolong access it covers and were
// received before it are not carried out, also once the freeze is over.
type Cutoff struct {
	At     time.Time // when it was received
	By     Person
	Why    string
	Freeze bool // false: an end-all
	Lost   bool `json:",omitempty"` // it stands for whatever was in a list that was damaged
	Scope
}

// A Scope is which grants an end-all is about. The zero Scope is all of them.
type Scope struct {
	ID        ID     `json:",omitempty"`
	Bucket    string `json:",omitempty"`
	Prefix    string `json:",omitempty"` // in the bucket
	ARN       string `json:",omitempty"` // of a principal
	AccountID string `json:",omitempty"` // of a principal that was named without its path, with the next two
	Kind      string `json:",omitempty"`
	Name      string `json:",omitempty"`
	Person    string `json:",omitempty"` // a Slack user id: what they asked for, what is for them, what is theirs
}

// Covers reports whether g is in the scope. behind are the people behind its principal by today's config.
func (s Scope) Covers(g Grant, behind []string) bool {
	switch {
	case s.ID != "" && g.ID != s.ID,
		s.Bucket != "" && (g.Bucket.Name != s.Bucket || !g.Reaches(s.Prefix)),
		s.ARN != "" && g.Principal.ARN != s.ARN,
		s.Name != "" && (g.Principal.AccountID != s.AccountID || g.Principal.Kind != s.Kind || g.Principal.Name != s.Name):
		return false
	}
	return s.Person == "" || g.Requester.User == s.Person || g.Beneficiary.User == s.Person ||
		slices.Contains(g.Behind, s.Person) || slices.Contains(behind, s.Person)
}

// Refusal says that an act was not carried out because of the cutoff.
func (f Cutoff) Refusal() *Refusal {
	no := &Refusal{Sentence: "Nothing was done: everything was ended meanwhile.", Hint: "If it is still needed, do it again.", By: f.By, At: f.At}
	switch {
	case f.Lost:
		no.Sentence = "Nothing was done: a freeze or an end-all may have come meanwhile, and the list of them was damaged."
	case f.Freeze:
		no.Sentence = "Nothing was done: everything was frozen meanwhile."
	}
	return no
}

// CutOff returns the cutoff that keeps an act on g from being carried out, or nil, and what a change has to
// expect so that it is made only while that is so. received is when the act was received. While the list of
// them is damaged, every act is kept from being carried out: the next freeze or end-all stores it anew.
func CutOff(ctx context.Context, store Store, g Grant, behind []string, received time.Time) (*Cutoff, Expect, error) {
	var all []Cutoff
	note, err := ReadNote(ctx, store, CutoffNote, &all)
	read := Expect{Note: CutoffNote, Version: note.Version}
	if errors.Is(err, ErrUnreadable) {
		return nil, read, Refuse("Nothing was done: the stored list of freezes and end-alls is damaged, so I cannot tell whether one covers it.").
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
func (c *Change) AddCutoff(ctx context.Context, store Store, f Cutoff) error {
	var all []Cutoff
	note, err := ReadNote(ctx, store, CutoffNote, &all)
	if errors.Is(err, ErrUnreadable) { // what it had may cover whatever came before
		all, err = []Cutoff{{At: f.At, By: f.By, Lost: true}}, nil
	}
	if err != nil {
		return fmt.Errorf("reading the freezes and end-alls of the last minutes: %w", err)
	}
	all = slices.DeleteFunc(all, func(old Cutoff) bool { return c.At.Sub(old.At) > CutoffLasts })
	if note, err = note.With(append(all, f)); err != nil {
		return err
	}
	c.Notes = append(c.Notes, note)
	return nil
}
