package parse

import (
	"errors"
	"slices"
	"strings"
	"time"

	"s3share/internal/grant"
)

// An Input is a typed command and all that its reading depends on.
type Input struct {
	Text  string
	At    time.Time      // when it was received
	Zone  *time.Location // the person's; nil: unknown, see [ErrZone]
	Known Known
}

// Known is what a reading looks up. The functions may be nil: then nothing is known.
// Their errors are faults, and end the reading.
type Known struct {
	Levels   map[string]grant.Level
	Accounts []grant.Account
	Bucket   func(name string) bool          // whether a rule covers a bucket of that name
	Grant    func(grant.ID) (bool, error)    // whether there is a grant of that id
	Person   func(name string) (bool, error) // whether somebody has that name, in lower case
}

// ErrZone is wrapped by the refusal of a time of day while the person's zone is
// unknown. Reading the command again with the zone may succeed.
var ErrZone = errors.New("the time zone is unknown")

// A Command is one of the types below.
type Command any

type (
	// Help answers with what can be typed. An empty text is help, too.
	Help struct{}

	// A Request asks for access; by break-glass if its draft is urgent.
	Request struct {
		Draft      grant.Draft // without the requester
		Said       Said
		Misordered bool // a word like "for" or "to" stands among the first four
	}

	// A List shows requests and grants.
	List struct {
		Which string // mine, pending, active or all; "" where none was typed
		Filter
	}

	// A History shows what happened.
	History struct {
		Filter
		CSV bool
	}

	// Buckets shows what can be asked for.
	Buckets struct {
		Part string // of a name, in lower case
		Page int    // from 1
	}

	// Show, Approve and Cancel take an id and nothing else.
	Show    struct{ ID grant.ID }
	Approve struct{ ID grant.ID }
	Cancel  struct{ ID grant.ID }

	// Deny, End, Review and Settle take an id and a reason, which may be empty.
	Deny   struct{ About }
	End    struct{ About }
	Review struct{ About }
	Settle struct{ About }

	// Extend asks for a grant to last longer.
	Extend struct {
		About
		Term string
	}

	// Freeze and Unfreeze stop all additions and let them go on.
	Freeze   struct{ Reason string }
	Unfreeze struct{ Reason string }

	// An EndAll ends every grant that the filter lets through; all if it is empty.
	EndAll struct {
		Filter
		Now    bool // without asking first
		Reason string
	}

	// A Doctor asks whether access to a bucket would work. The words are as typed.
	Doctor struct{ Bucket, Principal string }
)

// About names a grant and gives a reason.
type About struct {
	ID     grant.ID
	Reason string
}

// Said is how the clauses of a request were understood, for the answer.
type Said struct {
	Start  string // the instant, in the person's zone and in UTC; "" without a start
	Reason bool   // the reason has a word in it that might have been meant as a clause
}

// verbs read what follows each verb.
var verbs = map[string]func(*reader, []word) (Command, error){
	"request": (*reader).request, "break-glass": (*reader).breakGlass,
	"list": (*reader).list, "history": (*reader).history, "buckets": (*reader).buckets, "doctor": (*reader).doctor,
	"show": (*reader).show, "approve": (*reader).approve, "cancel": (*reader).cancel,
	"deny": (*reader).deny, "end": (*reader).end, "review": (*reader).review, "settle": (*reader).settle,
	"extend": (*reader).extend, "freeze": (*reader).freeze, "unfreeze": (*reader).unfreeze, "end-all": (*reader).endAll,
	"help": func(*reader, []word) (Command, error) { return Help{}, nil },
}

// An Unknown is the refusal of a word that begins no command.
type Unknown struct{ Word string }

func (u Unknown) Error() string { return "there is no command " + u.Word }

// A reader reads one command.
type reader struct {
	Input
}

// Parse reads a command. The error is a [*grant.Refusal], an [Unknown], or a fault of
// what is known.
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

// Peek returns the verb of a command and the word behind it, which says what the command
// is about; "" where there is none. It reads no more: [Parse] may refuse the command. Both
// find the same verb.
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

// commandWords returns the words of a command, without the slash command that was typed
// or pasted in front of it once more.
func commandWords(text string) []word {
	words := split(normalise(text))
	for len(words) > 0 && lower(words[0].text) == "/s3share" {
		words = words[1:]
	}
	return words
}

// secondCommand refuses a command that stands on a line of its own after the first, or
// behind the name of the slash command: it would be read as part of a reason and never
// carried out.
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

// isBullet reports whether a word stands in front of a line and is none of its words.
func isBullet(w word) bool {
	s := strings.Trim(w.text, ".)>&#*-")
	return !w.quoted && (w.isMark() || s == "" || isNumber(s))
}

// isCommand reports whether a line of a reason that begins with a verb is a command, and
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

// namesGrant reports whether a word looks like the id of a grant. A word of eight
// letters, or a date, does not.
func namesGrant(w word) bool {
	_, err := grant.ParseID(w.bare())
	return err == nil && strings.ContainsAny(w.text, "0123456789") && strings.Trim(w.bare(), "0123456789") != ""
}

// usage refuses a command with how it is written.
func usage(usage, format string, args ...any) error {
	return grant.Refuse(format, args...).WithHint("`/s3share %s`.", usage)
}
