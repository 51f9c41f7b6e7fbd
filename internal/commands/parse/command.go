package parse

import (
	"errors"
	"strings"
	"time"

	"s3share/internal/grant"
)

// An Input is a typed command with everything that its meaning depends on.
type Input struct {
	Text  string
	At    time.Time      // when it was received
	Zone  *time.Location // the person's; nil: unknown, see [ErrZone]
	Known Known
}

// Known are the lookups of a reading. A nil function knows nothing. An error of
// one is a fault, and ends the reading.
type Known struct {
	Levels   map[string]grant.Level
	Accounts []grant.Account
	Bucket   func(name string) bool          // reports whether a rule covers the bucket
	Grant    func(grant.ID) (bool, error)    // reports whether the grant exists
	Person   func(name string) (bool, error) // reports whether a person has that name, in lower case
}

// ErrZone is wrapped by the refusal of a time while the person's zone is
// unknown. A repeat with the zone may succeed.
var ErrZone = errors.New("the time zone is unknown")

// A Command is one of the types below.
type Command any

type (
	// Help asks for the help text. An empty text means help too.
	Help struct {
		Topic string // in lower case, with hyphens between its words; "": the short help
	}

	// A Request asks for access; by break-glass if its draft is urgent.
	Request struct {
		Draft      grant.Draft // without the requester
		Said       Said
		Misordered bool // a word like "for" or "to" is among the first four
	}

	// A List shows requests and grants.
	List struct {
		Which string // mine, pending, active or all; "" if none was typed
		Filter
	}

	// A History shows past events.
	History struct {
		Filter
		CSV bool
	}

	// Buckets shows the buckets that can be requested.
	Buckets struct {
		Part string // of a name, in lower case
		Page int    // from 1
	}

	// Show, Approve and Cancel take only an id.
	Show    struct{ ID grant.ID }
	Approve struct{ ID grant.ID }
	Cancel  struct{ ID grant.ID }

	// Deny, End, Review and Settle take an id and an optional reason.
	Deny   struct{ About }
	End    struct{ About }
	Review struct{ About }
	Settle struct{ About }

	// Extend requests a longer grant.
	Extend struct {
		About
		Term string
	}

	// Freeze stops all additions; Unfreeze allows them again.
	Freeze   struct{ Reason string }
	Unfreeze struct{ Reason string }

	// An EndAll ends every grant that matches the filter; an empty filter
	// matches all. Without Now its sender confirms it first.
	EndAll struct {
		Filter
		Now    bool
		Reason string
	}

	// A Doctor checks whether access to a bucket would work. The words are as
	// typed.
	Doctor struct{ Bucket, Principal string }
)

// About has the id of a grant and a reason.
type About struct {
	ID     grant.ID
	Reason string
}

// Said describes how a request's clauses were understood, for the answer.
type Said struct {
	Start  string // the instant, in the person's zone and in UTC; "" without a start
	Reason bool   // the reason has a word that may be meant as a clause
}

// An Unknown is the error for a word that is no command.
type Unknown struct{ Word string }

func (u Unknown) Error() string { return "there is no command " + u.Word }

// A reader reads one command.
type reader struct {
	Input
}

// namesGrant reports whether a word looks like a grant id. A word of eight
// letters, or a date, does not.
func namesGrant(w word) bool {
	_, err := grant.ParseID(w.bare())
	return err == nil && strings.ContainsAny(w.text, "0123456789") && strings.Trim(w.bare(), "0123456789") != ""
}

// usage returns a refusal with the command's syntax as its hint.
func usage(usage, format string, args ...any) error {
	return grant.Refuse(format, args...).WithHint("Type `/s3share %s`.", usage)
}

// A Filter narrows a list. Its zero value matches everything. The words of a
// filter may have any order; each kind occurs at most once.
type Filter struct {
	ID        grant.ID
	Bucket    string
	Prefix    string           // in the bucket; "" is the whole bucket
	Principal *grant.Principal // nil: any
	TypedAs   string           // the principal as typed; only an ARN has the path
	Person    string           // a Slack user id
	Page      int              // from 1; 0 if none was typed
}

// IsEmpty reports whether the filter matches everything.
func (f Filter) IsEmpty() bool {
	return f.ID == "" && f.Bucket == "" && f.Principal == nil && f.Person == ""
}

// String formats the filter as a person would type it; "" for an empty one.
func (f Filter) String() string {
	var parts []string
	for _, s := range []string{string(f.ID), strings.TrimSuffix(f.Bucket+"/"+f.Prefix, "/"), f.TypedAs} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if f.Person != "" {
		parts = append(parts, "<@"+f.Person+">")
	}
	return strings.Join(parts, " ")
}
