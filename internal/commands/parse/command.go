package parse

import (
	"errors"
	"slices"
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
	Help struct{}

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
	// matches all.
	EndAll struct {
		Filter
		Now    bool // without a confirmation
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

// verbs map each verb to the function that reads its arguments.
var verbs = map[string]func(*reader, []word) (Command, error){
	"request": (*reader).request, "break-glass": (*reader).breakGlass,
	"list": (*reader).list, "history": (*reader).history, "buckets": (*reader).buckets, "doctor": (*reader).doctor,
	"show": (*reader).show, "approve": (*reader).approve, "cancel": (*reader).cancel,
	"deny": (*reader).deny, "end": (*reader).end, "review": (*reader).review, "settle": (*reader).settle,
	"extend": (*reader).extend, "freeze": (*reader).freeze, "unfreeze": (*reader).unfreeze, "end-all": (*reader).endAll,
	"help": func(*reader, []word) (Command, error) { return Help{}, nil },
}

// An Unknown is the error for a word that is no command.
type Unknown struct{ Word string }

func (u Unknown) Error() string { return "there is no command " + u.Word }

// A reader reads one command.
type reader struct {
	Input
}

// Parse reads a command. The error is a [*grant.Refusal], an [Unknown], or a
// fault of a lookup.
func Parse(in Input) (Command, error) {
	words := commandWords(in.Text)
	if len(words) == 0 {
		return Help{}, nil
	}
	r := &reader{in}
	if err := r.secondCommand(words[1:]); err != nil {
		return nil, err
	}
	verb := lower(words[0].bare())
	read, known := verbs[verb]
	if !known {
		if err := closed(words[:1]); err != nil {
			return nil, err
		}
		return nil, Unknown{words[0].text}
	}
	return read(r, words[1:])
}

// Peek returns the verb of a command and the next word, which names the
// subject; "" if one is missing. It finds the same verb as [Parse], which may
// still refuse the command.
func Peek(text string) (verb, about string) {
	words := commandWords(text)
	if len(words) == 0 {
		return "", ""
	}
	if verb = lower(words[0].bare()); len(words) > 1 {
		about = words[1].bare()
	}
	return verb, about
}

// commandWords returns the words of a command, without a slash command that was
// typed or pasted before it.
func commandWords(text string) []word {
	words := split(normalise(text))
	for len(words) > 0 && lower(words[0].text) == "/s3share" {
		words = words[1:]
	}
	return words
}

// secondCommand refuses a second command on its own line or after the name of
// the slash command. Otherwise it would become part of a reason and never run.
func (r *reader) secondCommand(words []word) error {
	begins := false
	for i, w := range words {
		begins = w.begins || begins && i > 0 && isBullet(words[i-1])
		if w.quoted {
			continue
		}
		_, named := verbs[w.key()]
		slash := i > 0 && isSlash(words[i-1])
		if !(begins && isSlash(w) || slash && named || begins && named && r.isCommand(w.key(), words[i+1:])) {
			continue
		}
		return grant.Refuse("There are two commands in that, so nothing was done.").
			WithHint("Send them one by one. If the second is part of a reason, put the reason in quotes.")
	}
	return nil
}

func isSlash(w word) bool { return !w.quoted && w.key() == "/s3share" }

// isBullet reports whether a word is a bullet or a number before a line.
func isBullet(w word) bool {
	s := strings.Trim(w.text, ".)>&#*-")
	return !w.quoted && (w.isMark() || s == "" || isNumber(s))
}

// isCommand reports whether a line that begins with a verb is a command, and
// not a sentence like "list of hosts" or "end of the line".
func (r *reader) isCommand(verb string, rest []word) bool {
	for i := range rest {
		if rest[i].begins {
			rest = rest[:i]
			break
		}
	}
	switch verb {
	case "end-all", "break-glass", "freeze", "unfreeze":
		return true
	case "request":
		if len(worded(rest)) < places {
			return false
		}
		q, _, err := r.draft(rest)
		return err == nil && isTarget(q.Draft.Target) && isTerm(q.Draft.Term)
	case "list", "history", "buckets", "doctor", "help":
		return len(rest) == 0 || verb == "list" && slices.Contains(lists, rest[0].key())
	}
	return len(rest) > 0 && namesGrant(rest[0])
}

// namesGrant reports whether a word looks like a grant id. A word of eight
// letters, or a date, does not.
func namesGrant(w word) bool {
	_, err := grant.ParseID(w.bare())
	return err == nil && strings.ContainsAny(w.text, "0123456789") && strings.Trim(w.bare(), "0123456789") != ""
}

// usage returns a refusal with the command's syntax as its hint.
func usage(usage, format string, args ...any) error {
	return grant.Refuse(format, args...).WithHint("`/s3share %s`.", usage)
}
