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
