package grant

import (
	"fmt"
	"strings"
	"time"
)

// A Refusal is a negative answer with the reason and the next step. The person
// sees it unchanged. Every other error is a fault, which is logged and never
// shown.
//
// A refusal is never changed after its creation, because several callers may hold
// the same pointer. The With methods and [About] return a changed copy.
type Refusal struct {
	Sentence string    // the reason, with its full stop
	Hint     string    // the next step; may be empty
	Field    Field     // the form field it concerns; "" if none alone
	By       Person    // who decided before, if that is the reason; otherwise zero
	At       time.Time // when they did
}

func (r *Refusal) Error() string {
	if r.Hint == "" {
		return r.Sentence
	}
	return r.Sentence + " " + r.Hint
}

// Refuse returns a refusal with a formatted sentence.
func Refuse(format string, args ...any) *Refusal {
	return &Refusal{Sentence: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of r with a formatted hint.
func (r *Refusal) WithHint(format string, args ...any) *Refusal {
	with := *r
	with.Hint = fmt.Sprintf(format, args...)
	return &with
}

// WithCommand returns a copy of r whose hint ends in a command and its effect. Only this
// place in the domain knows how a command is typed.
func (r *Refusal) WithCommand(command, effect string) *Refusal {
	return r.WithHint("%s", strings.TrimSpace(fmt.Sprintf("%s `/s3share %s` %s", r.Hint, command, effect)))
}

// WithField returns a copy of r about a form field.
func (r *Refusal) WithField(f Field) *Refusal {
	with := *r
	with.Field = f
	return &with
}

// WithDecision returns a copy of r that names who decided before, and when.
func (r *Refusal) WithDecision(by Person, at time.Time) *Refusal {
	with := *r
	with.By, with.At = by, at
	return &with
}

// A Field is one input of a request or of a change.
type Field string

const (
	FieldBucket         Field = "bucket"
	FieldPrefix         Field = "prefix"
	FieldLevel          Field = "level"
	FieldPrincipal      Field = "principal"
	FieldTerm           Field = "term"
	FieldReason         Field = "reason"
	FieldStart          Field = "start"
	FieldMoreBuckets    Field = "more buckets"
	FieldMorePrincipals Field = "more principals"
)

// About returns a copy of a refusal that has no field yet, with the field f. Other
// errors are returned as they are.
func About(f Field, err error) error {
	if no, ok := err.(*Refusal); ok && no != nil && no.Field == "" {
		return no.WithField(f)
	}
	return err
}
