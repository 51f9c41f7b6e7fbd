package grant

import (
	"fmt"
	"time"
)

// A Refusal is the answer no: what is wrong, and what to do about it. It is
// shown to the person as it stands. Everything else that goes wrong is a fault,
// which is logged and never shown.
type Refusal struct {
	Sentence string    // what is wrong, with its full stop
	Hint     string    // what to do about it; may be empty
	Field    Field     // of a request that it is about; "" if none of them alone
	By       Person    // who decided before, if that is why; zero: nobody
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

// WithHint returns r with a formatted hint.
func (r *Refusal) WithHint(format string, args ...any) *Refusal {
	r.Hint = fmt.Sprintf(format, args...)
	return r
}

// A Field is one thing that people fill in, in a request or a change of it.
type Field string

const (
	FieldBucket         Field = "bucket"
	FieldPrefix         Field = "prefix"
	FieldLevel          Field = "level"
	FieldPrincipal      Field = "principal"
	FieldTerm           Field = "term"
	FieldReason         Field = "reason"
	FieldMoreBuckets    Field = "more buckets"
	FieldMorePrincipals Field = "more principals"
)

// About says which field a refusal is about, unless it says so already. Other
// errors it leaves alone.
func About(f Field, err error) error {
	if no, ok := err.(*Refusal); ok && no != nil && no.Field == "" {
		no.Field = f
	}
	return err
}
